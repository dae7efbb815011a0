import { setImmediate } from 'node:timers/promises'

import type { Clock } from '../clock.ts'

/** A clock that stands still until told otherwise. */
export interface ManualClock extends Clock {
  /** Callbacks that have not been called yet. */
  readonly pending: number
  /**
   * Goes forward by `ms` milliseconds and calls back what falls due on the way, in order and at its own time. Between two
   * callbacks everything else that is ready runs first, so that what one sets off can set the next timer.
   */
  advance(ms: number): Promise<void>
  /** Changes what `now` says, by `ms` milliseconds; no time passes, and no timer notices. */
  set(ms: number): void
  /** Goes to the next callback, however far away; false when there is none. */
  advanceToNext(): Promise<boolean>
}

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** @param start milliseconds since the epoch at which the clock begins. */
export function createManualClock(start = Date.parse('2026-01-01T00:00:00Z')): ManualClock {
  let now = start
  let setBy = 0
  const timers = new Set<Timer>()

  function next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of timers) {
      if (first === undefined || timer.at < first.at) {
        first = timer
      }
    }
    return first
  }

  async function fire(timer: Timer): Promise<void> {
    timers.delete(timer)
    now = Math.max(now, timer.at)
    timer.callback()
    await setImmediate()
  }

  return {
    now: () => now + setBy,
    monotonic: () => now,
    set(ms) {
      setBy += ms
    },
    after(ms, callback) {
      const timer = { at: now + Math.max(0, ms), callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    get pending() {
      return timers.size
    },
    async advance(ms) {
      const end = now + ms
      await setImmediate()
      for (let timer = next(); timer !== undefined && timer.at <= end; timer = next()) {
        await fire(timer)
      }
      now = end
      await setImmediate()
    },
    async advanceToNext() {
      const timer = next()
      if (timer === undefined) {
        return false
      }
      await fire(timer)
      return true
    },
  }
}
