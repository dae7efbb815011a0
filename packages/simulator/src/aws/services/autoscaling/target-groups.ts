import { validationError } from '../../error.ts'
import { page } from '../../paging.ts'
import type { CallContext } from '../../service.ts'
import { changeGroup } from './change.ts'
import { invalidNextToken, needGroup, needLivingGroup } from './validate.ts'

interface TargetGroupRequest {
  readonly AutoScalingGroupName: string
  readonly TargetGroupARNs: readonly string[]
}

/** There is no load balancer to ask: any ARN of a target group is taken for one that exists. */
function checkArns(arns: readonly string[]) {
  const wrong = arns.find((arn) => !/^arn:aws[a-z-]*:elasticloadbalancing:[^:]+:\d{12}:targetgroup\//.test(arn))
  if (wrong !== undefined) {
    throw validationError(`Provided Target Groups may not be valid. Please ensure they exist and try again. (${wrong})`)
  }
}

export function attachLoadBalancerTargetGroups(input: TargetGroupRequest, { region }: CallContext) {
  const { name } = needLivingGroup(region, input.AutoScalingGroupName)
  checkArns(input.TargetGroupARNs)
  changeGroup(region, name, (group) => ({
    ...group,
    targetGroups: [...new Set([...group.targetGroups, ...input.TargetGroupARNs])],
  }))
  return {}
}

export function detachLoadBalancerTargetGroups(input: TargetGroupRequest, { region }: CallContext) {
  const group = needLivingGroup(region, input.AutoScalingGroupName)
  const foreign = input.TargetGroupARNs.find((arn) => !group.targetGroups.includes(arn))
  if (foreign !== undefined)
    throw validationError(`Trying to remove Target Groups that are not part of the group: ${foreign}`)
  changeGroup(region, group.name, (before) => ({
    ...before,
    targetGroups: before.targetGroups.filter((arn) => !input.TargetGroupARNs.includes(arn)),
  }))
  return {}
}

export function describeLoadBalancerTargetGroups(
  input: { AutoScalingGroupName: string; MaxRecords?: number; NextToken?: string },
  { region }: CallContext,
) {
  needGroup(region, input.AutoScalingGroupName)
  const arns = region.autoscaling.groups.read(input.AutoScalingGroupName)?.targetGroups ?? []
  const { items, nextToken } = page(arns, input.NextToken, Math.min(input.MaxRecords ?? 100, 100), invalidNextToken())
  return {
    LoadBalancerTargetGroups: items.map((arn) => ({ LoadBalancerTargetGroupARN: arn, State: 'InService' })),
    NextToken: nextToken,
  }
}
