import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { Clock } from './clock.ts'
import { createRateLimiter } from './rate-limiter.ts'

/** Time that passes only when somebody waits for it. */
function waitingClock(): Clock & { pass(ms: number): void } {
  let now = 0
  return {
    now: () => now,
    after(ms, callback) {
      now += ms
      queueMicrotask(callback)
      return () => undefined
    },
    pass: (ms) => (now += ms),
  }
}

test('lets a burst through at once, then so many a second', async () => {
  const clock = waitingClock()
  const limiter = createRateLimiter({ perSecond: 10, burst: 3 }, clock)
  const times: number[] = []
  for (let index = 0; index < 6; index++) {
    await limiter.wait()
    times.push(clock.now())
  }
  expect(times).toEqual([0, 0, 0, 100, 200, 300])
  clock.pass(10_000)
  const before = clock.now()
  for (let index = 0; index < 3; index++) await limiter.wait()
  expect(clock.now()).toBe(before)
  await limiter.wait()
  expect(clock.now()).toBe(before + 100)
})

test('in no stretch of time are there more than the burst and what the rate allows', async () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 5, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(
      pauses,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 5 }),
      async (all, rate, burst) => {
        const clock = waitingClock()
        const limiter = createRateLimiter({ perSecond: rate, burst }, clock)
        const times: number[] = []
        for (const pause of all) {
          clock.pass(pause)
          await limiter.wait()
          times.push(clock.now())
        }
        for (const [start, from] of times.entries()) {
          for (let end = start; end < times.length; end++) {
            const seconds = ((times[end] ?? 0) - from) / 1000
            expect(end - start + 1).toBeLessThanOrEqual(burst + seconds * rate + 1e-6)
          }
        }
      },
    ),
  )
})

test.each([
  { perSecond: 0, burst: 1 },
  { perSecond: 1, burst: 0 },
])('refuses %j', (limit) => {
  expect(() => createRateLimiter(limit, waitingClock())).toThrow('perSecond greater than 0')
})
