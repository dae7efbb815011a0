import type { Region } from '../../region.ts'
import type { Instance } from '../ec2/state.ts'
import { moment, updateActivity } from './activities.ts'
import { changeMember, findMember, groupOf } from './change.ts'
import { launchMember, memberRuns } from './launching.ts'
import { launchSource } from './refresh-state.ts'
import { isTerminating, memberGone, terminateMember } from './terminating.ts'

/** What a group makes of a change of one of its machines. */
export function instanceChanged(region: Region, instance: Instance) {
  const group = groupOf(region, instance.id)
  const member = group && findMember(region, group.name, instance.id)
  if (!group || !member) return
  if (instance.state === 'running') {
    memberRuns(region, group.name, instance.id)
    return
  }
  if (isTerminating(member)) {
    if (instance.state === 'terminated' && !member.state.endsWith(':Wait')) memberGone(region, group.name, instance.id)
    return
  }
  // A machine that stops into the warm pool is meant to.
  const ended =
    instance.state !== 'pending' && !(member.state.startsWith('Warmed:') && instance.state.startsWith('stop'))
  if (!ended) return
  region.clock.after(region.timings.healthCheck, () => checkHealth(region, group.name, instance.id))
}

function checkHealth(region: Region, groupName: string, id: string) {
  const group = region.autoscaling.groups.get(groupName)
  const state = region.ec2.instances.get(id)?.state ?? 'terminated'
  if (!group || group.suspended.includes('HealthCheck') || state === 'running' || state === 'pending') return
  const member = changeMember(region, groupName, id, { health: 'Unhealthy' })
  if (member)
    replaceUnhealthy(region, groupName, id, 'an EC2 health check indicating it has been terminated or stopped')
}

/** Terminates an instance for its health; the group launches another one. */
export function replaceUnhealthy(region: Region, groupName: string, id: string, finding: string) {
  const group = region.autoscaling.groups.get(groupName)
  const member = findMember(region, groupName, id)
  if (!group || !member || member.state === 'Standby' || group.suspended.includes('ReplaceUnhealthy')) return
  if (member.state.startsWith('Pending'))
    updateActivity(
      region,
      member.activity,
      'Failed',
      'Instance became unhealthy while waiting for instance to be in InService state.',
    )
  terminateMember(
    region,
    group,
    id,
    `At ${moment(region)} an instance was taken out of service in response to ${finding}.`,
  )
  region.autoscaling.wake(groupName)
}

/** The cloud will take a spot instance back: a group that rebalances its capacity launches another one before. */
export function rebalanceRecommended(region: Region, id: string) {
  const group = groupOf(region, id)
  if (!group?.settings.CapacityRebalance || group.suspended.includes('Launch')) return
  const cause = `At ${moment(region)} an instance was started in response to an EC2 instance rebalance recommendation for ${id}.`
  launchMember(region, { ...group, source: launchSource(region, group) }, { cause, replaces: id })
}
