import type { EpochMillis, InstanceKey, Operation } from '@machinepool/contract'

export const drainCauses = ['scaleDown', 'rollout', 'failed', 'machine', 'held', 'notice', 'deletion'] as const
export type DrainCause = (typeof drainCauses)[number]

/** A Node that is being emptied, or was. Names the incarnation, so a machine of the same name is never confused with it. */
export interface DrainRecord extends InstanceKey {
  readonly cause: DrainCause
  readonly startedAt: EpochMillis
  /** When the last pod was gone (or given up); the wait for volumes is measured from here. */
  readonly podsGoneAt?: EpochMillis
}

/**
 * What must survive a restart and cannot be read back from the cloud or the workload cluster. Portable JSON, kept in one
 * annotation, so `clusterctl move` carries it along.
 */
export interface Ledger {
  readonly operations: readonly Operation[]
  readonly drains: readonly DrainRecord[]
  /** How far the rollout to `revision` has come, for the progress deadline (R13). */
  readonly rollout?: { readonly revision: string; readonly updated: number; readonly progressAt: EpochMillis }
  /**
   * A removal that keeps the size in two writes is between them, under an external scaler: the size to restore (R7).
   */
  readonly restore?: { readonly size: number; readonly instances: readonly InstanceKey[] }
  /** The wish at the moment when the live template was found to differ from it; another wish ends the waiting (R29). */
  readonly takeOver?: { readonly revision: string; readonly released: boolean }
}

export const emptyLedger: Ledger = { operations: [], drains: [] }

/** Damaged or foreign content counts as absent: everything in the ledger can be found out again, at the price of time. */
export function parseLedger(text: string | undefined): Ledger {
  if (text === undefined || text === '') return emptyLedger
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return emptyLedger
  }
  if (typeof value !== 'object' || value === null) return emptyLedger
  const raw = value as Partial<Record<keyof Ledger, unknown>>
  return {
    operations: Array.isArray(raw.operations) ? raw.operations.filter(isOperation) : [],
    drains: Array.isArray(raw.drains) ? raw.drains.filter(isDrainRecord) : [],
    ...(isRollout(raw.rollout) && { rollout: raw.rollout }),
    ...(isRestore(raw.restore) && { restore: raw.restore }),
    ...(isTakeOver(raw.takeOver) && { takeOver: raw.takeOver }),
  }
}

/** `undefined` when there is nothing to remember: the annotation then goes. */
export function formatLedger(ledger: Ledger): string | undefined {
  const { operations, drains, rollout, restore, takeOver } = ledger
  const content = {
    ...(operations.length > 0 && { operations }),
    ...(drains.length > 0 && { drains }),
    ...(rollout && { rollout }),
    ...(restore && { restore }),
    ...(takeOver && { takeOver }),
  }
  return Object.keys(content).length === 0 ? undefined : JSON.stringify(content)
}

export function sameInstance(a: InstanceKey, b: InstanceKey): boolean {
  return a.incarnation === b.incarnation && a.providerID === b.providerID
}

type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const isInstanceKey = (value: unknown): value is InstanceKey =>
  isFields(value) && typeof value['providerID'] === 'string' && typeof value['incarnation'] === 'string'

function isOperation(value: unknown): value is Operation {
  return (
    isFields(value) &&
    typeof value['id'] === 'string' &&
    typeof value['action'] === 'string' &&
    typeof value['idempotencyKey'] === 'string' &&
    typeof value['startedAt'] === 'number' &&
    Array.isArray(value['instances']) &&
    value['instances'].every(isInstanceKey) &&
    isFields(value['handle'])
  )
}

function isDrainRecord(value: unknown): value is DrainRecord {
  return (
    isInstanceKey(value) &&
    isFields(value) &&
    drainCauses.includes(value['cause'] as DrainCause) &&
    typeof value['startedAt'] === 'number'
  )
}

function isRollout(value: unknown): value is NonNullable<Ledger['rollout']> {
  return (
    isFields(value) &&
    typeof value['revision'] === 'string' &&
    typeof value['updated'] === 'number' &&
    typeof value['progressAt'] === 'number'
  )
}

function isRestore(value: unknown): value is NonNullable<Ledger['restore']> {
  return (
    isFields(value) &&
    typeof value['size'] === 'number' &&
    Array.isArray(value['instances']) &&
    value['instances'].every(isInstanceKey)
  )
}

function isTakeOver(value: unknown): value is NonNullable<Ledger['takeOver']> {
  return isFields(value) && typeof value['revision'] === 'string' && typeof value['released'] === 'boolean'
}
