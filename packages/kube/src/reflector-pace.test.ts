import { setImmediate } from 'node:timers/promises'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { configMaps, createReflector, ObjectStore, type ConfigMap } from './index.ts'
import { SimulatedServer } from './simulated-server.test.support.ts'
import { createManualClock, type ManualClock } from './testing/manual-clock.ts'

let server: SimulatedServer
let clock: ManualClock
let delays: number[]
let stop: AbortController
let running: Promise<void>

beforeEach(async () => {
  server = new SimulatedServer()
  clock = createManualClock()
  delays = []
  stop = new AbortController()
  const reflector = createReflector({
    client: server.client(),
    resource: configMaps,
    store: new ObjectStore<ConfigMap>(),
    onEvent: () => undefined,
    onError: (_error, retryInMs) => delays.push(retryInMs),
    clock,
    // The longest delay that there can be, and the longest watch.
    random: () => 1,
  })
  running = reflector.run(stop.signal)
  await settle()
})

afterEach(async () => {
  stop.abort()
  await running
})

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await setImmediate()
}

async function pass(ms: number): Promise<void> {
  await clock.advance(ms)
  await settle()
}

test('a stream on which something comes is never left', async () => {
  for (let minute = 0; minute < 20; minute++) {
    if (minute % 2 === 0) server.put('a')
    else server.bookmark()
    await settle()
    await pass(60_000)
  }
  expect([server.watches, delays]).toEqual([1, []])
})

test('a stream that is silent is left, and begun again at once', async () => {
  await pass(89_999)
  expect(server.watches).toBe(1)
  await pass(1)
  expect([server.watches, delays]).toEqual([2, []])
})

test('delays double up to 30 s, and begin anew after a watch that worked', async () => {
  const fail = (count: number) => {
    for (let index = 0; index < count; index++) server.faults.push({ kind: 'watch', fault: 'unavailable' })
  }
  fail(8)
  server.breakStreams()
  for (let index = 0; index < 9; index++) {
    await settle()
    await clock.advanceToNext()
  }
  await settle()
  expect(delays).toEqual([800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000])
  server.put('a')
  await settle()
  fail(1)
  server.endStreams()
  await settle()
  expect(delays.at(-1)).toBe(800)
})

test('a server that ends watches at once is not asked again at once', async () => {
  for (let index = 0; index < 3; index++) server.faults.push({ kind: 'watch', fault: 'ends at once' })
  server.endStreams()
  await settle()
  expect([server.watches, delays]).toEqual([2, [800]])
  await pass(800)
  expect([server.watches, delays]).toEqual([3, [800, 1600]])
})
