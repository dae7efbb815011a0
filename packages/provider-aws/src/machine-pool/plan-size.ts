import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { Action, Removal } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import { isLive } from './instance-state.ts'
import type { AwsDesired, AwsObservation } from './aws-desired.ts'
import { planned } from './requests.ts'

/** Takes chosen instances out of the group, with or without replacement. PURE. */
export function planRemovals(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const group = observed.group?.group?.AutoScalingGroupName
  if (group === undefined) return []
  const leaving = new Set(
    observed.instances
      .filter(({ state }) => state === 'Terminating' || state === 'TerminationHeld')
      .map(({ incarnation }) => incarnation),
  )
  const present = new Set(observed.instances.map(({ incarnation }) => incarnation))
  const wanted = desired.remove.filter(
    ({ instance }) => present.has(instance.incarnation) && !leaving.has(instance.incarnation),
  )
  return [true, false].flatMap((keepSize) => {
    const removals = wanted.filter((removal) => removal.keepSize === keepSize)
    return removals.length === 0 ? [] : [removeInstances(desired, group, removals, keepSize)]
  })
}

function removeInstances(desired: AwsDesired, group: string, removals: readonly Removal[], keepSize: boolean): Action {
  const parameters = planned('autoscaling', 'TerminateInstanceInAutoScalingGroup', group, {
    // One call for each of the action's instances.
    InstanceId: undefined,
    ShouldDecrementDesiredCapacity: !keepSize,
  })
  const reason = keepSize ? 'to be replaced' : 'the size goes down'
  return {
    ...actionBase(desired.pool, 'RemoveInstances', reason, parameters),
    instances: removals.map(({ instance }) => instance),
    keepSize,
  }
}

/** Sets the desired capacity; never below the number of live instances, of which AWS would choose the victims. PURE. */
export function planResize(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const { size, group } = observed
  const live = group?.group
  if (desired.size === undefined || size === undefined || live === undefined) return []
  const removed = new Set(desired.remove.map(({ instance }) => instance.incarnation))
  const instances = observed.instances.filter(({ state, incarnation }) => isLive(state) && !removed.has(incarnation))
  const units = instances.reduce((sum, { incarnation }) => sum + weightOf(live, incarnation), 0)
  const to = Math.max(desired.size, Math.min(units, size.desired))
  if (to === size.desired) return []
  // A removal that decrements is on its way to the same size.
  if (to < size.desired && desired.remove.some(({ keepSize }) => !keepSize)) return []
  const parameters = planned('autoscaling', 'SetDesiredCapacity', live.AutoScalingGroupName, {
    AutoScalingGroupName: live.AutoScalingGroupName,
    DesiredCapacity: to,
    HonorCooldown: false,
  })
  return [
    {
      ...actionBase(desired.pool, 'Resize', `${to} instances are wanted`, parameters, [
        { field: 'desiredCapacity', from: size.desired, to },
      ]),
      from: size.desired,
      to,
    },
  ]
}

/** Units of capacity that an instance stands for: 1, but in groups with weights. */
function weightOf(group: AutoScalingGroup, id: string): number {
  const instance = group.Instances?.find(({ InstanceId }) => InstanceId === id)
  return Number(instance?.WeightedCapacity ?? 1)
}
