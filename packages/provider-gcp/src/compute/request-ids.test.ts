import { expect, test } from 'vitest'

import { createRequestIds } from './request-ids.ts'

test('a retry keeps its id, the next intent of the same look has another', () => {
  const ids = createRequestIds()
  const first = ids.of('key', false)
  expect(ids.of('key', false)).toBe(first)
  ids.answered('key')
  expect(ids.of('key', false)).not.toBe(first)
  expect(ids.of('other', false)).not.toBe(first)
})

test('what names lives of instances has one id in every process, and others do not', () => {
  const [one, other] = [createRequestIds(), createRequestIds()]
  expect(one.of('key', true)).toBe(other.of('key', true))
  expect(one.of('key', false)).not.toBe(other.of('key', false))
})

test('ids are UUIDs', () => {
  const ids = createRequestIds()
  for (let index = 0; index < 50; index++) {
    expect(ids.of(`key-${index}`, true)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  }
})
