import { completeOperation } from '../operations/operations.ts'
import { moveInstance, stopInstance } from '../instances/lifecycle.ts'
import { startUp } from '../instances/launch.ts'
import type { GcpInstance, Project } from '../state.ts'
import { begin, changeMember, deleteMember, findMember, launchMember, pathOfMember, recreateMember } from './members.ts'
import { planGroup, type ActionFor } from './plan.ts'
import type { GcpGroup, GcpMember, MemberAction, UpdateAction, Version } from './state.ts'
import { chosenAction, neededAction } from './update-action.ts'
import { assign, nextVersion, templateOf } from './versions.ts'

/** Lets a group look at itself soon. */
export function wake(project: Project, path: string) {
  const { awake, clock, timings } = project
  if (awake.has(path)) return
  awake.add(path)
  clock.after(timings.reaction, () => {
    awake.delete(path)
    act(project, path)
  })
}

function act(project: Project, path: string) {
  const group = project.groups.get(path)
  if (!group?.ready) return
  if (group.deletion !== undefined) {
    removeGroup(project, group)
    return
  }
  const step = planGroup(group, actionsOf(project, group))
  for (const { zone, version } of step.create) createMember(project, path, { zone, version, action: 'CREATING' })
  for (const { name } of step.remove) deleteMember(project, path, name)
  for (const { member, action, version } of step.update) updateMember(project, path, member.name, action, version)
  // A member without a VM is gone at once, and the rest of the plan follows.
  if (project.groups.get(path)?.members.length !== group.members.length + step.create.length) wake(project, path)
}

export function actionsOf(project: Project, { resource }: GcpGroup): ActionFor {
  return (member, version) => chosenAction(neededFor(project, member, version), resource.updatePolicy)
}

export function neededFor(project: Project, member: GcpMember, version: Version): UpdateAction {
  const properties = (template: string) => project.templates.get(template)?.properties
  return neededAction(properties(member.template), properties(templateOf(version)))
}

function removeGroup(project: Project, { path, members, deletion }: GcpGroup) {
  for (const { name } of members) deleteMember(project, path, name)
  if (project.groups.get(path)?.members.length) return
  project.groups.delete(path)
  for (const { path: autoscaler, target } of project.autoscalers.values()) {
    if (target === path) project.autoscalers.delete(autoscaler)
  }
  completeOperation(project, deletion!)
}

export interface NewMember {
  readonly zone: string
  readonly version: Version
  readonly action: 'CREATING' | 'CREATING_WITHOUT_RETRIES'
  /** One is found when absent. */
  readonly name?: string
}

export function createMember(project: Project, path: string, { zone, version, action, name }: NewMember) {
  const group = project.groups.get(path)!
  const member: GcpMember = {
    name: name ?? freeName(project, group),
    zone,
    action,
    ...assign(version),
    turn: 0,
    attempts: 0,
  }
  project.groups.put(path, { ...group, members: [...group.members, member] })
  launchLater(project, path, member.name)
}

function launchLater(project: Project, path: string, name: string) {
  project.clock.after(project.timings.reaction, () => launchMember(project, path, name))
}

function freeName({ ids, instances }: Project, { resource, members, zones }: GcpGroup): string {
  for (;;) {
    const name = `${resource.baseInstanceName}-${suffix(ids.random())}`
    const taken = members.some((member) => member.name === name)
    if (!taken && !zones.some((zone) => instances.get(`zones/${zone}/instances/${name}`))) return name
  }
}

/** Four letters or digits. */
function suffix(random: number): string {
  return Math.floor(random * 36 ** 4)
    .toString(36)
    .padStart(4, '0')
}

/** Brings a member to a version in its place. */
export function updateMember(project: Project, path: string, name: string, action: UpdateAction, version: Version) {
  const target = assign(version)
  if (action === 'REPLACE') {
    recreateMember(project, path, name, target)
    return
  }
  const member = findMember(project, path, name)
  const vm = member && project.instances.get(pathOfMember(member))
  if (!vm || action === 'NONE') return
  if (action === 'RESTART') {
    changeMember(project, path, name, (current) => ({ ...withoutVersion(begin(current, 'RESTARTING')), ...target }))
    stopInstance(project, vm.path, true)
    return
  }
  changeMember(project, path, name, (current) => ({ ...withoutVersion(begin(current, 'REFRESHING')), ...target }))
  finishRefresh(project, path, name)
}

/** The VM gets the properties of its member's template, when the time for that is over. */
function finishRefresh(project: Project, path: string, name: string) {
  const { clock, timings, instances, templates } = project
  const { turn } = findMember(project, path, name)!
  clock.after(timings.operation, () => {
    const member = findMember(project, path, name)
    if (member?.turn !== turn) return
    const { template } = member
    const vm = instances.get(pathOfMember(member))
    if (vm)
      instances.put(vm.path, { ...vm, properties: templates.get(template)?.properties ?? vm.properties, template })
    settle(project, path, name)
  })
}

/** After a restart: a member goes on with what was begun with it. Its VM tells it of the rest. */
export function resumeMember(project: Project, path: string, name: string) {
  const member = findMember(project, path, name)!
  const vm = project.instances.get(pathOfMember(member))
  const own = vm !== undefined && vm.id === member.id
  if (member.action === 'DELETING' && !own) changeMember(project, path, name, () => undefined)
  else if (!own && starting.has(member.action)) launchLater(project, path, name)
  else if (!own) return
  else if (member.action === 'REFRESHING') finishRefresh(project, path, name)
  else if (member.action === 'VERIFYING') settle(project, path, name)
}

function withoutVersion({ version: _version, ...member }: GcpMember): GcpMember {
  return member
}

/** Lets the groups of a project follow what becomes of their instances. */
export function watchInstances(project: Project) {
  project.listeners.add((path, instance) => {
    for (const group of project.groups.values()) {
      const member = group.members.find((one) => pathOfMember(one) === path)
      if (member) follow(project, group, member, instance)
    }
  })
}

const starting: ReadonlySet<MemberAction> = new Set([
  'CREATING',
  'CREATING_WITHOUT_RETRIES',
  'RECREATING',
  'RESTARTING',
])

function follow(project: Project, group: GcpGroup, member: GcpMember, instance: GcpInstance | undefined) {
  const { path } = group
  const { name, action } = member
  if (!instance) {
    lost(project, group, member)
    return
  }
  if (instance.id !== member.id) return
  if (instance.status === 'RUNNING' && starting.has(action)) settle(project, path, name)
  if (instance.status !== 'TERMINATED') return
  if (action === 'RESTARTING') {
    const properties = project.templates.get(member.template)?.properties ?? instance.properties
    project.instances.put(instance.path, { ...instance, properties, template: member.template })
    if (moveInstance(project, instance.path, instance.id, ['TERMINATED'], 'PROVISIONING')) startUp(project, instance)
  } else if (action !== 'DELETING') repair(project, group, name)
}

/** The VM of a member is gone. */
function lost(project: Project, group: GcpGroup, { name, action }: GcpMember) {
  const { path } = group
  if (action === 'DELETING') {
    changeMember(project, path, name, () => undefined)
    wake(project, path)
    return
  }
  changeMember(project, path, name, ({ id: _id, ...rest }) => rest)
  if (action === 'RECREATING') launchMember(project, path, name)
  else repair(project, project.groups.get(path)!, name)
}

/** Makes a VM that failed, was preempted or deleted again, unless the group is told to leave it. */
function repair(project: Project, group: GcpGroup, name: string) {
  const { instanceLifecyclePolicy: policy = {} } = group.resource
  if (policy.defaultActionOnFailure === 'DO_NOTHING') return
  const target = policy.forceUpdateOnRepair === 'YES' ? assign(nextVersion(group, group.members)) : {}
  recreateMember(project, group.path, name, target)
}

/** What was begun with a member has ended; a group with a health check looks at the VM first. */
export function settle(project: Project, path: string, name: string) {
  const group = project.groups.get(path)
  const member = findMember(project, path, name)
  if (!group || !member) return
  const policy = group.resource.autoHealingPolicies?.[0]
  if (policy?.healthCheck === undefined) {
    changeMember(project, path, name, (current) => ({ ...begin(current, 'NONE'), attempts: 0 }))
    wake(project, path)
    return
  }
  changeMember(project, path, name, (current) => begin(current, 'VERIFYING'))
  const { turn } = findMember(project, path, name)!
  const { clock, timings } = project
  const look = (then: () => void) => () => {
    if (findMember(project, path, name)?.turn === turn) then()
  }
  clock.after(
    timings.healthCheck,
    look(() => {
      if (isHealthy(project, member)) verified(project, path, name)
    }),
  )
  // Whoever is not healthy when the initial delay is over is made again.
  clock.after(
    Math.max(timings.healthCheck, (policy.initialDelaySec ?? 0) * 1000) + 1,
    look(() => healthFailed(project, project.groups.get(path)!, member)),
  )
}

function verified(project: Project, path: string, name: string) {
  changeMember(project, path, name, (current) => begin(current, 'NONE'))
  wake(project, path)
}

function isHealthy({ health }: Project, member: GcpMember): boolean {
  return (health.get(pathOfMember(member)) ?? 'HEALTHY') === 'HEALTHY'
}

/** Somebody has decided what the health check of an instance says. */
export function healthChanged(project: Project, path: string) {
  project.clock.after(project.timings.healthCheck, () => {
    for (const group of project.groups.values()) {
      const member = group.members.find((one) => pathOfMember(one) === path)
      if (!member || !group.resource.autoHealingPolicies?.[0]?.healthCheck) continue
      if (member.action === 'NONE') healthFailed(project, group, member)
      else if (member.action === 'VERIFYING' && isHealthy(project, member)) verified(project, group.path, member.name)
    }
  })
}

function healthFailed(project: Project, group: GcpGroup, member: GcpMember) {
  if (isHealthy(project, member)) return
  const { onFailedHealthCheck = 'DEFAULT_ACTION', defaultActionOnFailure } =
    group.resource.instanceLifecyclePolicy ?? {}
  const action = onFailedHealthCheck === 'DEFAULT_ACTION' ? defaultActionOnFailure : onFailedHealthCheck
  if (action === 'DO_NOTHING') {
    if (member.action === 'VERIFYING') verified(project, group.path, member.name)
    return
  }
  const target =
    group.resource.instanceLifecyclePolicy?.forceUpdateOnRepair === 'YES'
      ? assign(nextVersion(group, group.members))
      : {}
  recreateMember(project, group.path, member.name, target)
}
