import { sleep, type Clock } from './clock.ts'

export interface RateLimit {
  /** Requests a second, on average. Greater than 0. */
  readonly perSecond: number
  /** Requests that may come at once after a pause. At least 1. */
  readonly burst: number
}

/** Lets requests through in their order, as many as a token bucket has tokens for. */
export interface RateLimiter {
  /** Resolves when the caller may go on, or at once when `signal` aborts. */
  wait(signal?: AbortSignal): Promise<void>
}

/** Throws a RangeError for a limit that would let nothing through. */
export function createRateLimiter({ perSecond, burst }: RateLimit, clock: Clock): RateLimiter {
  if (!(perSecond > 0) || !(burst >= 1)) {
    throw new RangeError('a rate limit needs perSecond greater than 0 and burst of at least 1')
  }
  const intervalMs = 1000 / perSecond
  /** When the bucket will be, or was, full; each request moves it on by one interval. */
  let fullAt = clock.now()
  return {
    async wait(signal) {
      const now = clock.now()
      fullAt = Math.max(fullAt, now) + intervalMs
      const waitMs = fullAt - now - burst * intervalMs
      if (waitMs > 0) await sleep(clock, waitMs, signal)
    },
  }
}
