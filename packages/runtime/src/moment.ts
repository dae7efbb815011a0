import type { Clock } from '@machinepool/kube'

/** A moment by both hands of a clock: the one that people set, and the one that only time moves. */
export interface Moment {
  /** Milliseconds since the Unix epoch. */
  readonly wall: number
  /** Milliseconds of `Clock.monotonic`. */
  readonly steady: number
}

export function momentOf(clock: Clock): Moment {
  const wall = clock.now()
  return { wall, steady: clock.monotonic?.() ?? wall }
}

/** Milliseconds that may have passed at most: also when the clock was set back, and when the machine slept meanwhile. */
export function longestSince(clock: Clock, moment: Moment): number {
  const now = momentOf(clock)
  return Math.max(now.wall - moment.wall, now.steady - moment.steady)
}

/** Milliseconds that have certainly passed, whatever was done to the clock. */
export function steadySince(clock: Clock, moment: Moment): number {
  return momentOf(clock).steady - moment.steady
}
