import type { InstanceKey, Removal } from '@machinepool/contract'

import type { DrainProgress } from '../../drain/progress.ts'
import { sameInstance, type DrainCause, type DrainRecord } from '../ledger.ts'
import type { Member } from './members.ts'
import type { Victim } from './rollout.ts'
import type { Situation } from './situation.ts'

/** An instance on its way out that must be emptied first. */
export interface Leaving extends InstanceKey {
  readonly cause: DrainCause
}

/** How an instance that leaves stands. */
export type Departure =
  /** Its Node is to be worked on now. */
  | { readonly step: 'drain'; readonly node: string; readonly record: DrainRecord }
  /** Its Machine is deleted; the Machine controller drains (R10). */
  | { readonly step: 'machine'; readonly machine: string; readonly deleting: boolean; readonly record: DrainRecord }
  /** Nobody can see its Node at the moment. */
  | { readonly step: 'wait'; readonly reason: string; readonly record: DrainRecord }
  /** Nothing keeps it. */
  | { readonly step: 'go'; readonly forced: boolean; readonly record: DrainRecord | undefined }

/** Pool deletion may not hang on a pod for ever (R10). */
const deletionDrainMs = 10 * 60_000
/** Volumes that the cluster never detaches must not keep an instance for ever (R10). */
const volumeDetachMs = 5 * 60_000

/** What has to happen before this instance may be removed. */
export function departureOf(situation: Situation, leaving: Leaving): Departure {
  const { now, nodes, machines, ledger, drains } = situation
  const record = recordOf(ledger.drains, leaving) ?? { ...keyOf(leaving), cause: leaving.cause, startedAt: now }
  const machine = machines?.get(leaving.providerID)
  if (machine?.managed === true) {
    if (machine.drained) return { step: 'go', forced: false, record }
    return { step: 'machine', machine: machine.name, deleting: machine.deleting, record }
  }
  if (cloudDrains(situation, leaving.cause)) return { step: 'go', forced: false, record: undefined }
  const progress = drains.get(leaving.incarnation)
  if (isOverdue(situation, record, progress)) return { step: 'go', forced: true, record }
  if (nodes === undefined) return { step: 'wait', reason: 'the workload cluster is not connected', record }
  const node = nodes.get(leaving.providerID)
  if (node === undefined) return { step: 'go', forced: false, record: recordOf(ledger.drains, leaving) }
  if (progress?.phase === 'done') return { step: 'go', forced: false, record }
  return { step: 'drain', node: node.name, record: withProgress(record, progress, now) }
}

function recordOf(records: readonly DrainRecord[], key: InstanceKey): DrainRecord | undefined {
  return records.find((record) => sameInstance(record, key))
}

export function keyOf({ providerID, incarnation }: InstanceKey): InstanceKey {
  return { providerID, incarnation }
}

function cloudDrains({ capabilities }: Situation, cause: DrainCause): boolean {
  const { scaleIn, rollout, groupDeletion, cloudTermination } = capabilities.drainsByItself
  switch (cause) {
    case 'scaleDown':
      return scaleIn
    case 'rollout':
    case 'failed':
    case 'machine':
      return rollout
    case 'deletion':
      return groupDeletion
    case 'held':
    case 'notice':
      return cloudTermination
  }
}

function isOverdue(
  { now, timing, lifecycle }: Situation,
  record: DrainRecord,
  progress: DrainProgress | undefined,
): boolean {
  const drainMs = timing.nodeDrainTimeoutMs ?? (lifecycle === 'deleting' ? deletionDrainMs : Infinity)
  const podsGoneAt = record.podsGoneAt
  if (podsGoneAt === undefined) return now - record.startedAt >= drainMs
  if (progress?.phase === 'pods') return now - record.startedAt >= drainMs
  return now - podsGoneAt >= (timing.volumeDetachTimeoutMs ?? volumeDetachMs)
}

function withProgress(record: DrainRecord, progress: DrainProgress | undefined, now: number): DrainRecord {
  if (progress?.phase !== 'volumes' || record.podsGoneAt !== undefined) return record
  return { ...record, podsGoneAt: now }
}

export interface SizeDuringRollout {
  readonly current: number
  readonly wanted: number
  readonly surge: number
  readonly outdated: number
  readonly external: boolean
  /** The kind of pool can replace an instance in its place; otherwise the size is given back by the next decision. */
  readonly canKeepSize: boolean
}

/**
 * Which of the removals keep the size: those that are to be replaced, as long as the group is not above the size it needs
 * for the rest of the rollout. So the surge melts away with the last outdated instances instead of being removed after them.
 */
export function removalsOf(
  victims: readonly Victim[],
  gone: (member: Member) => boolean,
  size: SizeDuringRollout,
): readonly Removal[] {
  let current = size.current - victims.filter(({ cause }) => cause === 'scaleDown').length
  let outdated = size.outdated
  const removals: Removal[] = []
  for (const { member, cause } of victims) {
    const leaves = gone(member)
    if (cause === 'scaleDown') {
      if (member.outdated) outdated -= 1
      if (leaves) removals.push({ instance: keyOf(member.instance), keepSize: false })
      continue
    }
    if (!leaves) continue
    if (member.outdated) outdated -= 1
    const needed = size.wanted + Math.min(size.surge, outdated)
    const keepSize = size.canKeepSize && (size.external || current <= needed)
    if (!keepSize) current -= 1
    removals.push({ instance: keyOf(member.instance), keepSize })
  }
  return removals
}
