import type { Action } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import { holdExists, holdHook, holdHookName, holdIsSet } from './hold.ts'
import type { AwsDesired, AwsObservation } from './aws-desired.ts'
import { planned } from './requests.ts'

/** Lets held terminations go on, or has AWS wait longer. PURE. */
export function planReleases(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const { pool } = desired
  const AutoScalingGroupName = observed.group?.group?.AutoScalingGroupName
  const held = new Set(
    observed.instances.filter(({ hold }) => hold?.ours === true).map(({ incarnation }) => incarnation),
  )
  const released = new Set(desired.release.map(({ incarnation }) => incarnation))
  const hook = { AutoScalingGroupName, LifecycleHookName: holdHookName }
  return [
    ...desired.release
      .filter(({ incarnation }) => held.has(incarnation))
      .map((instance) => ({
        ...actionBase(
          pool,
          'ReleaseInstance' as const,
          'the instance is drained, or need not be',
          planned('autoscaling', 'CompleteLifecycleAction', AutoScalingGroupName, {
            ...hook,
            InstanceId: instance.incarnation,
            LifecycleActionResult: 'CONTINUE',
          }),
        ),
        instance,
      })),
    ...desired.extend
      .filter(({ incarnation }) => held.has(incarnation) && !released.has(incarnation))
      .map((instance) => ({
        ...actionBase(
          pool,
          'ExtendHold' as const,
          'the instance is still being drained',
          planned('autoscaling', 'RecordLifecycleActionHeartbeat', AutoScalingGroupName, {
            ...hook,
            InstanceId: instance.incarnation,
          }),
        ),
        instance,
      })),
  ]
}

/** Sets up or takes away our hook on a group that exists; a new group brings it along. PURE. */
export function planHold(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const { group, hooks } = observed.group ?? { hooks: [] }
  if (group === undefined) return []
  const name = { AutoScalingGroupName: group.AutoScalingGroupName }
  if (desired.hold && !holdIsSet(hooks)) {
    const parameters = planned('autoscaling', 'PutLifecycleHook', group.AutoScalingGroupName, { ...name, ...holdHook })
    return [
      { ...actionBase(desired.pool, 'SetHold', 'terminations are to wait for the drain', parameters), enabled: true },
    ]
  }
  if (!desired.hold && holdExists(hooks)) {
    const parameters = planned('autoscaling', 'DeleteLifecycleHook', group.AutoScalingGroupName, {
      ...name,
      LifecycleHookName: holdHookName,
    })
    return [{ ...actionBase(desired.pool, 'SetHold', 'nobody drains', parameters), enabled: false }]
  }
  return []
}
