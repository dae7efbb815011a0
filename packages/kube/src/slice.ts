import { setImmediate } from 'node:timers/promises'

/**
 * Keeps long synchronous work from blocking the event loop: `due()` says when the present slice is used up, `yield()`
 * lets everything else run first.
 */
export interface TimeSlice {
  due(): boolean
  yield(): Promise<void>
}

/** @param ms length of a slice in milliseconds of real time; the longest step in between comes on top. */
export function createTimeSlice(ms = 8): TimeSlice {
  let end = performance.now() + ms
  return {
    due: () => performance.now() >= end,
    async yield() {
      await setImmediate()
      end = performance.now() + ms
    },
  }
}
