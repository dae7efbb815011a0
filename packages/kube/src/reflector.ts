import { createBackoff, type Backoff } from './backoff.ts'
import type { Client, WatchEvent } from './client.ts'
import { sleep, systemClock, type Clock } from './clock.ts'
import { withDeadline } from './deadline.ts'
import { ApiError, ConnectionError, isExpired } from './errors.ts'
import type { KubeObject, ObjectKey, Resource } from './object.ts'
import { storeKey, type ObjectStore } from './object-store.ts'
import { isBefore } from './resource-version.ts'
import { createTimeSlice, type TimeSlice } from './slice.ts'
import type { StoreEvent } from './store.ts'

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Client
  readonly resource: Resource<T>
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly store: ObjectStore<T>
  /** Called for each change of the store, in order, right after it. */
  readonly onEvent: (event: StoreEvent<T>) => void
  /** Called once, when the first listing is in the store. */
  readonly onSynced?: () => void
  /** Called for each failure; `retryInMs` says when it is tried again, 0 for one that only concerns one object. */
  readonly onError?: (error: unknown, retryInMs: number) => void
  /**
   * Makes each object smaller before it is stored. May change the object it is given, but for its name and namespace. An
   * object for which it throws is reported to `onError` and not stored.
   */
  readonly transform?: (object: T) => T
  readonly clock?: Clock
  readonly random?: () => number
  readonly tuning?: Partial<ReflectorTuning>
}

/** What tests and unusual servers need to change. */
export interface ReflectorTuning {
  /** Objects per page when the server cannot stream the first state. */
  readonly pageSize: number
  /** The server ends each watch after a random time between these, in seconds. */
  readonly watchSeconds: readonly [shortest: number, longest: number]
  /** A watch on which nothing arrives, not even a bookmark (servers send one a minute), is half open. Milliseconds. */
  readonly inactivityMs: number
  /** Delays between attempts, in milliseconds, with full jitter. */
  readonly backoffMs: readonly [initial: number, maximum: number]
  /** Ask for the first state as a stream of events (`sendInitialEvents`, Kubernetes 1.32 and newer). */
  readonly streamedList: boolean
}

const defaults: ReflectorTuning = {
  pageSize: 500,
  watchSeconds: [300, 600],
  inactivityMs: 90_000,
  backoffMs: [800, 30_000],
  streamedList: true,
}

/** A server that asks for more patience than this, in milliseconds, is asked again all the same. */
const longestRetryAfterMs = 60_000

/** A watch that lasted this long in milliseconds was no failure, however it ended. */
const healthyMs = 10_000

/** After this many streams of the present state without an end, pages are listed instead. */
const mostUnfinishedStreams = 2

/**
 * Keeps a store the same as the server: lists once, then watches, and goes on from the last known resource version after
 * every interruption. Lists again only when the server has forgotten that version (410).
 *
 * A list changes the store object by object while it arrives, so memory holds the state once. What the list did not name
 * is removed at its end, and only at its end: a list that fails half way removes nothing.
 */
export function createReflector<T extends KubeObject>(options: ReflectorOptions<T>) {
  return new Reflector(options)
}

class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>
  readonly #tuning: ReflectorTuning
  readonly #clock: Clock
  readonly #random: () => number
  /** Where to go on; `undefined` when only a list helps. */
  #resourceVersion: string | undefined
  #streamedList: boolean
  #unfinishedStreams = 0
  readonly #backoff: Backoff
  #synced = false
  /** A list in pages took longer than the server remembers where it began: the next one is in one piece. */
  #onePage = false

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.#tuning = { ...defaults, ...options.tuning }
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
    this.#streamedList = this.#tuning.streamedList
    const [initialMs, maximumMs] = this.#tuning.backoffMs
    this.#backoff = createBackoff({ initialMs, maximumMs, random: this.#random })
  }

  /** Runs until `signal` aborts; never rejects: every failure is reported to `onError` and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion !== undefined) {
          await this.#watch(signal)
        } else if (this.#streamedList) {
          await this.#watch(signal, new Set())
        } else {
          await this.#pagedList(signal)
        }
      } catch (error) {
        if (signal.aborted) {
          return
        }
        if (mustListAgain(error)) {
          this.#onePage = this.#resourceVersion === undefined && !this.#streamedList
          this.#resourceVersion = undefined
        }
        const asked = (error instanceof ApiError ? error.retryAfterMs : undefined) ?? 0
        const delay = Math.max(this.#backoff.next(), Math.min(asked, longestRetryAfterMs))
        this.#options.onError?.(error, delay)
        await sleep(this.#clock, delay, signal)
      }
    }
  }

  /**
   * One watch, until the server or silence ends it. With `seen` it begins with the present state, as the server streams it,
   * and goes on from there.
   */
  async #watch(signal: AbortSignal, seen?: Set<string>): Promise<void> {
    const { client, resource } = this.#options
    const quiet = withDeadline(this.#tuning.inactivityMs, signal, this.#clock)
    const started = this.#clock.now()
    let initial = seen
    let received = false
    try {
      const events = client.watch(resource, {
        ...this.#scope(),
        ...(seen === undefined ? { resourceVersion: this.#resourceVersion ?? '' } : { sendInitialEvents: true }),
        timeoutSeconds: this.#watchSeconds(),
        signal: quiet.signal,
      })
      for await (const event of events) {
        quiet.restart()
        received = true
        if (initial === undefined) {
          this.#apply(event)
        } else if (event.type === 'BOOKMARK') {
          if (!event.initialEventsEnd) {
            // The first bookmark of a server that knows the parameter is the one at the end of the present state.
            this.#streamedList = false
            return
          }
          await this.#complete(initial, event.resourceVersion)
          initial = undefined
        } else if (event.type === 'DELETED') {
          this.#remove(event.object)
        } else {
          this.#put(event.object, initial)
        }
      }
    } catch (error) {
      if (initial !== undefined && isNotUnderstood(error)) {
        this.#streamedList = false
        return
      }
      throw error
    } finally {
      quiet.clear()
      if (initial === undefined && (received || this.#clock.now() - started >= healthyMs)) {
        this.#backoff.reset()
      }
    }
    if (signal.aborted) {
      return
    }
    if (initial !== undefined) {
      // Either a broken connection, or a server that ignores the parameter and never says where the first state ends.
      this.#unfinishedStreams++
      this.#streamedList = this.#unfinishedStreams < mostUnfinishedStreams
      throw new ConnectionError(`${resource.plural}: the stream of the present state has no end`)
    }
    if (!received && !quiet.expired && this.#clock.now() - started < 1000) {
      throw new ConnectionError(`${resource.plural}: the server ends watches at once`)
    }
  }

  async #pagedList(signal: AbortSignal): Promise<void> {
    const seen = new Set<string>()
    const { client, resource } = this.#options
    const slice = createTimeSlice()
    let next: string | undefined
    let resourceVersion = ''
    do {
      const page = await client.list(resource, {
        ...this.#scope(),
        ...(this.#onePage ? {} : { limit: this.#tuning.pageSize }),
        ...(next === undefined ? {} : { continue: next }),
        onItem: (object) => this.#put(object, seen),
        signal,
      })
      // Of a client that does not hand items on one by one.
      for (const object of page.items) {
        this.#put(object, seen)
        await pause(slice)
      }
      resourceVersion = page.resourceVersion
      next = page.continue
    } while (next !== undefined)
    await this.#complete(seen, resourceVersion)
  }

  /** The present state is in the store: what it did not name is gone. */
  async #complete(seen: ReadonlySet<string>, resourceVersion: string): Promise<void> {
    const { store } = this.#options
    const slice = createTimeSlice()
    for (const object of store.list()) {
      if (!seen.has(storeKey(object.metadata))) {
        this.#emit(store.remove(keyOf(object)))
        await pause(slice)
      }
    }
    this.#onePage = false
    this.#resourceVersion = resourceVersion
    this.#unfinishedStreams = 0
    if (!this.#synced) {
      this.#synced = true
      this.#options.onSynced?.()
    }
  }

  #apply(event: WatchEvent<T>): void {
    if (event.type === 'BOOKMARK') {
      this.#advance(event.resourceVersion)
      return
    }
    const { metadata } = event.object
    const known = this.#options.store.get(keyOf(event.object))
    // A server may repeat itself.
    if (isBefore(metadata.resourceVersion, known?.metadata.resourceVersion)) {
      return
    }
    if (event.type === 'DELETED') {
      this.#remove(event.object)
    } else {
      this.#put(event.object)
    }
    this.#advance(metadata.resourceVersion)
  }

  /** Never goes back: what was told already would be told again. */
  #advance(resourceVersion: string | undefined): void {
    if (resourceVersion === undefined || resourceVersion === '' || isBefore(resourceVersion, this.#resourceVersion)) {
      return
    }
    this.#resourceVersion = resourceVersion
  }

  #put(object: T, seen?: Set<string>): void {
    seen?.add(storeKey(object.metadata))
    const transformed = this.#transform(object)
    if (transformed !== undefined) {
      this.#emit(this.#options.store.set(transformed, !this.#synced))
    }
  }

  #remove(object: T): void {
    this.#emit(this.#options.store.remove(keyOf(object), this.#transform(object)))
  }

  /** `undefined` when it cannot be done: that one object is left out, or as it was, and the others go on. */
  #transform(object: T): T | undefined {
    const { transform, onError } = this.#options
    try {
      return transform === undefined ? object : transform(object)
    } catch (error) {
      onError?.(error, 0)
      return undefined
    }
  }

  #emit(event: StoreEvent<T> | undefined): void {
    if (event !== undefined) {
      this.#options.onEvent(event)
    }
  }

  #watchSeconds(): number {
    const [shortest, longest] = this.#tuning.watchSeconds
    return Math.round(shortest + this.#random() * (longest - shortest))
  }

  #scope() {
    const { namespace, labelSelector, fieldSelector } = this.#options
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    }
  }
}

async function pause(slice: TimeSlice): Promise<void> {
  if (slice.due()) {
    await slice.yield()
  }
}

function keyOf({ metadata }: KubeObject): ObjectKey {
  const { namespace, name = '' } = metadata
  return namespace === undefined ? { name } : { namespace, name }
}

/** The server knows the parameters of a streamed list but refuses them, or does not know them. */
function isNotUnderstood(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 400 || error.code === 405 || error.code === 422)
}

/**
 * Nothing can be continued from here: the version is too old (410), or one the server has never had, as after a restore
 * from backup (504 with cause `ResourceVersionTooLarge`, or 400).
 */
function mustListAgain(error: unknown): boolean {
  if (!(error instanceof ApiError)) {
    return false
  }
  const causes = error.status.details?.causes ?? []
  return isExpired(error) || error.code === 400 || causes.some(({ reason }) => reason === 'ResourceVersionTooLarge')
}
