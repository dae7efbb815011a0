import { AwsError, validationError } from '../../error.ts'
import type { CallContext } from '../../service.ts'
import { findPause, heartbeat, resumePause } from './hooks.ts'
import type { Hook } from './state.ts'
import { needGroup, needLivingGroup } from './validate.ts'

export interface HookRequest extends Partial<Hook> {
  readonly LifecycleHookName: string
}

const hookLimit = 50
/** No instance waits longer than two days, https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html */
const longestWait = 172_800

/** A hook as it is kept: AWS's defaults filled in, over what it was before. */
export function checkHook(request: HookRequest, before?: Hook): Hook {
  const transition = request.LifecycleTransition ?? before?.LifecycleTransition
  if (transition === undefined) {
    throw validationError(
      "1 validation error detected: Value null at 'lifecycleTransition' failed to satisfy constraint: Member must not be null",
    )
  }
  const transitions: readonly string[] = ['autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING']
  if (!transitions.includes(transition)) {
    throw validationError(`Invalid lifecycle transition ${transition}. Valid: [${transitions.join(', ')}]`)
  }
  const timeout = request.HeartbeatTimeout ?? before?.HeartbeatTimeout ?? 3600
  if (timeout < 30 || timeout > longestWait) {
    throw validationError(`HeartbeatTimeout must be between 30 and ${longestWait} seconds, is ${timeout}`)
  }
  const result: string = request.DefaultResult ?? before?.DefaultResult ?? 'ABANDON'
  if (result !== 'CONTINUE' && result !== 'ABANDON') {
    throw validationError(`DefaultResult must be CONTINUE or ABANDON, is ${result}`)
  }
  // An empty target takes the one from before away.
  const { NotificationTargetARN: target, RoleARN: role, ...others } = { ...before, ...request }
  return {
    ...others,
    ...(target && { NotificationTargetARN: target, ...(role !== undefined && { RoleARN: role }) }),
    LifecycleTransition: transition,
    HeartbeatTimeout: timeout,
    // A hundred heartbeats, two days at most.
    GlobalTimeout: Math.min(timeout * 100, longestWait),
    DefaultResult: result,
  }
}

export function putLifecycleHook(input: HookRequest & { AutoScalingGroupName: string }, { region }: CallContext) {
  const { AutoScalingGroupName: name, ...request } = input
  const group = needLivingGroup(region, name)
  const others = group.hooks.filter((hook) => hook.LifecycleHookName !== request.LifecycleHookName)
  if (others.length >= hookLimit)
    throw new AwsError('LimitExceeded', `You have reached the limit of ${hookLimit} lifecycle hooks`)
  const before = group.hooks.find((hook) => hook.LifecycleHookName === request.LifecycleHookName)
  region.autoscaling.groups.put(name, { ...group, hooks: [...others, checkHook(request, before)] })
  return {}
}

export function deleteLifecycleHook(
  input: { AutoScalingGroupName: string; LifecycleHookName: string },
  { region }: CallContext,
) {
  const { AutoScalingGroupName: name, LifecycleHookName: hookName } = input
  const group = needLivingGroup(region, name)
  const hook = group.hooks.find((candidate) => candidate.LifecycleHookName === hookName)
  if (!hook) throw validationError(`No Lifecycle Hook found with name: ${hookName}`)
  region.autoscaling.groups.put(name, { ...group, hooks: group.hooks.filter((candidate) => candidate !== hook) })
  // Who waits at it goes on: abandoned when launching, continued when terminating.
  const result = hook.LifecycleTransition === 'autoscaling:EC2_INSTANCE_LAUNCHING' ? 'ABANDON' : 'CONTINUE'
  for (const [key, pause] of region.autoscaling.pauses) {
    if (pause.group === name && pause.hook.LifecycleHookName === hookName) resumePause(region, key, result)
  }
  return {}
}

export function describeLifecycleHooks(
  input: { AutoScalingGroupName: string; LifecycleHookNames?: readonly string[] },
  { region }: CallContext,
) {
  needGroup(region, input.AutoScalingGroupName)
  const { LifecycleHookNames: names } = input
  const hooks = region.autoscaling.groups.read(input.AutoScalingGroupName)?.hooks ?? []
  return {
    LifecycleHooks: hooks
      .filter((hook) => !names?.length || names.includes(hook.LifecycleHookName))
      .map((hook) => ({ AutoScalingGroupName: input.AutoScalingGroupName, ...hook })),
  }
}

export function describeLifecycleHookTypes() {
  return { LifecycleHookTypes: ['autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING'] }
}

interface PauseReference {
  readonly AutoScalingGroupName: string
  readonly LifecycleHookName: string
  readonly LifecycleActionToken?: string
  readonly InstanceId?: string
}

function needPause({ region }: CallContext, input: PauseReference): string {
  needGroup(region, input.AutoScalingGroupName)
  const key = findPause(region, input.AutoScalingGroupName, input.LifecycleHookName, {
    instance: input.InstanceId,
    token: input.LifecycleActionToken,
  })
  if (key === undefined) {
    throw validationError(
      input.InstanceId === undefined
        ? `No active Lifecycle Action found with token ${input.LifecycleActionToken}`
        : `No active Lifecycle Action found with instance ID ${input.InstanceId}`,
    )
  }
  return key
}

export function completeLifecycleAction(
  input: PauseReference & { LifecycleActionResult: string },
  context: CallContext,
) {
  const { LifecycleActionResult: result } = input
  if (result !== 'CONTINUE' && result !== 'ABANDON') {
    throw validationError(`The lifecycle action result ${result} is not valid. Valid: [CONTINUE, ABANDON]`)
  }
  resumePause(context.region, needPause(context, input), result)
  return {}
}

export function recordLifecycleActionHeartbeat(input: PauseReference, context: CallContext) {
  heartbeat(context.region, needPause(context, input))
  return {}
}
