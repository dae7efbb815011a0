import { launchInstance, LaunchError } from '../instances/launch.ts'
import { stopInstance } from '../instances/lifecycle.ts'
import type { Project } from '../state.ts'
import type { ActionError, GcpGroup, GcpMember, MemberAction } from './state.ts'
import { countByZone } from './zones.ts'

/** How many errors a group remembers. */
const rememberedErrors = 100

export function pathOfMember({ zone, name }: Pick<GcpMember, 'zone' | 'name'>): string {
  return `zones/${zone}/instances/${name}`
}

export function putMembers(project: Project, group: GcpGroup, members: readonly GcpMember[]) {
  project.groups.put(group.path, { ...group, members })
}

export function findMember(project: Project, path: string, name: string): GcpMember | undefined {
  return project.groups.get(path)?.members.find((member) => member.name === name)
}

/** Replaces a member by what `change` makes of it; undefined takes it out of the group. */
export function changeMember(
  project: Project,
  path: string,
  name: string,
  change: (member: GcpMember) => GcpMember | undefined,
) {
  const group = project.groups.get(path)
  if (!group) return
  putMembers(
    project,
    group,
    group.members.flatMap((member) => (member.name === name ? (change(member) ?? []) : [member])),
  )
}

/** The member begins something else; what went on before is void. */
export function begin(member: GcpMember, action: MemberAction): GcpMember {
  const { errors: _errors, ...rest } = member
  return { ...rest, action, turn: member.turn + 1, attempts: 0 }
}

/** Tries to make the VM of a member that waits for one, and again after a while when that fails. */
export function launchMember(project: Project, path: string, name: string) {
  const member = findMember(project, path, name)
  if (!member || member.id !== undefined) return
  try {
    const { id } = launchInstance(project, { name, zone: member.zone, template: member.template, creator: path })
    changeMember(project, path, name, ({ errors: _errors, ...rest }) => ({ ...rest, id }))
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error
    recordFailure(project, path, member, { code: error.code, message: error.message })
  }
}

function recordFailure(project: Project, path: string, member: GcpMember, error: ActionError) {
  const { clock, timings } = project
  const { name, turn, attempts } = member
  const group = project.groups.get(path)!
  const seen = {
    ...error,
    time: clock.now(),
    instance: pathOfMember(member),
    action: member.action,
    template: member.template,
  }
  project.groups.put(path, { ...group, errors: [...group.errors, seen].slice(-rememberedErrors) })
  if (member.action === 'CREATING_WITHOUT_RETRIES') {
    giveUp(project, path, name)
    return
  }
  const zone = error.code === 'ZONE_RESOURCE_POOL_EXHAUSTED' ? otherZone(group, member) : member.zone
  changeMember(project, path, name, (current) => ({ ...current, zone, attempts: attempts + 1, errors: [error] }))
  clock.after(timings.launchRetry * Math.min(8, 2 ** attempts), () => {
    if (findMember(project, path, name)?.turn === turn) launchMember(project, path, name)
  })
}

/** The group becomes smaller by an instance that could not be made at the first attempt. */
function giveUp(project: Project, path: string, name: string) {
  const group = project.groups.get(path)!
  const resource = { ...group.resource, targetSize: Math.max(0, group.resource.targetSize - 1) }
  const members = group.members.filter((member) => member.name !== name)
  project.groups.put(path, { ...group, resource, members })
}

/** Shapes other than EVEN go where there is room; a new instance may move, one that is re-created stays. */
function otherZone(group: GcpGroup, member: GcpMember): string {
  const shape = group.resource.distributionPolicy?.targetShape ?? 'EVEN'
  if (!group.regional || shape === 'EVEN' || member.action !== 'CREATING') return member.zone
  const counts = countByZone(group, group.members)
  const others = group.zones.filter((zone) => zone !== member.zone)
  // Each attempt tries the next one.
  const candidates = others.toSorted((a, b) => counts.get(a)! - counts.get(b)!)
  return candidates[member.attempts % candidates.length] ?? member.zone
}

/** Deletes the VM of a member and, once it is gone, the member. */
export function deleteMember(project: Project, path: string, name: string) {
  const member = findMember(project, path, name)
  if (!member || member.action === 'DELETING') return
  if (project.instances.get(pathOfMember(member))?.id !== member.id || member.id === undefined) {
    changeMember(project, path, name, () => undefined)
    return
  }
  changeMember(project, path, name, (current) => begin(current, 'DELETING'))
  stopInstance(project, pathOfMember(member), false)
}

/** Replaces the VM of a member by another one of the same name. */
export function recreateMember(project: Project, path: string, name: string, target: Partial<GcpMember> = {}) {
  const member = findMember(project, path, name)
  if (!member || member.action === 'DELETING') return
  changeMember(project, path, name, (current) => ({ ...begin(current, 'RECREATING'), ...target }))
  const vm = project.instances.get(pathOfMember(member))
  if (vm && vm.id === member.id) stopInstance(project, vm.path, false)
  else {
    changeMember(project, path, name, ({ id: _id, ...rest }) => rest)
    launchMember(project, path, name)
  }
}
