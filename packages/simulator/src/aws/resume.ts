import type { Region } from './region.ts'
import { replaceUnhealthy } from './services/autoscaling/health.ts'
import { passLaunchHooks } from './services/autoscaling/launching.ts'
import type { Group, Member } from './services/autoscaling/state.ts'
import { passTerminationHooks } from './services/autoscaling/terminating.ts'
import { occupyAddress } from './services/ec2/addresses.ts'
import { announce, goOn } from './services/ec2/instances.ts'

/**
 * Lets a region whose records were read from a file go on where it was: what follows from the records is worked out
 * again, and what was to happen later is armed again, from the beginning of its time.
 */
export function resumeRegion(region: Region) {
  const { ec2, autoscaling } = region
  for (const instance of ec2.instances.values()) {
    if (instance.state !== 'terminated') occupyAddress(ec2, instance.subnetId, instance.privateIp)
  }
  for (const { name, members } of autoscaling.groups.values()) {
    for (const { id } of members) autoscaling.owners.set(id, name)
  }
  for (const instance of ec2.instances.values()) {
    announce(region, instance)
    goOn(region, instance)
  }
  for (const group of autoscaling.groups.values()) {
    for (const member of group.members) resumeMember(region, group, member)
    autoscaling.wake(group.name)
  }
}

function resumeMember(region: Region, group: Group, { id, state, health }: Member) {
  const warm = state.startsWith('Warmed:')
  if (state.endsWith('Pending:Wait')) passLaunchHooks(region, group, id, warm)
  else if (state.endsWith('Terminating:Wait')) passTerminationHooks(region, group, id, warm)
  else if (health === 'Unhealthy') {
    const finding = 'a health check'
    region.clock.after(region.timings.reaction, () => replaceUnhealthy(region, group.name, id, finding))
  }
}
