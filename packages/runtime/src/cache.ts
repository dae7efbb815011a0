import {
  createReflector,
  ObjectStore,
  systemClock,
  type Client,
  type Clock,
  type IndexFunction,
  type KubeObject,
  type ReflectorTuning,
  type Resource,
  type Store,
  type StoreEvent,
} from '@machinepool/kube'
import { pino, type Logger } from 'pino'

import { whenAborted } from './aborted.ts'
import { Subscription } from './subscription.ts'

export interface InformerOptions<T extends KubeObject> {
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /**
   * Keeps only what is needed of each object before it is stored (Node → some 600 bytes). May change the object it is given.
   * `managedFields` are dropped before.
   */
  readonly transform?: (object: T) => T
  /** True for an update that no handler needs to see, such as a heartbeat. The store takes it all the same. */
  readonly unchanged?: (old: T, object: T) => boolean
}

/** A kind that is listed, watched and kept locally. One per kind and cache, shared by everybody who asks. */
export interface Informer<T extends KubeObject> {
  readonly store: Store<T>
  /** Resolves when the first listing is complete. */
  readonly synced: Promise<void>
  /** False until the first listing is complete: what is missing from the store may exist all the same. */
  readonly hasSynced: boolean
  /** Adds an index; may be called before and after the start. */
  addIndex(name: string, index: IndexFunction<T>): void
  /**
   * Handlers run in order of the events; an exception in one is logged and goes no further. A handler that is added late
   * first gets everything present as `added` events with `initial` set. Returns an unsubscribe.
   */
  onEvent(handler: (event: StoreEvent<T>) => void): () => void
}

/** The local copies of the kinds a manager reads. */
export interface Cache {
  /**
   * The informer of a kind; started with the cache, or at once when the cache runs. The first one to ask decides the
   * options; asking again with other selectors or another transform throws a RangeError.
   */
  informer<T extends KubeObject>(resource: Resource<T>, options?: InformerOptions<T>): Informer<T>
}

export interface CacheOptions {
  readonly client: Client
  readonly log?: Logger
  /** Keep namespaced kinds of this namespace only. */
  readonly namespace?: string
  readonly clock?: Clock
  readonly tuning?: Partial<ReflectorTuning>
}

/** A cache whose owner starts it. */
export interface RunnableCache extends Cache {
  /** Lists and watches until `signal` aborts; resolves when everything has stopped. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves when every informer that exists by now has synced. */
  synced(): Promise<void>
}

interface Running {
  readonly signal: AbortSignal
  readonly reflectors: Set<Promise<void>>
}

/** Informers over one client. Nothing is read before `run`. */
export function createCache(options: CacheOptions): RunnableCache {
  // Informers of different kinds.
  // oxlint-disable-next-line typescript/no-explicit-any
  const informers = new Map<string, CachedInformer<any>>()
  let running: Running | undefined

  return {
    informer<T extends KubeObject>(resource: Resource<T>, wanted?: InformerOptions<T>): Informer<T> {
      const key = `${resource.group}/${resource.version}/${resource.plural}`
      const known = informers.get(key) as CachedInformer<T> | undefined
      if (known !== undefined) {
        known.requireSame(wanted)
        return known
      }
      const informer = new CachedInformer(resource, wanted ?? {}, options)
      informers.set(key, informer)
      if (running !== undefined) {
        track(running, informer.run(running.signal))
      }
      return informer
    },
    async run(signal) {
      const started: Running = { signal, reflectors: new Set() }
      running = started
      for (const informer of informers.values()) {
        track(started, informer.run(signal))
      }
      await whenAborted(signal)
      await Promise.all(started.reflectors)
      running = undefined
    },
    async synced() {
      await Promise.all([...informers.values()].map((informer) => informer.synced))
    },
  }
}

function track({ reflectors }: Running, work: Promise<void>): void {
  reflectors.add(work)
  void work.finally(() => reflectors.delete(work))
}

class CachedInformer<T extends KubeObject> implements Informer<T> {
  readonly store = new ObjectStore<T>((error, index) =>
    this.#log.error({ err: error, kind: this.#resource.kind, index }, 'an index function failed'),
  )
  readonly synced: Promise<void>
  hasSynced = false
  readonly #resource: Resource<T>
  readonly #wanted: InformerOptions<T>
  readonly #options: CacheOptions
  readonly #log: Logger
  readonly #subscriptions = new Set<Subscription<T>>()
  readonly #resolveSynced: () => void

  constructor(resource: Resource<T>, wanted: InformerOptions<T>, options: CacheOptions) {
    this.#resource = resource
    this.#wanted = wanted
    this.#options = options
    this.#log = options.log ?? pino({ name: 'cache' })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.synced = promise
    this.#resolveSynced = resolve
  }

  addIndex(name: string, index: IndexFunction<T>): void {
    this.store.addIndex(name, index)
  }

  onEvent(handler: (event: StoreEvent<T>) => void): () => void {
    const subscription = new Subscription(handler, this.store.list(), (error) => {
      this.#log.error({ err: error, kind: this.#resource.kind }, 'an event handler failed')
    })
    this.#subscriptions.add(subscription)
    return () => {
      subscription.close()
      this.#subscriptions.delete(subscription)
    }
  }

  requireSame(wanted: InformerOptions<T> | undefined): void {
    for (const [name, value] of Object.entries(wanted ?? {})) {
      if (value !== this.#wanted[name as keyof InformerOptions<T>]) {
        throw new RangeError(`there is an informer of ${this.#resource.kind} already, with another ${name}`)
      }
    }
  }

  /** No when it cannot be told: one update too many does no harm. */
  #isUnchanged(old: T, object: T): boolean {
    try {
      return this.#wanted.unchanged?.(old, object) === true
    } catch (error) {
      this.#log.error({ err: error, kind: this.#resource.kind }, 'two states of an object cannot be compared')
      return false
    }
  }

  run(signal: AbortSignal): Promise<void> {
    const { client, clock = systemClock, namespace, tuning } = this.#options
    const { labelSelector, fieldSelector, transform } = this.#wanted
    const reflector = createReflector<T>({
      client,
      resource: this.#resource,
      ...(namespace === undefined || !this.#resource.namespaced ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      store: this.store,
      clock,
      ...(tuning === undefined ? {} : { tuning }),
      transform(object) {
        delete object.metadata.managedFields
        return transform === undefined ? object : transform(object)
      },
      onEvent: (event) => {
        if (event.type === 'updated' && event.old !== undefined && this.#isUnchanged(event.old, event.object)) {
          return
        }
        for (const subscription of this.#subscriptions) {
          subscription.deliver(event)
        }
      },
      onSynced: () => {
        this.hasSynced = true
        this.#resolveSynced()
      },
      onError: (error, retryInMs) => {
        const what = retryInMs === 0 ? 'an object cannot be transformed, and is left out' : 'list or watch failed'
        this.#log.warn({ err: error, kind: this.#resource.kind, retryInMs }, what)
      },
    })
    return reflector.run(signal)
  }
}
