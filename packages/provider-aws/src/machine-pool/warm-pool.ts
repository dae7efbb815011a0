import type { PutWarmPoolType, WarmPoolConfiguration } from '@aws-sdk/client-auto-scaling'
import type { Action } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import { ownLists } from './own-lists.ts'
import type { AwsDesired, AwsObservation } from './aws-desired.ts'
import { planned } from './requests.ts'

/** AWS's word for "as large as the group may be". */
const unlimited = -1

/** Makes, changes and takes away the warm pool; one that others made stays as long as the spec names none. PURE. */
export function planWarmPool(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const group = observed.group?.group
  if (group === undefined) return []
  const { AutoScalingGroupName, WarmPoolConfiguration: live } = group
  const { warmPool: wish } = desired.pool.spec
  // AWS makes no new one before the old one is gone.
  if (live?.Status === 'PendingDelete') return []
  if (wish === undefined) {
    if (live === undefined || !ownLists(group).warmPool) return []
    const parameters = planned('autoscaling', 'DeleteWarmPool', AutoScalingGroupName, {
      AutoScalingGroupName,
      // Nothing runs on what waits.
      ForceDelete: true,
    })
    return [actionBase(desired.pool, 'UpdateGroup', 'the warm pool left the spec', parameters, [field('left')])]
  }
  const request = requestOf(wish)
  if (live !== undefined && isSame(request, live)) return []
  const parameters = planned('autoscaling', 'PutWarmPool', AutoScalingGroupName, { AutoScalingGroupName, ...request })
  return [actionBase(desired.pool, 'UpdateGroup', 'the warm pool differs', parameters, [field('put')])]
}

function field(to: string) {
  return { field: 'spec.warmPool', to }
}

function requestOf(
  wish: NonNullable<AWSMachinePoolSpec['warmPool']>,
): Omit<Required<PutWarmPoolType>, 'AutoScalingGroupName'> {
  return {
    MinSize: wish.minSize ?? 0,
    MaxGroupPreparedCapacity: wish.maxGroupPreparedCapacity ?? unlimited,
    PoolState: wish.poolState ?? 'Stopped',
    InstanceReusePolicy: { ReuseOnScaleIn: wish.reuseOnScaleIn ?? false },
  }
}

function isSame(wanted: ReturnType<typeof requestOf>, live: WarmPoolConfiguration): boolean {
  return (
    wanted.MinSize === (live.MinSize ?? 0) &&
    wanted.MaxGroupPreparedCapacity === (live.MaxGroupPreparedCapacity ?? unlimited) &&
    wanted.PoolState === (live.PoolState ?? 'Stopped') &&
    wanted.InstanceReusePolicy?.ReuseOnScaleIn === (live.InstanceReusePolicy?.ReuseOnScaleIn ?? false)
  )
}
