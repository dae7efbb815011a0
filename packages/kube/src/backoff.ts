export interface BackoffOptions {
  /** Milliseconds. */
  readonly initialMs: number
  /** Milliseconds; no delay is longer. */
  readonly maximumMs: number
  /** Gives numbers from 0 up to, not including, 1. */
  readonly random?: () => number
}

/** Exponential backoff with full jitter: each delay is anywhere between nothing and a bound that doubles. */
export interface Backoff {
  /** The next delay in milliseconds. */
  next(): number
  reset(): void
}

export function createBackoff({ initialMs, maximumMs, random = Math.random }: BackoffOptions): Backoff {
  let bound = initialMs
  return {
    next() {
      const delay = random() * bound
      bound = Math.min(bound * 2, maximumMs)
      return delay
    },
    reset() {
      bound = initialMs
    },
  }
}
