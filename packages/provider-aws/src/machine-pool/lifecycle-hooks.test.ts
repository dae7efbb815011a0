import type { LifecycleHook } from '@aws-sdk/client-auto-scaling'
import type { Observation } from '@machinepool/contract'
import { describe, expect, test } from 'vitest'

import type { AwsGroup } from './group-view.ts'
import { plan } from './plan.ts'
import { after, desiredOf, nothing, specOf, summary, type Spec } from './planned-cloud.test.support.ts'
import { plannedCall } from './requests.ts'

type Hook = NonNullable<Spec['lifecycleHooks']>[number]

const terminating = 'autoscaling:EC2_INSTANCE_TERMINATING'
const launching = 'autoscaling:EC2_INSTANCE_LAUNCHING'
const audit: Hook = { name: 'audit', lifecycleTransition: terminating }
const notify: Hook = {
  name: 'notify',
  lifecycleTransition: launching,
  heartbeatTimeout: '10m',
  defaultResult: 'CONTINUE',
  roleARN: 'arn:role',
  notificationTargetARN: 'arn:queue',
  notificationMetadata: 'words',
}

function withHooks(...lifecycleHooks: readonly Hook[]): Spec {
  return specOf({ lifecycleHooks: [...lifecycleHooks] })
}

function changed(observed: Observation<AwsGroup>, name: string, change: Partial<LifecycleHook>) {
  const hooks = observed.group!.hooks.map((hook) => (hook.LifecycleHookName === name ? { ...hook, ...change } : hook))
  return { ...observed, group: { ...observed.group!, hooks } }
}

const put = 'UpdateGroup: PutLifecycleHook'
const tag = 'Tag: CreateOrUpdateTags'

test('CAPA-033 hooks of the spec are in the request that creates the group', () => {
  const create = plan(desiredOf(withHooks(notify)), nothing()).find(({ type }) => type === 'CreateGroup')
  expect(plannedCall(create!.parameters).request['LifecycleHookSpecificationList']).toContainEqual({
    LifecycleHookName: 'notify',
    LifecycleTransition: launching,
    HeartbeatTimeout: 600,
    DefaultResult: 'CONTINUE',
    RoleARN: 'arn:role',
    NotificationTargetARN: 'arn:queue',
    NotificationMetadata: 'words',
  })
})

test('CAPA-034 a new hook is put; its name is noted first', () => {
  expect(summary(desiredOf(withHooks(audit)), after(specOf()))).toEqual([tag, put])
})

test('CAPA-035 a hook that left the spec is deleted', () => {
  expect(summary(desiredOf(specOf()), after(withHooks(audit)))).toEqual(['UpdateGroup: DeleteLifecycleHook'])
})

test('CAPA-036 one comes and one goes in one pass', () => {
  expect(summary(desiredOf(withHooks(notify)), after(withHooks(audit)))).toEqual([
    tag,
    put,
    'UpdateGroup: DeleteLifecycleHook',
  ])
})

test('CAPA-038 without timeout and result AWS’s 3600 and ABANDON are meant, whether it says them or not', () => {
  const observed = after(withHooks(audit))
  expect(summary(desiredOf(withHooks(audit)), observed)).toEqual([])
  const {
    HeartbeatTimeout: _timeout,
    DefaultResult: _result,
    ...bare
  } = observed.group!.hooks.find(({ LifecycleHookName }) => LifecycleHookName === 'audit')!
  const others = observed.group!.hooks.filter(({ LifecycleHookName }) => LifecycleHookName !== 'audit')
  const silent = { ...observed, group: { ...observed.group!, hooks: [...others, bare] } }
  expect(summary(desiredOf(withHooks(audit)), silent)).toEqual([])
})

describe('each part of a hook is compared', () => {
  test.each<readonly [string, Partial<LifecycleHook>]>([
    ['CAPA-039 transition', { LifecycleTransition: terminating }],
    ['CAPA-037 CAPA-040 timeout', { HeartbeatTimeout: 61 }],
    ['CAPA-041 result', { DefaultResult: 'ABANDON' }],
    ['CAPA-042 role', { RoleARN: 'arn:other' }],
    ['CAPA-043 target', { NotificationTargetARN: 'arn:other' }],
    ['CAPA-044 metadata', { NotificationMetadata: 'others' }],
  ])('%s', (_name, change) => {
    const observed = after(withHooks(notify))
    expect(summary(desiredOf(withHooks(notify)), observed)).toEqual([])
    expect(summary(desiredOf(withHooks(notify)), changed(observed, 'notify', change))).toEqual([put])
  })

  test('CAPA-045 no metadata and empty metadata are the same', () => {
    const observed = changed(after(withHooks(audit)), 'audit', { NotificationMetadata: '' })
    expect(summary(desiredOf(withHooks(audit)), observed)).toEqual([])
  })
})

test('hooks of others stay as they are', () => {
  const observed = after(specOf())
  const hooks = [...observed.group!.hooks, { LifecycleHookName: 'nth', LifecycleTransition: terminating }]
  expect(summary(desiredOf(specOf()), { ...observed, group: { ...observed.group!, hooks } })).toEqual([])
})
