import type { Clock, EpochMillis } from '../io.ts'

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /** Moves on by `ms`, calling timers in order of their time, and lets promises settle after each of them. */
  advance(ms: number): Promise<void>
  /** Lets promises settle without moving on. */
  settle(): Promise<void>
  /** Timers that have not fired: a test that ends with some has leaked them. */
  readonly pending: number
}

interface Timer {
  readonly at: EpochMillis
  readonly order: number
  readonly callback: () => void
}

// One turn of the event loop empties the microtask queue, however long the chains of promises are.
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Starts at 2030-01-01T00:00:00Z, so that a real time that slips in is seen at once. */
export function createManualClock(startAt: EpochMillis = Date.UTC(2030, 0, 1)): ManualClock {
  let now = startAt
  let order = 0
  const timers = new Set<Timer>()

  const earliest = (): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers) {
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer
    }
    return first
  }

  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + Math.max(0, ms), order: order++, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    async advance(ms) {
      const end = now + ms
      await settle()
      for (let timer = earliest(); timer && timer.at <= end; timer = earliest()) {
        now = Math.max(now, timer.at)
        timers.delete(timer)
        timer.callback()
        await settle()
      }
      now = end
    },
    settle,
    get pending() {
      return timers.size
    },
  }
}
