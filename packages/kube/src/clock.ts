/** The only source of time below `apps/`; tests drive it by hand. Structurally the contract's `Clock`. */
export interface Clock {
  /** Milliseconds since the Unix epoch. Goes back and jumps when somebody sets the machine's clock. */
  now(): number
  /**
   * Milliseconds since some moment, which nobody can set; may stand still while the machine sleeps. Absent: `now` is
   * never set.
   */
  monotonic?(): number
  /** Calls back once after `ms` milliseconds; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

/** Delays that Node.js can hold in a timer; longer ones would fire at once. */
const longestTimerMs = 2 ** 31 - 1

/** Real time. A pending timer keeps the process alive, as `setTimeout` does. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, longestTimerMs))
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms` milliseconds of `clock`, or at once when `signal` aborts; never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve()
      return
    }
    const finish = () => {
      cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const cancel = clock.after(ms, finish)
    signal?.addEventListener('abort', finish, { once: true })
  })
}
