import { randomUUID } from 'node:crypto'

import {
  createTimeSlice,
  sleep,
  storeKey,
  withDeadline,
  type Clock,
  type KubeObject,
  type StoreEvent,
} from '@machinepool/kube'
import type { Logger } from 'pino'

import { whenAborted } from './aborted.ts'
import type { Cache, Informer } from './cache.ts'
import type { Controller, ControllerOptions, Watch } from './controller.ts'
import type { RuntimeMetrics } from './metrics.ts'
import { ItemBackoff } from './queue/rate-limiter.ts'
import { lowPriority, WorkQueue, type Lease } from './queue/work-queue.ts'
import { TerminalError, type Request } from './reconcile.ts'

export interface ControllerEnvironment {
  readonly cache: Cache
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: RuntimeMetrics
  /** False for objects that belong to another shard; asked before each reconcile. */
  readonly accepts: (object: KubeObject) => boolean
  /** Every object is looked at again within this many milliseconds; absent: only events lead to work. */
  readonly syncPeriodMs?: number
  /** Gives numbers from 0 up to, not including, 1. */
  readonly random: () => number
}

const defaultConcurrency = 10
const defaultTimeoutMs = 60_000
/** The part of the sync period over which the objects are spread. */
const syncSpread = 0.1

interface Working {
  readonly ended: Promise<void>
  readonly cancel: AbortController
  /** On the clock of `performance.now()`. */
  readonly started: number
}

/** Runs one controller: events into the queue, items out of it into `reconcile`, results back into the queue. */
export class ControllerRunner implements Controller {
  readonly name: string
  readonly #options: ControllerOptions
  readonly #environment: ControllerEnvironment
  #log: Logger
  readonly #queue: WorkQueue<Request>
  readonly #backoff = new ItemBackoff()
  readonly #informers: Informer<KubeObject>[] = []
  /** Of the kind this controller is for: the first watch without `map`. */
  #primary: Informer<KubeObject> | undefined
  /** That kind, as logs name it. */
  #kind: string | undefined
  readonly #concurrency: number
  readonly #inFlight = new Map<string, Working>()
  #started = false
  #pumping = false

  constructor(options: ControllerOptions, environment: ControllerEnvironment) {
    this.name = options.name
    this.#options = options
    this.#environment = environment
    this.#concurrency = options.concurrency ?? defaultConcurrency
    this.#log = environment.log.child({ controller: options.name })
    this.#queue = new WorkQueue<Request>({
      clock: environment.clock,
      key: storeKey,
      onReady: () => this.#schedule(),
    })
    const { metrics } = environment
    metrics.addController(this.name, this.#concurrency)
    metrics.addQueue(this.name, {
      depths: () => this.#queue.depths(),
      working: () => [...this.#inFlight.values()].map(({ started }) => (performance.now() - started) / 1000),
    })
    for (const watch of options.watches) {
      this.watch(watch)
    }
  }

  enqueue(request: Request, { afterMs = 0 }: { readonly afterMs?: number } = {}): void {
    this.#add(request, afterMs, 0)
  }

  watch<T extends KubeObject>(watch: Watch<T>): void {
    const informer = this.#environment.cache.informer(watch.resource)
    this.#informers.push(informer)
    if (watch.map === undefined && this.#primary === undefined) {
      this.#primary = informer
      const { group, kind } = watch.resource
      this.#kind = kind
      this.#log = this.#log.child({ controllerGroup: group, controllerKind: kind })
    }
    this.source(informer, watch)
  }

  source<T extends KubeObject>(informer: Informer<T>, watch: Omit<Watch<T>, 'resource'>): () => void {
    return informer.onEvent((event) => {
      if (watch.predicate?.(event) === false) {
        return
      }
      const priority = event.initial ? lowPriority : 0
      for (const request of watch.map?.(event) ?? [requestFor(event)]) {
        this.#add(request, 0, priority)
      }
    })
  }

  /**
   * Works until `signal` aborts, then lets reconciles under way end. Those that are still there when `cancel` aborts are
   * told to stop. Resolves when none is left.
   */
  async run(signal: AbortSignal, cancel: AbortSignal): Promise<void> {
    await Promise.race([Promise.all(this.#informers.map((informer) => informer.synced)), whenAborted(signal)])
    const cancelAll = () => {
      for (const { cancel: controller } of this.#inFlight.values()) {
        controller.abort(cancel.reason)
      }
    }
    cancel.addEventListener('abort', cancelAll, { once: true })
    if (!signal.aborted) {
      this.#log.info({ concurrency: this.#concurrency }, 'controller started')
      this.#started = true
      this.#schedule()
      await Promise.all([this.#syncPeriodically(signal), whenAborted(signal)])
    }
    this.#started = false
    this.#queue.close()
    if (cancel.aborted) {
      cancelAll()
    }
    await Promise.all([...this.#inFlight.values()].map(({ ended }) => ended))
    cancel.removeEventListener('abort', cancelAll)
  }

  #add(request: Request, afterMs: number, priority: number): void {
    const { metrics } = this.#environment
    metrics.queueAdds.inc({ name: this.name, controller: this.name })
    this.#queue.add(request, { afterMs, priority })
  }

  /** Looks at everything again and again, spread out, so that no two looks at an object are further apart than the period. */
  async #syncPeriodically(signal: AbortSignal): Promise<void> {
    const { clock, random, syncPeriodMs } = this.#environment
    const store = this.#primary?.store
    if (syncPeriodMs === undefined || store === undefined) {
      return
    }
    const spreadMs = syncPeriodMs * syncSpread
    for (;;) {
      await sleep(clock, syncPeriodMs - spreadMs, signal)
      const slice = createTimeSlice()
      for (const { metadata } of store.list()) {
        if (signal.aborted) {
          return
        }
        this.#add(keyOf(metadata), random() * spreadMs, lowPriority)
        if (slice.due()) {
          await slice.yield()
        }
      }
      if (signal.aborted) {
        return
      }
    }
  }

  /** Takes work in a task of its own, so that events that come together are folded before the first is worked on. */
  #schedule(): void {
    if (!this.#pumping && this.#started) {
      this.#pumping = true
      setImmediate(() => {
        this.#pumping = false
        this.#pump()
      })
    }
  }

  #pump(): void {
    while (this.#started && this.#inFlight.size < this.#concurrency) {
      const lease = this.#queue.take()
      if (lease === undefined) {
        return
      }
      this.#start(lease)
    }
  }

  #start(lease: Lease<Request>): void {
    const { metrics } = this.#environment
    const cancel = new AbortController()
    const labels = { name: this.name, controller: this.name }
    metrics.queueSeconds.observe(labels, lease.waitedMs / 1000)
    const started = performance.now()
    const ended = this.#reconcile(lease, cancel.signal).finally(() => {
      this.#inFlight.delete(lease.key)
      this.#queue.done(lease.key)
      metrics.activeWorkers.set({ controller: this.name }, this.#inFlight.size)
      metrics.workSeconds.observe(labels, (performance.now() - started) / 1000)
      this.#schedule()
    })
    this.#inFlight.set(lease.key, { ended, cancel, started })
    metrics.activeWorkers.set({ controller: this.name }, this.#inFlight.size)
  }

  /** Never rejects: whatever happens is the item's business. */
  async #reconcile({ key, item, priority }: Lease<Request>, cancelled: AbortSignal): Promise<void> {
    const object = this.#primary?.store.get(item)
    if (object !== undefined && !this.#environment.accepts(object)) {
      this.#backoff.forget(key)
      return
    }
    const { clock, metrics } = this.#environment
    const { namespace, name } = item
    const log = this.#log.child({
      ...(this.#kind !== undefined && { [this.#kind]: { name, namespace } }),
      namespace,
      name,
      reconcileID: randomUUID(),
    })
    const controller = this.name
    const timeoutMs = this.#options.timeoutMs ?? defaultTimeoutMs
    const deadline = withDeadline(timeoutMs, cancelled, clock)
    const started = performance.now()
    try {
      const result = await this.#options.reconcile(item, { log, signal: deadline.signal })
      this.#backoff.forget(key)
      if (result?.requeueAfterMs === undefined) {
        metrics.reconcileTotal.inc({ controller, result: 'success' })
      } else {
        metrics.reconcileTotal.inc({ controller, result: 'requeue_after' })
        this.#add(item, result.requeueAfterMs, priority)
      }
    } catch (error) {
      metrics.reconcileTotal.inc({ controller, result: 'error' })
      metrics.reconcileErrors.inc({ controller })
      if (isMistake(error)) {
        metrics.reconcilePanics.inc({ controller })
      }
      if (cancelled.aborted) {
        log.info({ err: error }, 'reconcile cancelled')
        return
      }
      if (error instanceof TerminalError) {
        metrics.terminalErrors.inc({ controller })
        this.#backoff.forget(key)
        log.error({ err: error }, 'reconcile failed for good')
        return
      }
      const retryInMs = this.#backoff.next(key)
      metrics.queueRetries.inc({ name: controller, controller })
      log.error({ err: error, retryInMs }, 'reconcile failed')
      this.#add(item, retryInMs, priority)
    } finally {
      if (deadline.expired) {
        metrics.reconcileTimeouts.inc({ controller })
        log.warn({ timeoutMs }, 'reconcile ran out of time')
      }
      deadline.clear()
      metrics.reconcileSeconds.observe({ controller }, (performance.now() - started) / 1000)
    }
  }
}

/** What only a mistake in the program throws; counted where controller-runtime counts panics. */
function isMistake(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError
}

function requestFor({ object }: StoreEvent<KubeObject>): Request {
  return keyOf(object.metadata)
}

function keyOf({ namespace, name = '' }: KubeObject['metadata']): Request {
  return namespace === undefined ? { name } : { namespace, name }
}
