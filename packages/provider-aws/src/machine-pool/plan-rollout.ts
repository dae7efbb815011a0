import type { RefreshPreferences } from '@aws-sdk/client-auto-scaling'
import type { Action } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import type { AwsDesired, AwsObservation } from './aws-desired.ts'
import { newestConfiguration } from './plan-group.ts'
import { planned } from './requests.ts'
import { canRollBack } from './rollback.ts'
import { isRunningRefresh } from './running-refresh.ts'

/** Starts or cancels an instance refresh. PURE. */
export function planRollout(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const AutoScalingGroupName = observed.group?.group?.AutoScalingGroupName
  const { rollout } = observed
  if (AutoScalingGroupName === undefined) return []
  if (desired.rollout === 'cancel' && isRunningRefresh(rollout) && rollout.state !== 'Cancelling') {
    const parameters = planned('autoscaling', 'CancelInstanceRefresh', AutoScalingGroupName, { AutoScalingGroupName })
    return [{ ...actionBase(desired.pool, 'CancelRollout', 'the rollout is to stop', parameters), rollout: rollout.id }]
  }
  if (desired.rollout !== 'start' || isRunningRefresh(rollout)) return []
  const { refreshPreferences } = desired.pool.spec
  const rollsBack = canRollBack(desired)
  const parameters = planned('autoscaling', 'StartInstanceRefresh', AutoScalingGroupName, {
    AutoScalingGroupName,
    // Free text in the API, as upstream has it; AWS refuses what it does not know.
    Strategy: (refreshPreferences?.strategy ?? 'Rolling') as 'Rolling',
    ...(rollsBack ? { DesiredConfiguration: newestConfiguration(desired, observed) } : {}),
    Preferences: preferences(refreshPreferences ?? {}, rollsBack),
  })
  const asked = refreshPreferences?.autoRollback === true
  const reason =
    asked && !rollsBack
      ? 'instances are outdated; there is no automatic rollback, because the bootstrap data may hold a token that expires'
      : 'instances are outdated'
  return [{ ...actionBase(desired.pool, 'StartRollout', reason, parameters), revision: desired.revision }]
}

function preferences(
  wish: NonNullable<AWSMachinePoolSpec['refreshPreferences']>,
  rollsBack: boolean,
): RefreshPreferences {
  const { alarms = [], checkpointPercentages } = wish
  return {
    InstanceWarmup: wish.instanceWarmup,
    MinHealthyPercentage: wish.minHealthyPercentage,
    MaxHealthyPercentage: wish.maxHealthyPercentage,
    // With versions by number AWS can tell what is up to date, and a refresh can be started again.
    SkipMatching: rollsBack ? true : wish.skipMatching,
    AutoRollback: rollsBack ? true : undefined,
    CheckpointPercentages: checkpointPercentages === undefined ? undefined : [...checkpointPercentages],
    CheckpointDelay: wish.checkpointDelay,
    AlarmSpecification: alarms.length === 0 ? undefined : { Alarms: [...alarms] },
    BakeTime: wish.bakeTime,
    ScaleInProtectedInstances: wish.scaleInProtectedInstances,
    StandbyInstances: wish.standbyInstances,
  }
}
