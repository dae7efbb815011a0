import { systemClock, type Clock } from './clock.ts'

/** A signal that aborts when its parent does or when time is up. */
export interface Deadline {
  readonly signal: AbortSignal
  /** True when time was up, not the parent. */
  readonly expired: boolean
  /** Starts the time anew; for a stream that must show life again and again. */
  restart(): void
  /** Ends the timer. Always call it: a timer left behind keeps the process alive. */
  clear(): void
}

/**
 * `AbortSignal.any` with `AbortSignal.timeout` loses its timers to the garbage collector on several Node.js releases
 * (https://github.com/nodejs/node/pull/57867), so a plain timer and a controller do it.
 *
 * @param ms milliseconds of `clock` until the signal aborts.
 */
export function withDeadline(ms: number, parent?: AbortSignal, clock: Clock = systemClock): Deadline {
  const controller = new AbortController()
  let expired = false
  const expire = () => {
    expired = true
    controller.abort(new Error(`no answer within ${ms} ms`))
  }
  let cancel = clock.after(ms, expire)
  const follow = () => controller.abort(parent?.reason)
  if (parent?.aborted === true) {
    follow()
  } else {
    parent?.addEventListener('abort', follow, { once: true })
  }
  return {
    signal: controller.signal,
    get expired() {
      return expired
    },
    restart() {
      cancel()
      cancel = clock.after(ms, expire)
    },
    clear() {
      cancel()
      parent?.removeEventListener('abort', follow)
    },
  }
}
