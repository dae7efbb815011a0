import type { EpochMillis } from '@machinepool/contract'

/** How often the cloud is looked at, in milliseconds. */
export interface PollIntervals {
  /** Something is in flight whose outcome only the cloud knows: instances missing, operations running, drains. */
  readonly fast: number
  /** Instances exist and are still starting: their Nodes tell us more than the cloud. */
  readonly settling: number
  /** Nothing happens. Aligned to the clock, so that the reads of all pools fall into the same batches (R21). */
  readonly steady: number
}

export const defaultPollIntervals: PollIntervals = { fast: 5_000, settling: 20_000, steady: 60_000 }

export type Activity = 'inFlight' | 'settling' | 'steady'

/** When to look again; `deadlines` are moments at which time alone changes the decision. */
export function requeueAfter(
  activity: Activity,
  intervals: PollIntervals,
  deadlines: readonly (EpochMillis | undefined)[],
  now: EpochMillis,
): number {
  const poll = {
    inFlight: intervals.fast,
    settling: intervals.settling,
    steady: intervals.steady - (now % intervals.steady),
  }[activity]
  const soonest = deadlines
    .filter((at) => at !== undefined)
    .map((at) => Math.max(minimumMs, at - now))
    .reduce((a, b) => Math.min(a, b), Infinity)
  return Math.max(minimumMs, Math.min(poll, soonest))
}

const minimumMs = 100
