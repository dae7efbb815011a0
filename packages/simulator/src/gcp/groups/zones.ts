import type { GcpGroup, GcpMember } from './state.ts'
import { isLive } from './versions.ts'

/** Live members by zone, zones without any included. */
export function countByZone({ zones }: Pick<GcpGroup, 'zones'>, members: readonly GcpMember[]): Map<string, number> {
  const counts = new Map(zones.map((zone) => [zone, 0]))
  for (const member of members) {
    if (isLive(member)) counts.set(member.zone, (counts.get(member.zone) ?? 0) + 1)
  }
  return counts
}

/** Where the next instance goes: the zone with the fewest, the first of them in the order of the group. */
export function smallestZone(group: Pick<GcpGroup, 'zones'>, members: readonly GcpMember[]): string {
  const counts = countByZone(group, members)
  return group.zones.toSorted((a, b) => counts.get(a)! - counts.get(b)!)[0]!
}

/** A zone that has two instances more than another one, if the group evens that out. */
export function overfullZone(group: GcpGroup): string | undefined {
  const { updatePolicy, distributionPolicy } = group.resource
  if (!group.regional || updatePolicy.instanceRedistributionType !== 'PROACTIVE') return undefined
  if ((distributionPolicy?.targetShape ?? 'EVEN') !== 'EVEN') return undefined
  const counts = [...countByZone(group, group.members)].toSorted(([, a], [, b]) => b - a)
  return counts[0]![1] - counts.at(-1)![1] >= 2 ? counts[0]![0] : undefined
}
