import type { PoolRef } from '@machinepool/contract'
import { expect, test } from 'vitest'

import { actionBase } from './action-base.ts'
import { plainJson } from './plain-json.ts'

const pool = {
  key: { namespace: 'default', name: 'np' },
  cluster: { namespace: 'default', name: 'c1' },
  managementId: 'm1',
} as PoolRef<unknown>

test('one decision has one key, and another one another', () => {
  const one = actionBase(pool, 'DeleteGroup', 'why', { name: 'g' })
  expect(actionBase(pool, 'DeleteGroup', 'said otherwise', { name: 'g' }).idempotencyKey).toBe(one.idempotencyKey)
  expect(actionBase(pool, 'DeleteGroup', 'why', { name: 'h' }).idempotencyKey).not.toBe(one.idempotencyKey)
  expect(actionBase(pool, 'UpdateGroup', 'why', { name: 'g' }).idempotencyKey).not.toBe(one.idempotencyKey)
})

test('a request as plain data has no absent members', () => {
  expect(Object.keys(plainJson({ a: undefined, b: 1 }))).toEqual(['b'])
})
