import type { Action } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import { ownLists, targetGroupMark } from './own-lists.ts'
import type { AwsDesired, AwsObservation } from './aws-desired.ts'
import { planned } from './requests.ts'

/** Attaches what is missing, detaches what left the spec; target groups of others stay. PURE. */
export function planTargetGroups(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const group = observed.group?.group
  const wanted = desired.pool.spec.targetGroupARNs ?? []
  if (group === undefined) return []
  const live = group.TargetGroupARNs ?? []
  const own = ownLists(group).targetGroups
  const left = live.filter((arn) => own.has(targetGroupMark(arn)) && !wanted.includes(arn))
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
    ...action('DetachLoadBalancerTargetGroups', left.toSorted()),
  ]
}
