import { ProviderError, type Clock, type EpochMillis } from '@machinepool/contract'

import { leaveOnAbort, withDeadline } from './deadline.ts'

export interface SnapshotReaderOptions<Scope, Value> {
  /** For error messages, such as `DescribeAutoScalingGroups`. */
  readonly name: string
  readonly clock: Clock
  /** Text that is equal for scopes whose keys may share a call: account, region and identity. */
  readonly bucketOf: (scope: Scope) => string
  /**
   * One call to the cloud. Answers for the keys in their order; `undefined` where the cloud has nothing of that key.
   * Throws `ProviderError`.
   */
  readonly read: (scope: Scope, keys: readonly string[], signal: AbortSignal) => Promise<readonly (Value | undefined)[]>
  /** Keys per call, at most. Default 100. */
  readonly maximumKeys?: number
  readonly timing?: Partial<SnapshotTiming>
}

/** All in milliseconds. */
export interface SnapshotTiming {
  /** A batch is sent when nobody has joined for so long... */
  readonly idleMs: number
  /** ...or when its first key has waited for so long. */
  readonly maximumWaitMs: number
  /** For one batch, whoever waits for it. */
  readonly deadlineMs: number
  /** A key that nobody asked for this long is no longer refreshed along with others, and then forgotten. */
  readonly interestMs: number
}

const defaultTiming: SnapshotTiming = {
  idleMs: 20,
  maximumWaitMs: 100,
  deadlineMs: 30_000,
  interestMs: 300_000,
}

export interface ReadOptions {
  /** `0`: the call that answers must begin after this moment. */
  readonly maxAgeMs: number
  readonly signal: AbortSignal
}

/** A value and the moment its call began: the cloud's state is at least that new. */
export interface Snapshot<Value> {
  readonly value: Value | undefined
  readonly readAt: EpochMillis
}

export interface SnapshotReader<Scope, Value> {
  /** @throws what `read` throws for this key; `Unavailable` on deadline or abort; `Internal` when `read` miscounts */
  get(scope: Scope, key: string, options: ReadOptions): Promise<Snapshot<Value>>
  /** Call it after each write: no read answers with anything the cloud said before this moment. */
  invalidate(scope: Scope, key: string): void
  /** Sends what waits, waits for what is on its way, then refuses. */
  close(): Promise<void>
}

interface Waiter<Value> {
  readonly resolve: (snapshot: Snapshot<Value>) => void
  readonly reject: (error: unknown) => void
}

/** A call on its way. `order` compares it with invalidations, which may fall into the same millisecond. */
interface Flight<Value> {
  readonly order: number
  readonly sentAt: EpochMillis
  /** Who waits for it, by key. Of one key several calls may be on their way, and each answers its own. */
  readonly aboard: Map<string, Waiter<Value>[]>
}

interface Entry<Value> {
  snapshot: Snapshot<Value> | undefined
  /** Order of the flight that brought it. */
  snapshotOrder: number
  /** Answers of flights with a smaller order are too old. */
  validFrom: number
  askedAt: EpochMillis
  /** How fresh its readers want it: half of that and it is refreshed along with others. */
  maxAgeMs: number
  /** The latest one that has not landed. */
  flight: Flight<Value> | undefined
  /** Wait for the next batch. */
  waiting: Waiter<Value>[]
}

interface Bucket<Scope, Value> {
  readonly id: string
  readonly scope: Scope
  readonly entries: Map<string, Entry<Value>>
  readonly waiting: Set<string>
  firstWaitAt: EpochMillis
  cancelTimer: (() => void) | undefined
}

/**
 * Reads by key, shared by all callers of one process (R21).
 *
 * Keys that are asked for within a short window go out in one call, and keys that were asked for recently and are half
 * way to stale fill its free places. So pools that poll in steady rhythm cost one call per `maximumKeys` pools, not one
 * call each.
 */
export function createSnapshotReader<Scope, Value>(
  options: SnapshotReaderOptions<Scope, Value>,
): SnapshotReader<Scope, Value> {
  const { clock, name } = options
  const maximumKeys = options.maximumKeys ?? 100
  const timing = { ...defaultTiming, ...options.timing }
  const buckets = new Map<string, Bucket<Scope, Value>>()
  const flying = new Set<Promise<void>>()
  // Batches have their own life: no caller's signal ends them.
  const never = new AbortController().signal
  let order = 0
  let closed = false

  const bucketOf = (scope: Scope): Bucket<Scope, Value> => {
    const id = options.bucketOf(scope)
    let bucket = buckets.get(id)
    if (!bucket) {
      bucket = { id, scope, entries: new Map(), waiting: new Set(), firstWaitAt: 0, cancelTimer: undefined }
      buckets.set(id, bucket)
    }
    return bucket
  }

  const entryOf = (bucket: Bucket<Scope, Value>, key: string): Entry<Value> => {
    let entry = bucket.entries.get(key)
    if (!entry) {
      entry = {
        snapshot: undefined,
        snapshotOrder: 0,
        validFrom: 0,
        askedAt: clock.now(),
        maxAgeMs: 0,
        flight: undefined,
        waiting: [],
      }
      bucket.entries.set(key, entry)
    }
    return entry
  }

  const enqueue = (bucket: Bucket<Scope, Value>, key: string, entry: Entry<Value>, waiter: Waiter<Value>): void => {
    const now = clock.now()
    if (bucket.waiting.size === 0) bucket.firstWaitAt = now
    entry.waiting.push(waiter)
    bucket.waiting.add(key)
    bucket.cancelTimer?.()
    // A busy process may be late for the call that is due.
    const latest = Math.max(0, bucket.firstWaitAt + timing.maximumWaitMs - now)
    const delay = closed || bucket.waiting.size >= maximumKeys ? 0 : Math.min(timing.idleMs, latest)
    bucket.cancelTimer = clock.after(delay, () => send(bucket))
  }

  const send = (bucket: Bucket<Scope, Value>): void => {
    bucket.cancelTimer?.()
    bucket.cancelTimer = undefined
    const keys = [...bucket.waiting]
    bucket.waiting.clear()
    if (keys.length === 0) return
    forget(bucket)
    const free = (maximumKeys - (keys.length % maximumKeys)) % maximumKeys
    keys.push(...neighbours(bucket, new Set(keys), free))
    for (let start = 0; start < keys.length; start += maximumKeys) {
      const flight = fly(bucket, keys.slice(start, start + maximumKeys))
      flying.add(flight)
      void flight.finally(() => flying.delete(flight))
    }
  }

  const forget = (bucket: Bucket<Scope, Value>): void => {
    const since = clock.now() - timing.interestMs
    for (const [key, entry] of bucket.entries) {
      const idle = entry.waiting.length === 0 && entry.flight === undefined
      if (idle && entry.askedAt < since) bucket.entries.delete(key)
    }
  }

  const neighbours = (bucket: Bucket<Scope, Value>, chosen: ReadonlySet<string>, free: number): string[] => {
    const now = clock.now()
    return [...bucket.entries]
      .filter(([key, entry]) => {
        if (chosen.has(key) || entry.flight) return false
        return !entry.snapshot || now - entry.snapshot.readAt >= entry.maxAgeMs / 2
      })
      .toSorted(([, a], [, b]) => (a.snapshot?.readAt ?? 0) - (b.snapshot?.readAt ?? 0))
      .slice(0, free)
      .map(([key]) => key)
  }

  const fly = async (bucket: Bucket<Scope, Value>, keys: readonly string[]): Promise<void> => {
    const flight: Flight<Value> = { order: ++order, sentAt: clock.now(), aboard: new Map() }
    for (const key of keys) {
      const entry = entryOf(bucket, key)
      entry.flight = flight
      flight.aboard.set(key, entry.waiting)
      entry.waiting = []
    }
    let answers: readonly Answer<Value>[]
    try {
      answers = await withDeadline({ clock, signal: never }, timing.deadlineMs, (signal) =>
        readBisecting(keys, (some) => readExactly(bucket.scope, some, signal)),
      )
    } catch (error) {
      answers = keys.map(() => ({ error }))
    }
    for (const [index, key] of keys.entries()) land(bucket, key, flight, answers[index]!)
    if (bucket.entries.size === 0 && bucket.waiting.size === 0) buckets.delete(bucket.id)
  }

  const land = (bucket: Bucket<Scope, Value>, key: string, flight: Flight<Value>, answer: Answer<Value>): void => {
    const entry = entryOf(bucket, key)
    const waiters = flight.aboard.get(key) ?? []
    if (entry.flight === flight) entry.flight = undefined
    if (flight.order < entry.validFrom) {
      // A write came in between: these callers would be told what was true before it.
      for (const waiter of waiters) enqueue(bucket, key, entry, waiter)
      return
    }
    if ('error' in answer) {
      for (const waiter of waiters) waiter.reject(answer.error)
      return
    }
    const snapshot = { value: answer.value, readAt: flight.sentAt }
    for (const waiter of waiters) waiter.resolve(snapshot)
    // A later question may have been answered before.
    if (entry.snapshot && flight.order < entry.snapshotOrder) return
    entry.snapshot = snapshot
    entry.snapshotOrder = flight.order
  }

  const readExactly = async (
    scope: Scope,
    keys: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly (Value | undefined)[]> => {
    const values = await options.read(scope, keys, signal)
    if (values.length === keys.length) return values
    throw new ProviderError({
      code: 'Internal',
      reason: 'WrongResultCount',
      message: `${name} answered for ${values.length} keys when asked for ${keys.length}.`,
    })
  }

  return {
    get(scope, key, { maxAgeMs, signal }) {
      if (closed) return Promise.reject(closedError(name))
      const bucket = bucketOf(scope)
      const entry = entryOf(bucket, key)
      const now = clock.now()
      entry.askedAt = now
      entry.maxAgeMs = maxAgeMs
      const young = (at: EpochMillis): boolean => maxAgeMs > 0 && now - at <= maxAgeMs
      if (entry.snapshot && young(entry.snapshot.readAt)) return leaveOnAbort(Promise.resolve(entry.snapshot), signal)
      const shared = new Promise<Snapshot<Value>>((resolve, reject) => {
        const waiter = { resolve, reject }
        const current = entry.flight && entry.flight.order >= entry.validFrom
        if (current && young(entry.flight!.sentAt)) entry.flight!.aboard.get(key)!.push(waiter)
        else enqueue(bucket, key, entry, waiter)
      })
      return leaveOnAbort(shared, signal)
    },
    invalidate(scope, key) {
      const entry = buckets.get(options.bucketOf(scope))?.entries.get(key)
      if (!entry) return
      entry.snapshot = undefined
      entry.validFrom = order + 1
    },
    async close() {
      closed = true
      for (const bucket of buckets.values()) send(bucket)
      while (flying.size > 0) {
        await Promise.all(flying)
        // What a write has sent back to the queue goes out at once.
        for (const bucket of buckets.values()) send(bucket)
      }
      buckets.clear()
    },
  }
}

function closedError(name: string): ProviderError {
  return new ProviderError({ code: 'Unavailable', reason: 'Closed', message: `${name} is closed.` })
}

type Answer<Value> = { readonly value: Value | undefined } | { readonly error: unknown }

// Codes by which a cloud refuses a whole list because of one entry.
const oneBadKey: ReadonlySet<string> = new Set(['InvalidSpec', 'NotFound'])

/**
 * Finds the bad keys of a refused list by halving it: about 2·log2(n) calls for one bad key. Any other error ends the
 * search at once, so that throttling or an outage never turns into more calls (R17).
 */
async function readBisecting<Value>(
  keys: readonly string[],
  read: (keys: readonly string[]) => Promise<readonly (Value | undefined)[]>,
): Promise<readonly Answer<Value>[]> {
  let fatal: { readonly error: unknown } | undefined
  const visit = async (some: readonly string[]): Promise<readonly Answer<Value>[]> => {
    if (fatal) return some.map(() => fatal!)
    try {
      return (await read(some)).map((value) => ({ value }))
    } catch (error) {
      const divisible = ProviderError.is(error) && oneBadKey.has(error.code)
      if (!divisible) fatal = { error }
      if (!divisible || some.length === 1) return some.map(() => ({ error }))
      const half = Math.ceil(some.length / 2)
      return [...(await visit(some.slice(0, half))), ...(await visit(some.slice(half)))]
    }
  }
  return visit(keys)
}
