import { expect, test } from 'vitest'

import { createBeginnings } from './beginnings.ts'

const created = Date.UTC(2026, 0, 1)
const object = { apiVersion: 'v1', kind: 'Any', metadata: { creationTimestamp: new Date(created).toISOString() } }

test('one alone is left alone for five seconds', () => {
  const beginnings = createBeginnings()
  expect(beginnings.restMs('a', object, created + 1000)).toBe(4000)
  expect(beginnings.restMs('a', object, created + 2000)).toBe(3000)
  expect(beginnings.restMs('a', object, created + 5000)).toBe(0)
})

test('the more begin at once, the longer; half a minute at most', () => {
  const beginnings = createBeginnings()
  for (let index = 0; index < 50; index++) beginnings.restMs(`pool-${index}`, object, created)
  expect(beginnings.restMs('pool-0', object, created + 5000)).toBe(49 * 200)
  for (let index = 50; index < 500; index++) beginnings.restMs(`pool-${index}`, object, created)
  expect(beginnings.restMs('pool-0', object, created + 29_000)).toBe(1000)
})

test('the last of many is one of many, until all are through', () => {
  const beginnings = createBeginnings()
  for (const id of ['a', 'b', 'c']) beginnings.restMs(id, object, created)
  beginnings.over('b')
  beginnings.over('c')
  expect(beginnings.restMs('a', object, created)).toBe(5400)
  beginnings.over('a')
  expect(beginnings.restMs('a', object, created)).toBe(5000)
})
