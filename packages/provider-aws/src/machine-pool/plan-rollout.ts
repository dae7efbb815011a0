import type { Action } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import type { AwsDesired, AwsObservation } from './plan.ts'
import { planned } from './requests.ts'

const running: ReadonlySet<string> = new Set(['Pending', 'InProgress', 'Cancelling', 'RollingBack'])

/** Starts or cancels an instance refresh. PURE. */
export function planRollout(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const AutoScalingGroupName = observed.group?.group?.AutoScalingGroupName
  const { rollout } = observed
  const isRunning = rollout !== undefined && running.has(rollout.state)
  if (AutoScalingGroupName === undefined) return []
  if (desired.rollout === 'cancel' && isRunning && rollout.state !== 'Cancelling') {
    const parameters = planned('autoscaling', 'CancelInstanceRefresh', AutoScalingGroupName, { AutoScalingGroupName })
    return [{ ...actionBase(desired.pool, 'CancelRollout', 'the rollout is to stop', parameters), rollout: rollout.id }]
  }
  if (desired.rollout !== 'start' || isRunning) return []
  const { refreshPreferences } = desired.pool.spec
  const parameters = planned('autoscaling', 'StartInstanceRefresh', AutoScalingGroupName, {
    AutoScalingGroupName,
    // Free text in the API, as upstream has it; AWS refuses what it does not know.
    Strategy: (refreshPreferences?.strategy ?? 'Rolling') as 'Rolling',
    Preferences: {
      InstanceWarmup: refreshPreferences?.instanceWarmup,
      MinHealthyPercentage: refreshPreferences?.minHealthyPercentage,
      MaxHealthyPercentage: refreshPreferences?.maxHealthyPercentage,
      SkipMatching: refreshPreferences?.skipMatching,
      AutoRollback: refreshPreferences?.autoRollback,
    },
  })
  return [
    {
      ...actionBase(desired.pool, 'StartRollout', 'instances are outdated', parameters),
      revision: desired.revision,
    },
  ]
}
