import type { LifecycleHook, LifecycleHookSpecification } from '@aws-sdk/client-auto-scaling'
import type { Action } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import { holdHookName } from './hold.ts'
import { ownLists } from './own-lists.ts'
import type { AwsDesired, AwsObservation } from './aws-desired.ts'
import { planned } from './requests.ts'
import { defaultResult, defaultTimeout, specHooks } from './spec-hooks.ts'

/** Puts hooks that are missing or differ, deletes those that left the spec; hooks of others stay. PURE. */
export function planLifecycleHooks(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  const { group, hooks } = observed.group ?? { hooks: [] }
  if (group === undefined) return []
  const { pool } = desired
  const { AutoScalingGroupName } = group
  const wanted = specHooks(pool.spec)
  const live = new Map(hooks.map((hook) => [hook.LifecycleHookName ?? '', hook]))
  const puts = wanted
    .filter((hook) => !sameHook(hook, live.get(hook.LifecycleHookName)))
    .map((hook) => {
      const parameters = planned('autoscaling', 'PutLifecycleHook', AutoScalingGroupName, {
        AutoScalingGroupName,
        ...cleared(live.get(hook.LifecycleHookName)),
        ...hook,
      })
      return actionBase(pool, 'UpdateGroup', `lifecycle hook ${hook.LifecycleHookName} differs`, parameters, [
        { field: 'spec.lifecycleHooks', to: hook.LifecycleHookName },
      ])
    })
  const names = new Set([...wanted.map(({ LifecycleHookName }) => LifecycleHookName), holdHookName])
  const deletions = [...ownLists(group).hooks]
    .filter((name) => live.has(name) && !names.has(name))
    .map((LifecycleHookName) => {
      const parameters = planned('autoscaling', 'DeleteLifecycleHook', AutoScalingGroupName, {
        AutoScalingGroupName,
        LifecycleHookName,
      })
      return actionBase(pool, 'UpdateGroup', `lifecycle hook ${LifecycleHookName} left the spec`, parameters, [
        { field: 'spec.lifecycleHooks', from: LifecycleHookName },
      ])
    })
  return [...puts, ...deletions]
}

/**
 * What AWS keeps of a hook unless an update says otherwise. An empty target takes target and role away; metadata cannot
 * be empty, so it becomes a blank.
 * https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html
 */
function cleared(live: LifecycleHook | undefined): Partial<LifecycleHookSpecification> {
  return {
    ...(live?.NotificationTargetARN ? { NotificationTargetARN: '' } : {}),
    ...(live?.NotificationMetadata?.trim() ? { NotificationMetadata: ' ' } : {}),
  }
}

function sameHook(wanted: LifecycleHookSpecification, live: LifecycleHook | undefined): boolean {
  return (
    live !== undefined &&
    wanted.LifecycleTransition === live.LifecycleTransition &&
    wanted.HeartbeatTimeout === (live.HeartbeatTimeout ?? defaultTimeout) &&
    wanted.DefaultResult === (live.DefaultResult ?? defaultResult) &&
    // Without a target the role says nothing, and stays.
    (!wanted.NotificationTargetARN || wanted.RoleARN === live.RoleARN) &&
    (wanted.NotificationTargetARN ?? '') === (live.NotificationTargetARN ?? '') &&
    (wanted.NotificationMetadata ?? '').trim() === (live.NotificationMetadata ?? '').trim()
  )
}
