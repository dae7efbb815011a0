import { ProviderError, type Clock, type EpochMillis } from '@machinepool/contract'

import { leaveOnAbort, withDeadline } from './deadline.ts'

export interface LookupCacheOptions {
  readonly clock: Clock
  /** How long an answer is good, in milliseconds. */
  readonly ttlMs: number
  /** How long "there is none" is good: short, because people are about to create it. */
  readonly negativeTtlMs: number
  /** For one look-up, whoever waits for it. Default 30 000. */
  readonly deadlineMs?: number
  /** The least recently used answer makes room. Default 10 000. */
  readonly maximumEntries?: number
}

export interface LookupOptions {
  readonly signal: AbortSignal
  /** Shortens the TTL for this caller; `0` asks now. */
  readonly maxAgeMs?: number
}

/** Answers to questions that rarely change: images, subnets, security groups, instance types. */
export interface LookupCache<Value> {
  /**
   * The cached answer, or the one that is on its way, or a new one by `load`. `undefined`, `NotFound` and `InvalidSpec`
   * are answers too (negative ones); other errors are not kept.
   */
  get(key: string, load: (signal: AbortSignal) => Promise<Value>, options: LookupOptions): Promise<Value>
  invalidate(key: string): void
  clear(): void
}

interface Entry<Value> {
  readonly work: Promise<Value>
  readonly beganAt: EpochMillis
  /** While it is on its way, the answer is as good as it will be. */
  freshUntil: EpochMillis
}

const negativeCodes: ReadonlySet<string> = new Set(['NotFound', 'InvalidSpec'])

export function createLookupCache<Value>(options: LookupCacheOptions): LookupCache<Value> {
  const { clock, ttlMs, negativeTtlMs } = options
  const deadlineMs = options.deadlineMs ?? 30_000
  const maximumEntries = options.maximumEntries ?? 10_000
  // Insertion order is the order of use.
  const entries = new Map<string, Entry<Value>>()
  const never = new AbortController().signal

  const begin = (key: string, load: (signal: AbortSignal) => Promise<Value>): Entry<Value> => {
    const work = withDeadline({ clock, signal: never }, deadlineMs, load)
    const entry: Entry<Value> = { work, beganAt: clock.now(), freshUntil: Number.POSITIVE_INFINITY }
    const keepFor = (ms: number): void => {
      entry.freshUntil = entry.beganAt + ms
    }
    work
      .then((value) => keepFor(value === undefined ? negativeTtlMs : ttlMs))
      .catch((error: unknown) => {
        if (ProviderError.is(error) && negativeCodes.has(error.code)) keepFor(negativeTtlMs)
        else if (entries.get(key) === entry) entries.delete(key)
      })
    return entry
  }

  return {
    get(key, load, { signal, maxAgeMs }) {
      const now = clock.now()
      let entry = entries.get(key)
      const tooOld = entry && maxAgeMs !== undefined && (maxAgeMs === 0 || now - entry.beganAt > maxAgeMs)
      if (!entry || tooOld || entry.freshUntil <= now) entry = begin(key, load)
      entries.delete(key)
      entries.set(key, entry)
      for (const oldest of entries.keys()) {
        if (entries.size <= maximumEntries) break
        entries.delete(oldest)
      }
      return leaveOnAbort(entry.work, signal)
    },
    invalidate(key) {
      entries.delete(key)
    },
    clear() {
      entries.clear()
    },
  }
}
