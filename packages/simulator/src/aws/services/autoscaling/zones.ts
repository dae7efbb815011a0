import type { Group, Member } from './state.ts'

/** Instances that a group counts as its capacity: those on their way in, and in service. */
export function counts({ state }: Member): boolean {
  return state === 'InService' || state.startsWith('Pending')
}

export function capacityOf(group: Group): number {
  return group.members.filter(counts).reduce((sum, member) => sum + member.weight, 0)
}

function sizes(group: Group): Map<string, number> {
  const byZone = new Map(group.zones.map((zone) => [zone, 0]))
  for (const member of group.members) {
    if (counts(member)) byZone.set(member.zone, (byZone.get(member.zone) ?? 0) + 1)
  }
  return byZone
}

/** The group's zones, the emptiest first: the order in which a launch is tried. */
export function launchOrder(group: Group): string[] {
  const byZone = sizes(group)
  return group.zones.toSorted((a, b) => byZone.get(a)! - byZone.get(b)!)
}

/**
 * The zone that would get an instance if the group were balanced anew; undefined when no zone has two more than
 * another. https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html
 */
export function zoneToFill(group: Group): string | undefined {
  const byZone = [...sizes(group)].filter(([zone]) => group.zones.includes(zone))
  const abandoned = group.members.some((member) => counts(member) && !group.zones.includes(member.zone))
  const emptiest = byZone.toSorted(([, a], [, b]) => a - b)[0]
  if (!emptiest) return undefined
  const fullest = Math.max(...byZone.map(([, size]) => size))
  return abandoned || fullest - emptiest[1] > 1 ? emptiest[0] : undefined
}

/** Zones from which an instance is taken when the group shrinks: those outside the group, else the fullest. */
export function zonesToShrink(group: Group): string[] {
  const byZone = sizes(group)
  const outside = [...byZone.keys()].filter((zone) => !group.zones.includes(zone) && byZone.get(zone)! > 0)
  if (outside.length > 0) return outside
  const fullest = Math.max(0, ...byZone.values())
  return [...byZone.keys()].filter((zone) => byZone.get(zone) === fullest)
}
