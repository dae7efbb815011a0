import type { EpochMillis, Instance } from '@machinepool/contract'

import { departureOf, keyOf, type Departure } from './removals.ts'
import type { Situation } from './situation.ts'

/** A termination of ours that waits (R12), and what to do about it. */
export interface HeldInstance {
  readonly instance: Instance
  /** What has to happen before it may go. */
  readonly departure: Departure
  /** Nothing keeps it: no Node, or drained, or its time is up. */
  readonly release: boolean
  /** Ask the cloud to wait longer, now. */
  readonly extend: boolean
  /** When it is let go whatever is left on it. */
  readonly latestAt: EpochMillis
}

/** Heartbeats come at least this often (R12). */
const maximumHeartbeatMs = 300_000

/** Held terminations consume the disruption budget and never wait for it: the cloud has decided already. */
export function decideHolds(situation: Situation): readonly HeldInstance[] {
  const hold = situation.capabilities.holdTermination
  if (hold === false) return []
  return situation.observed.instances
    .filter((instance) => instance.state === 'TerminationHeld' && instance.hold?.ours === true)
    .map((instance) => decideHold(situation, instance, hold))
}

function decideHold(
  situation: Situation,
  instance: Instance,
  hold: { readonly heartbeatSeconds: number; readonly maximumSeconds: number },
): HeldInstance {
  const { now, timing } = situation
  const departure = departureOf(situation, { ...keyOf(instance), cause: 'held' })
  const since = departure.record?.startedAt ?? now
  const bound = Math.min(timing.nodeDrainTimeoutMs ?? Infinity, hold.maximumSeconds * 1000)
  const latestAt = Math.min(since + bound, instance.hold?.latestAt ?? Infinity)
  const free = departure.step === 'go' || situation.lifecycle === 'clusterDeleting' || now >= latestAt
  const release = !situation.paused && free
  const heartbeatMs = Math.min(hold.heartbeatSeconds * 1000, maximumHeartbeatMs)
  const expiresAt = instance.hold?.expiresAt
  return {
    instance,
    departure,
    release,
    // A cloud that does not say when the hold ends is asked each time we look.
    extend: !release && (expiresAt === undefined || expiresAt - now <= heartbeatMs / 2),
    latestAt,
  }
}
