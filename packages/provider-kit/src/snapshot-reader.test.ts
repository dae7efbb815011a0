import { ProviderError } from '@machinepool/contract'
import { createManualClock, type ManualClock } from '@machinepool/contract/testing'
import { describe, expect, it } from 'vitest'

import { createSnapshotReader, type SnapshotReader } from './snapshot-reader.ts'

interface Scope {
  readonly region: string
}
const east: Scope = { region: 'east' }
const live = new AbortController().signal

type Read = (scope: Scope, keys: readonly string[], signal: AbortSignal) => Promise<readonly (string | undefined)[]>

function setUp(read?: Read, maximumKeys = 100) {
  const clock = createManualClock()
  const calls: (readonly string[])[] = []
  let version = 1
  const reader = createSnapshotReader<Scope, string>({
    name: 'ListThings',
    clock,
    bucketOf: (scope) => scope.region,
    maximumKeys,
    read: async (scope, keys, signal) => {
      calls.push(keys)
      return read ? read(scope, keys, signal) : keys.map((key) => `${key}@${version}`)
    },
  })
  return { clock, calls, reader, write: () => version++ }
}

/** Holds each call until it is let go. */
function turnstile() {
  const waiting: (() => void)[] = []
  return {
    pass: (): Promise<void> => new Promise((resolve) => waiting.push(resolve)),
    open: (): void => {
      for (const resolve of waiting.splice(0)) resolve()
    },
  }
}

async function answered<T>(clock: ManualClock, work: Promise<T>, ms = 200): Promise<T> {
  work.catch(() => undefined)
  await clock.advance(ms)
  return work
}

const get = (reader: SnapshotReader<Scope, string>, key: string, maxAgeMs = 10_000, signal = live, scope = east) =>
  reader.get(scope, key, { maxAgeMs, signal })

const failure = (code: 'InvalidSpec' | 'Throttled') => new ProviderError({ code, message: code })

describe('createSnapshotReader', () => {
  it('sends the keys of one window in one call and hands each caller its own answer', async () => {
    const { clock, calls, reader } = setUp()
    const answers = await answered(clock, Promise.all([get(reader, 'a'), get(reader, 'b'), get(reader, 'a')]))
    expect(calls).toEqual([['a', 'b']])
    expect(answers.map(({ value }) => value)).toEqual(['a@1', 'b@1', 'a@1'])
  })

  it('sends at most maximumKeys keys in one call, and at once when a call is full', async () => {
    const { clock, calls, reader } = setUp(undefined, 2)
    const work = Promise.all([get(reader, 'a'), get(reader, 'b')])
    await clock.advance(0)
    expect(calls).toEqual([['a', 'b']])
    await work
    await answered(clock, Promise.all(['c', 'd', 'e'].map((key) => get(reader, key))))
    expect(calls.slice(1).map((keys) => keys.length)).toEqual([2, 1])
  })

  it('waits for late-comers, but not longer than the maximum', async () => {
    const { clock, calls, reader } = setUp()
    const work: Promise<unknown>[] = []
    const sentAfter: number[] = []
    for (let index = 0; index < 20; index++) {
      work.push(get(reader, `k${index}`))
      await clock.advance(15)
      sentAfter.push(calls.length)
    }
    expect(sentAfter.slice(0, 7)).toEqual([0, 0, 0, 0, 0, 0, 1])
    expect(calls.map((keys) => keys.length)).toEqual([7, 7])
    await answered(clock, Promise.all(work))
  })

  it('sends at once, not before, what a busy process is late for', async () => {
    const clock = createManualClock()
    const delays: number[] = []
    let blockedMs = 0
    const reader = createSnapshotReader<Scope, string>({
      name: 'ListThings',
      clock: {
        now: () => clock.now() + blockedMs,
        after(ms, callback) {
          delays.push(ms)
          return clock.after(ms, callback)
        },
      },
      bucketOf: (scope) => scope.region,
      maximumKeys: 100,
      read: async (_, keys) => keys,
    })
    const first = get(reader, 'a')
    blockedMs = 10_000
    const second = get(reader, 'b')
    expect(delays.at(-1)).toBe(0)
    const [a, b] = await answered(clock, Promise.all([first, second]))
    expect([a.value, b.value]).toEqual(['a', 'b'])
  })

  it('never mixes scopes', async () => {
    const { clock, calls, reader } = setUp()
    const work = Promise.all([get(reader, 'a'), get(reader, 'a', 10_000, live, { region: 'west' })])
    await answered(clock, work)
    expect(calls).toEqual([['a'], ['a']])
  })

  it('serves what is young enough and asks again for what is not', async () => {
    const { clock, calls, reader, write } = setUp()
    const first = await answered(clock, get(reader, 'a'))
    write()
    expect((await get(reader, 'a')).value).toBe('a@1')
    await clock.advance(10_001)
    const later = await answered(clock, get(reader, 'a'))
    expect(later.value).toBe('a@2')
    expect(later.readAt).toBeGreaterThan(first.readAt)
    expect(calls).toHaveLength(2)
  })

  it('asks now for maxAgeMs 0, also when a call is under way', async () => {
    const gate = turnstile()
    let version = 1
    const { clock, calls, reader } = setUp(async (_scope, keys) => {
      const seen = version
      await gate.pass()
      return keys.map(() => String(seen))
    })
    const early = get(reader, 'a')
    // The call begins in this very millisecond, and still before the second question.
    await clock.advance(20)
    version = 2
    const now = get(reader, 'a', 0)
    gate.open()
    expect((await early).value).toBe('1')
    await clock.advance(50)
    gate.open()
    expect((await now).value).toBe('2')
    expect(calls).toHaveLength(2)
  })

  it('answers everybody who waits for a call that a later one of the same key overtakes', async () => {
    const gates = [turnstile(), turnstile()]
    let made = 0
    const { clock, calls, reader } = setUp(async (_, keys) => {
      const number = made++
      await gates[number]!.pass()
      return keys.map((key) => `${key}#${number}`)
    })
    const first = get(reader, 'a', 0)
    await clock.advance(200)
    const second = get(reader, 'a', 0)
    await clock.advance(200)
    expect(calls).toEqual([['a'], ['a']])
    gates[1]!.open()
    await clock.advance(0)
    gates[0]!.open()
    await clock.advance(0)
    const said = await Promise.race([Promise.all([first, second]), clock.advance(20_000).then(() => 'nobody answers')])
    expect(said).toMatchObject([{ value: 'a#0' }, { value: 'a#1' }])
    // What was asked for later is kept, although the other answer came last.
    expect(await get(reader, 'a')).toMatchObject({ value: 'a#1' })
  })

  it('lets a caller join a call that is under way when that is young enough', async () => {
    const gate = turnstile()
    const { clock, calls, reader } = setUp(async (_scope, keys) => {
      await gate.pass()
      return keys
    })
    const one = get(reader, 'a')
    await clock.advance(50)
    const two = get(reader, 'a')
    gate.open()
    await Promise.all([one, two])
    expect(calls).toHaveLength(1)
  })

  it('dates an answer by the moment its call began', async () => {
    const gate = turnstile()
    const { clock, reader } = setUp(async (_scope, keys) => {
      await gate.pass()
      return keys
    })
    const work = get(reader, 'a')
    await clock.advance(20)
    const sentAt = clock.now()
    await clock.advance(5_000)
    gate.open()
    expect((await work).readAt).toBe(sentAt)
  })

  it('polls 100 keys at random moments with one call per period', async () => {
    const { clock, calls, reader } = setUp()
    for (let round = 0; round < 5; round++) {
      for (let key = 0; key < 100; key++) {
        const work = get(reader, `k${key}`, 30_000)
        await clock.advance(300)
        await work
      }
    }
    // First round: every key is new. Then 30 s per round, one call each.
    const first = calls.findIndex((keys) => keys.length === 100)
    expect(calls.length - first).toBeLessThanOrEqual(6)
  })

  it('forgets keys nobody asks for any more', async () => {
    const { clock, calls, reader } = setUp()
    await answered(clock, get(reader, 'old'))
    await clock.advance(400_000)
    await answered(clock, get(reader, 'a'))
    expect(calls.at(-1)).toEqual(['a'])
  })

  it('never answers with anything older than a write', async () => {
    const { clock, reader, write } = setUp()
    await answered(clock, get(reader, 'a'))
    write()
    reader.invalidate(east, 'a')
    expect((await answered(clock, get(reader, 'a'))).value).toBe('a@2')
  })

  it('asks again when the write came while the call was under way', async () => {
    const gate = turnstile()
    let version = 1
    const { clock, reader } = setUp(async (_scope, keys) => {
      const seen = version
      await gate.pass()
      return keys.map(() => String(seen))
    })
    const work = get(reader, 'a')
    await clock.advance(50)
    version = 2
    reader.invalidate(east, 'a')
    gate.open()
    await clock.advance(50)
    gate.open()
    expect((await work).value).toBe('2')
  })

  it('keeps the batch when a caller leaves', async () => {
    const { clock, calls, reader } = setUp()
    const leaver = new AbortController()
    const leaving = get(reader, 'a', 10_000, leaver.signal)
    const staying = get(reader, 'b')
    leaver.abort()
    await expect(leaving).rejects.toMatchObject({ code: 'Unavailable', reason: 'Aborted' })
    expect((await answered(clock, staying)).value).toBe('b@1')
    expect(calls).toEqual([['a', 'b']])
  })

  it('finds the bad key of a refused list by halving', async () => {
    const { clock, calls, reader } = setUp(async (_scope, keys) => {
      if (keys.includes('k5')) throw failure('InvalidSpec')
      return keys
    })
    const names = Array.from({ length: 16 }, (_, index) => `k${index}`)
    const work = Promise.allSettled(names.map((key) => get(reader, key)))
    const settled = await answered(clock, work)
    expect(settled.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([5])
    expect(calls.length).toBeLessThanOrEqual(9)
  })

  it('stops at once when the cloud throttles, also while halving', async () => {
    const { clock, calls, reader } = setUp(async (_scope, keys) => {
      if (keys.length === 8) throw failure('InvalidSpec')
      throw failure('Throttled')
    })
    const names = Array.from({ length: 8 }, (_, index) => `k${index}`)
    const settled = await answered(clock, Promise.allSettled(names.map((key) => get(reader, key))))
    expect(calls).toHaveLength(2)
    for (const one of settled) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'Throttled' } })
  })

  it('calls a wrong number of answers by its name', async () => {
    const { clock, reader } = setUp(async () => ['only one'])
    const work = answered(clock, Promise.all([get(reader, 'a'), get(reader, 'b')]))
    await expect(work).rejects.toMatchObject({ code: 'Internal', reason: 'WrongResultCount' })
  })

  it('ends a batch that gets no answer, and aborts its call', async () => {
    let aborted = false
    const { clock, reader } = setUp(
      (_scope, _keys, signal) =>
        new Promise(() => signal.addEventListener('abort', () => (aborted = true), { once: true })),
    )
    const work = answered(clock, get(reader, 'a'), 31_000)
    await expect(work).rejects.toMatchObject({ code: 'Unavailable', reason: 'DeadlineExceeded' })
    expect(aborted).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('sends what waits before it closes, and refuses afterwards', async () => {
    const { clock, calls, reader } = setUp()
    const work = get(reader, 'a')
    await reader.close()
    expect((await work).value).toBe('a@1')
    expect(calls).toEqual([['a']])
    await expect(get(reader, 'b')).rejects.toMatchObject({ reason: 'Closed' })
    expect(clock.pending).toBe(0)
  })
})
