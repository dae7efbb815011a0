import type { Action } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import type { AwsDesired, AwsObservation } from './aws-desired.ts'
import { planned } from './requests.ts'

/** Target groups are the spec's alone once it names any; without the field they stay as they are. PURE. */
export function planTargetGroups(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const group = observed.group?.group
  const wanted = desired.pool.spec.targetGroupARNs
  if (group === undefined || wanted === undefined) return []
  const live = group.TargetGroupARNs ?? []
  const action = (
    operation: 'AttachLoadBalancerTargetGroups' | 'DetachLoadBalancerTargetGroups',
    TargetGroupARNs: string[],
  ): readonly Action[] => {
    if (TargetGroupARNs.length === 0) return []
    const { AutoScalingGroupName } = group
    const parameters = planned('autoscaling', operation, AutoScalingGroupName, {
      AutoScalingGroupName,
      TargetGroupARNs,
    })
    return [
      actionBase(desired.pool, 'UpdateGroup', 'target groups differ', parameters, [
        { field: 'spec.targetGroupARNs', from: [...live], to: [...wanted] },
      ]),
    ]
  }
  return [
    ...action('AttachLoadBalancerTargetGroups', wanted.filter((arn) => !live.includes(arn)).toSorted()),
    ...action('DetachLoadBalancerTargetGroups', live.filter((arn) => !wanted.includes(arn)).toSorted()),
  ]
}
