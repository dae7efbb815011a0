import type { GcpGroup, GcpMember, UpdateAction, Version } from './state.ts'
import { assign, calculate, isLive, nextVersion, outdatedMembers } from './versions.ts'
import { overfullZone, smallestZone } from './zones.ts'

/** What a group does next by itself. */
export interface GroupStep {
  readonly create: readonly { readonly zone: string; readonly version: Version }[]
  /** Members to delete. */
  readonly remove: readonly GcpMember[]
  /** Members to bring to the version in place. */
  readonly update: readonly { readonly member: GcpMember; readonly action: UpdateAction; readonly version: Version }[]
}

/** What updating a member to its version takes, `NONE` when it may not be updated. */
export type ActionFor = (member: GcpMember, version: Version) => UpdateAction

interface Rollout {
  readonly substitute: readonly GcpMember[]
  readonly inPlace: readonly { readonly member: GcpMember; readonly action: UpdateAction }[]
}

export function planGroup(group: GcpGroup, actionFor: ActionFor): GroupStep {
  const { resource } = group
  const rollout = planRollout(group, actionFor)
  const surge = Math.min(calculate(resource.updatePolicy.maxSurge, resource.targetSize), rollout.substitute.length)
  const live = group.members.filter(isLive)
  const wanted = resource.targetSize + surge

  const create: { zone: string; version: Version }[] = []
  const planned = [...live]
  while (planned.length < wanted) {
    const next = { zone: smallestZone(group, planned), version: nextVersion(group, planned) }
    create.push(next)
    planned.push({ ...placeholder, ...assign(next.version), zone: next.zone })
  }
  if (create.length > 0) return { create, remove: [], update: [] }
  if (live.length > wanted) return { create, remove: victims(group, live, live.length - wanted), update: [] }
  return { create, ...replace(group, live, rollout) }
}

const placeholder: GcpMember = { name: '', zone: '', action: 'CREATING', template: '', turn: 0, attempts: 0 }

function planRollout(group: GcpGroup, actionFor: ActionFor): Rollout {
  const { updatePolicy } = group.resource
  if (updatePolicy.type !== 'PROACTIVE') return { substitute: [], inPlace: [] }
  const version = nextVersion(group, group.members)
  const chosen = outdatedMembers(group).map((member) => ({ member, action: actionFor(member, version) }))
  const substituted = ({ action }: { action: UpdateAction }) =>
    action === 'REPLACE' && updatePolicy.replacementMethod === 'SUBSTITUTE'
  return {
    substitute: chosen.filter(substituted).map(({ member }) => member),
    inPlace: chosen.filter((one) => one.action !== 'NONE' && !substituted(one)),
  }
}

/** Takes as many members out of service as `maxUnavailable` leaves; members that do not serve anyway come first. */
function replace(
  group: GcpGroup,
  live: readonly GcpMember[],
  { substitute, inPlace }: Rollout,
): Omit<GroupStep, 'create'> {
  const { updatePolicy, targetSize } = group.resource
  const serving = live.filter(({ action }) => action === 'NONE').length
  let budget = serving - (targetSize - calculate(updatePolicy.maxUnavailable, targetSize))
  const affordable = (member: GcpMember) => member.action !== 'NONE' || budget-- > 0

  const remove = substitute.toSorted(idleFirst).filter(affordable)
  const version = nextVersion(group, group.members)
  const update = inPlace
    .filter(({ member }) => member.action === 'NONE' || member.action === 'CREATING')
    .toSorted((a, b) => idleFirst(a.member, b.member))
    .filter(({ member }) => affordable(member))
    .map((one) => ({ ...one, version }))
  if (remove.length > 0 || update.length > 0 || substitute.length > 0) return { remove, update }
  return { remove: redistribute(group, live), update }
}

function idleFirst(a: GcpMember, b: GcpMember): number {
  return Number(a.action === 'NONE') - Number(b.action === 'NONE')
}

/** One at a time, and only while nothing else goes on. */
function redistribute(group: GcpGroup, live: readonly GcpMember[]): GcpMember[] {
  if (group.members.some(({ action }) => action !== 'NONE')) return []
  const zone = overfullZone(group)
  return live.filter((member) => member.zone === zone).slice(-1)
}

/** Who goes when there are too many: those without a VM, outdated ones, those in the fullest zone, the youngest. */
export function victims(group: GcpGroup, live: readonly GcpMember[], count: number): GcpMember[] {
  const outdated = new Set(outdatedMembers(group))
  const left = [...live]
  const chosen: GcpMember[] = []
  for (let index = 0; index < count; index++) {
    const inZone = (zone: string) => left.filter((member) => member.zone === zone).length
    const weight = (member: GcpMember) =>
      (member.id === undefined ? 4_000_000 : 0) +
      (member.action === 'NONE' ? 0 : 2_000_000) +
      (outdated.has(member) ? 1_000_000 : 0) +
      inZone(member.zone)
    // The last of equals: members are in the order of their creation.
    const victim = left.reduce((worst, member) => (weight(member) >= weight(worst) ? member : worst))
    chosen.push(victim)
    left.splice(left.indexOf(victim), 1)
  }
  return chosen
}
