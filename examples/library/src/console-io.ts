import type { Io } from '@machinepool/contract'

/** Real time, and a log on the console. */
export function consoleIo(signal: AbortSignal = new AbortController().signal): Io {
  return {
    clock: {
      now: () => Date.now(),
      after(ms, callback) {
        const timer = setTimeout(callback, ms)
        return () => clearTimeout(timer)
      },
    },
    log: {
      debug: () => undefined,
      info: (message) => console.log(message),
      warn: (message) => console.warn(message),
      error: (message) => console.error(message),
    },
    signal,
    maxAgeMs: 0,
  }
}
