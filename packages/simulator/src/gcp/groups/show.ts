import { fingerprint } from '../instances/show.ts'
import type { Shown } from '../shown.ts'
import type { Project } from '../state.ts'
import { timestamp } from '../time.ts'
import { pathOfMember } from './members.ts'
import { isStateful } from './resource.ts'
import type { GcpGroup, GcpMember, MemberAction } from './state.ts'
import { calculate, outdatedMembers, versionSizes } from './versions.ts'

const actionNames: readonly (readonly [MemberAction | 'OTHER', string])[] = [
  ['NONE', 'none'],
  ['CREATING', 'creating'],
  ['CREATING_WITHOUT_RETRIES', 'creatingWithoutRetries'],
  ['VERIFYING', 'verifying'],
  ['RECREATING', 'recreating'],
  ['DELETING', 'deleting'],
  ['ABANDONING', 'abandoning'],
  ['RESTARTING', 'restarting'],
  ['REFRESHING', 'refreshing'],
  ['OTHER', 'stopping'],
  ['OTHER', 'suspending'],
  ['OTHER', 'resuming'],
  ['OTHER', 'starting'],
]

/** What a change of makes an older fingerprint stale. */
export function fingerprintOf({ resource }: GcpGroup): string {
  return fingerprint(resource)
}

/** https://cloud.google.com/compute/docs/reference/rest/v1/instanceGroupManagers */
export function showGroup(project: Project, group: GcpGroup): Shown {
  const { resource, members, path } = group
  const { versions, updatePolicy, targetSize } = resource
  const sizes = versionSizes(resource)
  const count = (action: MemberAction | 'OTHER') => members.filter((member) => member.action === action).length
  const resolved = (size: { fixed?: number; percent?: number }) => ({
    ...size,
    calculated: calculate(size, targetSize),
  })
  const place = path.split('/')[1]!
  return {
    ...resource,
    kind: 'compute#instanceGroupManager',
    id: group.id,
    creationTimestamp: timestamp(group.created),
    ...(group.regional ? { region: project.link(`regions/${place}`) } : { zone: project.link(`zones/${place}`) }),
    instanceGroup: project.link(path.replace('/instanceGroupManagers/', '/instanceGroups/')),
    versions: versions.map((version, index) => ({
      ...version,
      targetSize: { ...version.targetSize, calculated: sizes[index] },
    })),
    updatePolicy: {
      ...updatePolicy,
      maxSurge: resolved(updatePolicy.maxSurge),
      maxUnavailable: resolved(updatePolicy.maxUnavailable),
    },
    currentActions: Object.fromEntries(actionNames.map(([action, name]) => [name, count(action)])),
    status: showStatus(project, group),
    fingerprint: fingerprintOf(group),
    selfLink: project.link(path),
  }
}

function showStatus(project: Project, group: GcpGroup): object {
  const { resource, members, path } = group
  const autoscaler = project.autoscalers.values().find(({ target }) => target === path)
  const settled = members.every(({ action }) => action === 'NONE')
  const stateful = isStateful(resource)
  const outdated = outdatedMembers(group).length
  const rolling = resource.updatePolicy.type === 'PROACTIVE' && outdated > 0
  return {
    isStable: settled && members.length === resource.targetSize && !rolling && group.ready && !project.awake.has(path),
    versionTarget: { isReached: outdated === 0 && members.length >= resource.targetSize },
    stateful: { hasStatefulConfig: stateful, perInstanceConfigs: { allEffective: true } },
    allInstancesConfig: { effective: true },
    ...(autoscaler && { autoscaler: project.link(autoscaler.path) }),
  }
}

/** https://cloud.google.com/compute/docs/reference/rest/v1/instanceGroupManagers/listManagedInstances */
export function showMember(project: Project, group: GcpGroup, member: GcpMember): object {
  const path = pathOfMember(member)
  const vm = project.instances.read(path)
  const own = vm?.id === member.id ? vm : undefined
  const healthCheck = group.resource.autoHealingPolicies?.[0]?.healthCheck
  return {
    instance: project.link(path),
    name: member.name,
    ...(own && { id: own.id, instanceStatus: own.status }),
    currentAction: member.action,
    version: {
      instanceTemplate: project.link(member.template),
      ...(member.version !== undefined && { name: member.version }),
    },
    ...preserved(group),
    ...(member.errors && { lastAttempt: { errors: { errors: member.errors } } }),
    ...(own?.status === 'RUNNING' &&
      healthCheck !== undefined && {
        instanceHealth: [
          {
            healthCheck,
            detailedHealthState: member.action === 'VERIFYING' ? 'UNKNOWN' : (project.health.get(path) ?? 'HEALTHY'),
          },
        ],
      }),
  }
}

/** What the stateful policy of a group keeps of each of its instances. */
function preserved({ resource: { statefulPolicy } }: GcpGroup): object {
  const { disks = {} } = (statefulPolicy?.['preservedState'] ?? {}) as { readonly disks?: Record<string, object> }
  const kept = Object.entries(disks).map(([name, disk]) => [name, { mode: 'READ_WRITE', ...disk }])
  return kept.length === 0 ? {} : { preservedStateFromPolicy: { disks: Object.fromEntries(kept) } }
}

/** https://cloud.google.com/compute/docs/reference/rest/v1/instanceGroups */
export function showInstanceGroup(project: Project, group: GcpGroup): Shown {
  const { resource, path } = group
  const place = path.split('/')[1]!
  const vms = vmsOf(project, group)
  return {
    kind: 'compute#instanceGroup',
    id: group.id,
    name: resource.name,
    description: `This instance group is controlled by Instance Group Manager '${resource.name}'. To modify instances in this group, use the Instance Group Manager API: https://cloud.google.com/compute/docs/reference/latest/instanceGroupManagers`,
    creationTimestamp: timestamp(group.created),
    ...(group.regional ? { region: project.link(`regions/${place}`) } : { zone: project.link(`zones/${place}`) }),
    ...(resource.namedPorts && { namedPorts: resource.namedPorts }),
    size: vms.length,
    network: project.link(vms[0]?.network ?? 'global/networks/default'),
    ...(vms[0] && { subnetwork: project.link(vms[0].subnetwork) }),
    fingerprint: fingerprint(resource.namedPorts ?? []),
    selfLink: project.link(path.replace('/instanceGroupManagers/', '/instanceGroups/')),
  }
}

/** The VMs there are of a group's members. */
export function vmsOf(project: Project, { members }: GcpGroup) {
  return members.flatMap((member) => {
    const vm = project.instances.read(pathOfMember(member))
    return vm && vm.id === member.id ? [vm] : []
  })
}
