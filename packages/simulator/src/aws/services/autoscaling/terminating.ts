import type { Region } from '../../region.ts'
import { terminateInstance } from '../ec2/instances.ts'
import { startActivity, updateActivity } from './activities.ts'
import { changeMember, findMember, removeMember } from './change.ts'
import { dropPauses, passHooks } from './hooks.ts'
import type { Group, Member } from './state.ts'

export function isTerminating({ state }: Member): boolean {
  return state.includes('Terminating')
}

/** Takes an instance out of service for good, through the group's termination hooks. Returns the activity's id. */
export function terminateMember(region: Region, group: Group, id: string, cause: string): string | undefined {
  const member = findMember(region, group.name, id)
  if (!member || isTerminating(member)) return member?.activity
  dropPauses(region, group.name, id)
  updateActivity(region, member.activity, 'Cancelled')
  const warmed = member.state.startsWith('Warmed:')
  const activity = startActivity(region, group, {
    description: `Terminating EC2 instance: ${id}`,
    cause,
    zone: member.zone,
  })
  changeMember(region, group.name, id, { state: warmed ? 'Warmed:Terminating' : 'Terminating', activity })
  passTerminationHooks(region, group, id, warmed)
  return activity
}

/** Holds an instance at the termination hooks of its group, or holds it there again after a restart. */
export function passTerminationHooks(region: Region, group: Group, id: string, warmed: boolean) {
  const activity = findMember(region, group.name, id)?.activity
  const states = warmed
    ? ({ wait: 'Warmed:Terminating:Wait', proceed: 'Warmed:Terminating:Proceed' } as const)
    : ({ wait: 'Terminating:Wait', proceed: 'Terminating:Proceed' } as const)
  // Abandoned or not, a termination goes on.
  passHooks(region, group, id, 'autoscaling:EC2_INSTANCE_TERMINATING', states, () => {
    updateActivity(region, activity, 'InProgress')
    const state = region.ec2.instances.get(id)?.state
    if (state === undefined || state === 'terminated') memberGone(region, group.name, id)
    else terminateInstance(region, id)
  })
}

/** The machine of a member has ended: the member leaves its group, if the group meant it to. */
export function memberGone(region: Region, groupName: string, id: string) {
  const member = findMember(region, groupName, id)
  if (!member) return
  dropPauses(region, groupName, id)
  removeMember(region, groupName, id)
  updateActivity(region, member.activity, 'Successful')
  region.autoscaling.wake(groupName)
}
