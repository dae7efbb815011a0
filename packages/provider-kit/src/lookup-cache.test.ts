import { ProviderError } from '@machinepool/contract'
import { createManualClock } from '@machinepool/contract/testing'
import { describe, expect, it } from 'vitest'

import { createLookupCache } from './lookup-cache.ts'

const live = new AbortController().signal

function setUp(answer: (call: number) => Promise<string | undefined>, maximumEntries = 10) {
  const clock = createManualClock()
  let calls = 0
  const cache = createLookupCache<string | undefined>({
    clock,
    ttlMs: 60_000,
    negativeTtlMs: 5_000,
    maximumEntries,
  })
  const get = (key: string, signal = live, maxAgeMs?: number) =>
    cache.get(key, () => answer(++calls), { signal, ...(maxAgeMs === undefined ? {} : { maxAgeMs }) })
  return { clock, cache, get, calls: () => calls }
}

const error = (code: 'NotFound' | 'Unavailable') => new ProviderError({ code, message: code })

describe('createLookupCache', () => {
  it('asks once for callers that come together, and again after the TTL', async () => {
    const { clock, get, calls } = setUp(async (call) => `answer ${call}`)
    expect(await Promise.all([get('a'), get('a')])).toEqual(['answer 1', 'answer 1'])
    await clock.advance(59_999)
    expect(await get('a')).toBe('answer 1')
    await clock.advance(1)
    expect(await get('a')).toBe('answer 2')
    expect(calls()).toBe(2)
  })

  it.each([
    ['undefined', async () => undefined],
    ['NotFound', async () => Promise.reject(error('NotFound'))],
  ])('keeps a negative answer (%s) for the shorter TTL', async (_name, answer) => {
    const { clock, get, calls } = setUp(answer)
    await Promise.allSettled([get('a')])
    await Promise.allSettled([get('a')])
    expect(calls()).toBe(1)
    await clock.advance(5_000)
    await Promise.allSettled([get('a')])
    expect(calls()).toBe(2)
  })

  it('does not keep an outage', async () => {
    const { get, calls } = setUp(async (call) => (call === 1 ? Promise.reject(error('Unavailable')) : 'back'))
    await expect(get('a')).rejects.toMatchObject({ code: 'Unavailable' })
    expect(await get('a')).toBe('back')
    expect(calls()).toBe(2)
  })

  it('lets one caller leave without harming the other', async () => {
    const answer = Promise.withResolvers<string>()
    const { get } = setUp(() => answer.promise)
    const leaver = new AbortController()
    const leaving = get('a', leaver.signal)
    const staying = get('a')
    await Promise.resolve()
    leaver.abort()
    await expect(leaving).rejects.toMatchObject({ reason: 'Aborted' })
    answer.resolve('x')
    expect(await staying).toBe('x')
  })

  it('asks again after invalidate, and for a caller that wants it fresher', async () => {
    const { clock, cache, get, calls } = setUp(async (call) => String(call))
    await get('a')
    cache.invalidate('a')
    expect(await get('a')).toBe('2')
    await clock.advance(1_000)
    expect(await get('a', live, 2_000)).toBe('2')
    expect(await get('a', live, 500)).toBe('3')
    expect(await get('a', live, 0)).toBe('4')
    expect(calls()).toBe(4)
  })

  it('does not grow for ever', async () => {
    const { get, calls } = setUp(async (call) => String(call), 2)
    await get('a')
    await get('b')
    await get('a')
    await get('c')
    await get('a')
    expect(calls()).toBe(3)
    await get('b')
    expect(calls()).toBe(4)
  })

  it('ends a look-up that gets no answer', async () => {
    const { clock, get } = setUp(() => new Promise(() => undefined))
    const work = get('a')
    work.catch(() => undefined)
    await clock.advance(30_000)
    await expect(work).rejects.toMatchObject({ reason: 'DeadlineExceeded' })
    expect(clock.pending).toBe(0)
  })
})
