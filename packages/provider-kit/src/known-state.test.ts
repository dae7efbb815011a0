import { createManualClock } from '@machinepool/contract/testing'
import { expect, test } from 'vitest'

import { createKnownState } from './known-state.ts'

test('asks once while what is known is young enough, and again afterwards', async () => {
  const clock = createManualClock()
  const state = createKnownState<number>(clock)
  let loads = 0
  const load = () => Promise.resolve(++loads)
  expect(await state.get('a', 1_000, load)).toBe(1)
  await clock.advance(1_000)
  expect(await state.get('a', 1_000, load)).toBe(1)
  await clock.advance(1)
  expect(await state.get('a', 1_000, load)).toBe(2)
})

test('shares one load among those who ask at the same time', async () => {
  const state = createKnownState<number>(createManualClock())
  let loads = 0
  const load = () => Promise.resolve(++loads)
  expect(await Promise.all([state.get('a', 0, load), state.get('a', 0, load)])).toEqual([1, 1])
})

test('what a write says wins over a load that is on its way', async () => {
  const state = createKnownState<string>(createManualClock())
  const loading = Promise.withResolvers<string>()
  const asked = state.get('a', 1_000, () => loading.promise)
  state.put('a', 'written')
  loading.resolve('read before the write')
  expect(await asked).toBe('written')
  expect(await state.get('a', 1_000, () => Promise.reject(new Error('asked again')))).toBe('written')
})

test('after a write with an unknown outcome it asks again', async () => {
  const state = createKnownState<string>(createManualClock())
  state.put('a', 'old')
  state.forget('a')
  expect(await state.get('a', 1_000, () => Promise.resolve('new'))).toBe('new')
})
