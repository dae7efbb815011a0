import { expect, it } from 'vitest'

import { decideToken } from './token-decision.ts'

const ttlMs = 15 * 60_000
const now = Date.parse('2026-03-01T12:00:00Z')
const left = (minutes: number) => ({ id: 'abcdef', secret: '0123456789abcdef', expiresAtMs: now + minutes * 60_000 })

const keep = { action: 'keep' }
const refresh = { action: 'refresh', expiresAtMs: now + ttlMs }
const replace = { action: 'replace', expiresAtMs: now + ttlMs }

it.each([
  ['CAPI-072 fresh, machines missing', left(13), false, keep],
  ['CAPI-072 fresh, all present', left(13), true, keep],
  ['CAPI-073 less than 5/6 left, machines missing', left(12), false, refresh],
  ['CAPI-073 expired, machines missing', left(-1), false, refresh],
  ['CAPI-074 less than 5/6 left, all present', left(12), true, keep],
  ['CAPI-075 less than half left, all present', left(7), true, replace],
  ['CAPI-076 gone', undefined, false, replace],
  ['without expiry', { id: 'abcdef', secret: '0123456789abcdef' }, true, keep],
])('%s', (_name, token, allNodesPresent, decision) => {
  expect(decideToken({ token, allNodesPresent, ttlMs, now })).toEqual(decision)
})
