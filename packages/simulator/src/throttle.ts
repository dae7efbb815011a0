import type { Clock } from '@machinepool/kube'

/** A token bucket, as clouds limit calls. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export interface Throttle {
  /** False when the call is one too many. */
  allow(key: string, rate: Rate): boolean
}

export function createThrottle(clock: Clock): Throttle {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return {
    allow(key, { perSecond, burst }) {
      const now = clock.now()
      const bucket = buckets.get(key) ?? { tokens: burst, at: now }
      bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond)
      bucket.at = now
      buckets.set(key, bucket)
      if (bucket.tokens < 1) return false
      bucket.tokens -= 1
      return true
    },
  }
}
