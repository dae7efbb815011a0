import type { PoolRef } from '@machinepool/contract'
import { describe, expect, it } from 'vitest'

import { idempotencyKey } from './idempotency-key.ts'

const pool: PoolRef = {
  key: { namespace: 'default', name: 'np' },
  cluster: { namespace: 'default', name: 'c1' },
  managementId: 'm-1',
  spec: {},
  annotations: {},
  replicas: 1,
  failureDomains: [],
  recorded: {},
  adopt: false,
  externallyScaled: false,
  operations: [],
}

describe('idempotencyKey', () => {
  it('is the same for the same decision, whatever the order of its facts', () => {
    const key = idempotencyKey(pool, 'Resize', { from: 1, to: 2 })
    expect(key).toMatch(/^[0-9a-f]{32}$/)
    expect(idempotencyKey({ ...pool, replicas: 9 }, 'Resize', { to: 2, from: 1 })).toBe(key)
  })

  it.each([
    ['another pool', { ...pool, key: { namespace: 'default', name: 'np-gpu' } }, 'Resize', { from: 1, to: 2 }],
    ['another installation', { ...pool, managementId: 'm-2' }, 'Resize', { from: 1, to: 2 }],
    ['another action', pool, 'CreateGroup', { from: 1, to: 2 }],
    ['other facts', pool, 'Resize', { from: 1, to: 3 }],
  ])('differs for %s', (_name, other, action, facts) => {
    expect(idempotencyKey(other, action, facts)).not.toBe(idempotencyKey(pool, 'Resize', { from: 1, to: 2 }))
  })
})
