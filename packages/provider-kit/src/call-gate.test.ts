import { ProviderError } from '@machinepool/contract'
import { createManualClock } from '@machinepool/contract/testing'
import { describe, expect, it } from 'vitest'

import { createCallGate, createCallGates } from './call-gate.ts'

const live = new AbortController().signal
const throttled = (retryAfterMs?: number) =>
  new ProviderError({
    code: 'Throttled',
    message: 'slow down',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })

const refuse = async (): Promise<never> => Promise.reject(throttled())

function setUp(options: { rate?: number; burst?: number; maximumWaitMs?: number } = {}) {
  const clock = createManualClock()
  const startAt = clock.now()
  const made: number[] = []
  const gate = createCallGate({
    clock,
    ratePerSecond: options.rate ?? 10,
    burst: options.burst ?? 2,
    maximumWaitMs: options.maximumWaitMs ?? 10_000,
  })
  const call = (answer: () => Promise<unknown> = async () => 'ok', signal = live): Promise<unknown> => {
    const work = gate.run(signal, () => {
      made.push(clock.now() - startAt)
      return answer()
    })
    work.catch(() => undefined)
    return work
  }
  return { clock, made, call }
}

describe('createCallGate', () => {
  it('lets a burst go at once and spaces the rest by the rate, in order', async () => {
    const { clock, made, call } = setUp()
    const work = Promise.all([call(), call(), call(), call()])
    await clock.advance(1_000)
    await work
    expect(made).toEqual([0, 0, 100, 200])
    expect(clock.pending).toBe(0)
  })

  it('pauses everybody after one throttled call, then lets one try first', async () => {
    const { clock, made, call } = setUp()
    await expect(call(async () => Promise.reject(throttled()))).rejects.toMatchObject({ code: 'Throttled' })
    const answer = Promise.withResolvers<string>()
    const probe = call(() => answer.promise)
    const others = [call(), call()]
    await clock.advance(999)
    expect(made).toHaveLength(1)
    await clock.advance(1)
    expect(made).toEqual([0, 1_000])
    await clock.advance(3_000)
    expect(made).toHaveLength(2)
    answer.resolve('ok')
    await clock.advance(1_000)
    await Promise.all([probe, ...others])
    expect(made).toHaveLength(4)
  })

  it('doubles the pause while throttling goes on, and believes the cloud when it says longer', async () => {
    const { clock, made, call } = setUp({ maximumWaitMs: 100_000 })
    await call(refuse).catch(() => undefined)
    const second = call(refuse)
    const third = call(async () => Promise.reject(throttled(30_000)))
    const fourth = call()
    await clock.advance(60_000)
    await Promise.allSettled([second, third, fourth])
    expect(made).toEqual([0, 1_000, 3_000, 33_000])
  })

  it('counts calls that were throttled together as one event', async () => {
    const { clock, made, call } = setUp({ burst: 5 })
    await Promise.allSettled([call(refuse), call(refuse), call(refuse)])
    const next = call()
    await clock.advance(1_000)
    await next
    expect(made.at(-1)).toBe(1_000)
  })

  it('is slower after throttling and recovers with success', async () => {
    const { clock, made, call } = setUp({ rate: 10, burst: 1 })
    await call(async () => Promise.reject(throttled())).catch(() => undefined)
    await clock.advance(1_000)
    const slow = Promise.all([call(), call()])
    await clock.advance(1_000)
    await slow
    // Half the rate, and a twentieth more for the success in between: 1 000 / 5.5, rounded up.
    expect(made[2]! - made[1]!).toBe(182)
    const work: Promise<unknown>[] = []
    for (let index = 0; index < 30; index++) {
      work.push(call())
      await clock.advance(250)
    }
    await Promise.all(work)
    const soon = made.length
    const burst = Promise.all([call(), call(), call()])
    await clock.advance(1_000)
    await burst
    expect(made[soon + 2]! - made[soon + 1]!).toBe(100)
  })

  it('refuses instead of waiting long, and says when to come back', async () => {
    const { clock, made, call } = setUp({ maximumWaitMs: 5_000 })
    await call(async () => Promise.reject(throttled(20_000))).catch(() => undefined)
    await expect(call()).rejects.toMatchObject({ code: 'Throttled', retryAfterMs: 20_000 })
    expect(made).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('refuses a call behind a queue that is too long', async () => {
    const { clock, call } = setUp({ rate: 1, burst: 1, maximumWaitMs: 3_000 })
    const work = [call(), call(), call(), call()]
    await expect(call()).rejects.toMatchObject({ code: 'Throttled' })
    await clock.advance(10_000)
    await Promise.all(work)
  })

  it('gives up its place when the caller leaves', async () => {
    const { clock, made, call } = setUp({ rate: 1, burst: 1 })
    await call()
    const leaver = new AbortController()
    const leaving = call(async () => 'never', leaver.signal)
    const next = call()
    leaver.abort()
    await expect(leaving).rejects.toMatchObject({ reason: 'Aborted' })
    await clock.advance(1_000)
    await next
    expect(made).toEqual([0, 1_000])
  })

  it('stays careful when the trying call gets no answer', async () => {
    const { clock, made, call } = setUp()
    await call(async () => Promise.reject(throttled())).catch(() => undefined)
    const lost = call(async () => Promise.reject(new ProviderError({ code: 'Unavailable', message: 'reset' })))
    const answer = Promise.withResolvers<string>()
    const probe = call(() => answer.promise)
    const other = call()
    await clock.advance(5_000)
    await expect(lost).rejects.toMatchObject({ code: 'Unavailable' })
    expect(made).toHaveLength(3)
    answer.resolve('ok')
    await clock.advance(1_000)
    await Promise.all([probe, other])
  })
})

describe('createCallGates', () => {
  it('keeps one gate per account, region and API', async () => {
    const clock = createManualClock()
    const gates = createCallGates({ clock, ratePerSecond: 1, burst: 1 })
    const scope = { account: '1', region: 'east', api: 'Describe' }
    expect(gates.for(scope)).toBe(gates.for({ ...scope }))
    await gates
      .for(scope)
      .run(live, async () => Promise.reject(throttled(60_000)))
      .catch(() => undefined)
    await expect(gates.for(scope).run(live, async () => 'x')).rejects.toMatchObject({ code: 'Throttled' })
    expect(await gates.for({ ...scope, region: 'west' }).run(live, async () => 'x')).toBe('x')
    expect(await gates.for({ ...scope, api: 'Mutate' }).run(live, async () => 'x')).toBe('x')
  })
})
