import { zonesToShrink, counts } from './zones.ts'
import type { Group, Member } from './state.ts'

/** Facts about a group that a termination policy may ask for. */
export interface PolicyFacts {
  /** Version number that the group would launch now, by template id. */
  currentVersion(templateId: string): number | undefined
}

/**
 * The instance that a scale-in takes: unhealthy ones first, of the fullest zone, by the group's termination
 * policies in their order. Protected ones never.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html
 */
export function chooseVictim(group: Group, facts: PolicyFacts): Member | undefined {
  const candidates = group.members.filter((member) => counts(member) && !member.protected)
  const zones = zonesToShrink(group)
  const inZones = candidates.filter(({ zone }) => zones.includes(zone))
  let left = inZones.length > 0 ? inZones : candidates
  const unhealthy = left.filter(({ health }) => health === 'Unhealthy')
  if (unhealthy.length > 0) left = unhealthy
  for (const policy of group.settings.TerminationPolicies) left = narrow(left, policy, facts)
  return left[0]
}

function narrow(members: Member[], policy: string, facts: PolicyFacts): Member[] {
  switch (policy) {
    case 'NewestInstance':
      return extreme(members, ({ joined }) => -joined)
    case 'OldestLaunchTemplate':
    case 'OldestLaunchConfiguration':
      return oldestTemplate(members, facts)
    case 'AllocationStrategy':
    case 'ClosestToNextInstanceHour':
      return members
    case 'OldestInstance':
      return extreme(members, ({ joined }) => joined)
    default:
      return extreme(oldestTemplate(members, facts), ({ joined }) => joined)
  }
}

function oldestTemplate(members: Member[], facts: PolicyFacts): Member[] {
  const foreign = members.filter(({ template }) => facts.currentVersion(template.LaunchTemplateId) === undefined)
  return foreign.length > 0 ? foreign : extreme(members, ({ template }) => Number(template.Version))
}

/** The members with the smallest value. */
function extreme(members: Member[], value: (member: Member) => number): Member[] {
  const smallest = Math.min(...members.map(value))
  return members.filter((member) => value(member) === smallest)
}
