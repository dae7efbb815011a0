import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

import { sleep, systemClock, type Client, type Clock, type KubeObject, type ReflectorTuning } from '@machinepool/kube'
import { pino, type Logger } from 'pino'
import type { Registry } from 'prom-client'

import { whenAborted } from './aborted.ts'
import { createCache, type Cache } from './cache.ts'
import { ControllerRunner } from './controller-runner.ts'
import type { Controller, ControllerOptions } from './controller.ts'
import { createDiagnosticsAccess } from './diagnostics-access.ts'
import { createEventRecorder } from './event-recorder.ts'
import type { EventRecorder } from './events.ts'
import { fenceClient } from './fenced-client.ts'
import { listen, type HttpEndpoint } from './http-endpoint.ts'
import { createLeaderElector, type LeaderElectionOptions } from './leader-election.ts'
import { createRuntimeMetrics } from './metrics.ts'
import { Probes } from './probes.ts'
import type { TlsSettings } from './tls-settings.ts'

/** Something that runs as long as the manager (and, by default, only while it leads). */
export interface Runnable {
  readonly name: string
  readonly needsLeaderElection?: boolean
  /** Runs until `signal` aborts; a rejection stops the manager. */
  run(signal: AbortSignal): Promise<void>
}

/** One connection, one cache, one queue per controller, one place that starts and stops them. */
export interface Manager {
  /** With leader election, its writes fail with `LeadershipLostError` unless this process leads. */
  readonly client: Client
  readonly cache: Cache
  readonly events: EventRecorder
  readonly log: Logger
  readonly metrics: Registry
  readonly clock: Clock
  /** The only namespace that is looked at; absent: all. */
  readonly namespace: string | undefined
  /** The value of label `cluster.x-k8s.io/watch-filter` that objects must carry; absent: any. */
  readonly watchFilter: string | undefined
  addController(options: ControllerOptions): Controller
  addRunnable(runnable: Runnable): void
  /** `check` throws when the process is not well (`healthz`) or not ready to serve (`readyz`). */
  addHealthCheck(kind: 'healthz' | 'readyz', name: string, check: () => void | Promise<void>): void
  /** Whether this process may write now. Ask before each write that goes elsewhere than through `client`, such as a cloud. */
  isLeader(): boolean
  /** Where the HTTP servers listen, once started: `http://host:port`, or `https` for secure metrics. */
  readonly endpoints: { readonly metrics?: string; readonly health?: string }
  /**
   * Resolves after an orderly stop: reconciles in flight have ended or were cancelled at the grace deadline. Rejects when
   * leadership is lost (`LeadershipLostError`), when a runnable fails, or when an address cannot be taken; everything has
   * stopped by then. A manager is started once.
   */
  start(signal: AbortSignal): Promise<void>
}

export interface ManagerOptions {
  readonly client: Client
  /** Names the program in events, logs and metrics. Default `machinepool`. */
  readonly name?: string
  readonly log?: Logger
  /** Where metrics go. Default: a registry of its own. */
  readonly metrics?: Registry
  readonly clock?: Clock
  readonly namespace?: string
  readonly watchFilter?: string
  /** Absent: no election, this process always leads. `identity` defaults to host name and a random part. */
  readonly leaderElection?: Omit<LeaderElectionOptions, 'client' | 'clock' | 'log' | 'identity'> & {
    readonly identity?: string
  }
  readonly servers?: ServerOptions
  /** How long reconciles may go on after a stop, in milliseconds. Default 30 000. */
  readonly gracePeriodMs?: number
  /**
   * Controllers look again at every object of their own kind within this many milliseconds, spread out and behind what
   * happens now; it mends what was missed and drift that sends no event. Absent: only events and `requeueAfterMs` do.
   */
  readonly syncPeriodMs?: number
  /** Changes how kinds are listed and watched. */
  readonly reflector?: Partial<ReflectorTuning>
}

/** Addresses such as `:8080` or `127.0.0.1:0`; absent or `0` means no server. */
export interface ServerOptions {
  readonly metricsBindAddress?: string
  /**
   * Serve metrics over TLS, with a certificate that the process signs itself, to those who may `get` the non-resource URL
   * `/metrics` by the API server's word. Absent: plain HTTP to everybody.
   */
  readonly secureMetrics?: TlsSettings
  readonly healthProbeBindAddress?: string
}

/** Label by which instances share the work (https://cluster-api.sigs.k8s.io/reference/api/labels-and-annotations). */
const watchFilterLabel = 'cluster.x-k8s.io/watch-filter'

const defaultGraceMs = 30_000
/** After being told to stop, a reconcile has this long to do so, in milliseconds. */
const cancelledMs = 5_000
/** How long the last events may take to be written, in milliseconds. */
const lastEventsMs = 1_000

export function createManager(options: ManagerOptions): Manager {
  return new RuntimeManager(options)
}

class RuntimeManager implements Manager {
  readonly client: Client
  readonly events: EventRecorder
  readonly log: Logger
  readonly metrics: Registry
  readonly clock: Clock
  readonly namespace: string | undefined
  readonly watchFilter: string | undefined
  readonly endpoints: { metrics?: string; health?: string } = {}
  readonly cache
  readonly #options: ManagerOptions
  readonly #metrics
  readonly #probes = new Probes()
  readonly #controllers: ControllerRunner[] = []
  readonly #runnables: Runnable[] = []
  readonly #elector
  readonly #recorder
  /** Of this process among its replicas. */
  readonly #identity: string
  #started = false

  constructor(options: ManagerOptions) {
    if (options.syncPeriodMs !== undefined && !(options.syncPeriodMs > 0)) {
      throw new RangeError(`syncPeriodMs must be greater than 0, not ${options.syncPeriodMs}`)
    }
    this.#options = options
    const name = options.name ?? 'machinepool'
    this.log = options.log ?? pino({ name })
    this.clock = options.clock ?? systemClock
    this.#metrics = createRuntimeMetrics(options.metrics)
    this.metrics = this.#metrics.registry
    this.namespace = options.namespace
    this.watchFilter = options.watchFilter
    const identity = options.leaderElection?.identity ?? `${hostname()}_${randomUUID()}`
    this.#identity = identity
    if (options.leaderElection !== undefined) {
      this.#elector = createLeaderElector({
        ...options.leaderElection,
        client: options.client,
        clock: this.clock,
        log: this.log,
        identity,
      })
      this.#metrics.leader.set({ name: options.leaderElection.name }, 0)
    }
    this.client = this.#elector === undefined ? options.client : fenceClient(options.client, () => this.isLeader())
    this.cache = createCache({
      client: options.client,
      log: this.log,
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      ...(options.reflector === undefined ? {} : { tuning: options.reflector }),
    })
    this.#recorder = createEventRecorder({
      client: options.client,
      clock: this.clock,
      log: this.log,
      component: name,
      instance: identity,
    })
    this.events = this.#recorder
    this.#probes.add('healthz', 'ping', () => undefined)
    this.#probes.add('readyz', 'ping', () => undefined)
  }

  isLeader(): boolean {
    return this.#elector?.isLeader() ?? true
  }

  addController(options: ControllerOptions): Controller {
    if (this.#controllers.some(({ name }) => name === options.name)) {
      throw new RangeError(`there is a controller "${options.name}" already`)
    }
    if (this.#started) {
      throw new RangeError('controllers are added before the start')
    }
    const controller = new ControllerRunner(options, {
      cache: this.cache,
      clock: this.clock,
      log: this.log,
      metrics: this.#metrics,
      accepts: (object) => this.#accepts(object),
      random: Math.random,
      ...(this.#options.syncPeriodMs === undefined ? {} : { syncPeriodMs: this.#options.syncPeriodMs }),
    })
    this.#controllers.push(controller)
    return controller
  }

  addRunnable(runnable: Runnable): void {
    if (this.#started) {
      throw new RangeError('runnables are added before the start')
    }
    this.#runnables.push(runnable)
  }

  addHealthCheck(kind: 'healthz' | 'readyz', name: string, check: () => void | Promise<void>): void {
    this.#probes.add(kind, name, check)
  }

  async start(signal: AbortSignal): Promise<void> {
    if (this.#started) {
      throw new RangeError('a manager is started once')
    }
    this.#started = true
    const servers = await this.#listen()
    const background = new AbortController()
    // Aborted by the caller, and by the first thing that fails.
    const stop = new AbortController()
    const follow = () => stop.abort(signal.reason)
    signal.addEventListener('abort', follow, { once: true })
    if (signal.aborted) {
      follow()
    }
    const always = this.#runAll(
      this.#runnables.filter(({ needsLeaderElection }) => needsLeaderElection === false),
      stop,
    )
    const caching = this.cache.run(background.signal)
    try {
      await Promise.race([this.cache.synced(), whenAborted(stop.signal)])
      if (!stop.signal.aborted) {
        await (this.#elector === undefined
          ? this.#lead(stop)
          : this.#elector.run(stop.signal, (leading) => this.#leadUntil(leading, stop)))
      }
      await always
    } finally {
      stop.abort()
      signal.removeEventListener('abort', follow)
      await endsWithin(this.#recorder.flush(), systemClock, lastEventsMs)
      background.abort()
      await caching
      await Promise.all(servers.map((server) => server.close()))
      this.log.info('manager stopped')
    }
  }

  async #leadUntil(leading: AbortSignal, stop: AbortController): Promise<void> {
    const name = this.#options.leaderElection?.name ?? ''
    const follow = () => stop.abort(leading.reason)
    leading.addEventListener('abort', follow, { once: true })
    this.#metrics.leader.set({ name }, 1)
    this.#tellOfLease('became leader')
    try {
      await this.#lead(stop)
    } finally {
      this.#metrics.leader.set({ name }, 0)
      this.#tellOfLease('stopped leading')
      leading.removeEventListener('abort', follow)
    }
  }

  #tellOfLease(what: string): void {
    const lease = this.#elector?.lease
    if (lease !== undefined) {
      this.events.event(lease, 'Normal', 'LeaderElection', `${this.#identity} ${what}`)
    }
  }

  /** Everything that only a leader may do. Resolves when it has all ended. */
  async #lead(stop: AbortController): Promise<void> {
    const cancel = new AbortController()
    const runnables = this.#runAll(
      this.#runnables.filter(({ needsLeaderElection }) => needsLeaderElection !== false),
      stop,
    )
    const controllers = Promise.all(this.#controllers.map((controller) => controller.run(stop.signal, cancel.signal)))
    const work = Promise.allSettled([runnables, controllers])
    await whenAborted(stop.signal)
    await this.#drain(work, stop.signal, cancel)
    // The first failure, once nothing runs any more.
    await runnables
  }

  /** Lets work end by itself, then tells it to end. A leader that has lost the lease has no time to give. */
  async #drain(work: Promise<unknown>, stopped: AbortSignal, cancel: AbortController): Promise<void> {
    const { gracePeriodMs = defaultGraceMs } = this.#options
    if (this.isLeader()) {
      if (await endsWithin(work, this.clock, gracePeriodMs)) {
        return
      }
    }
    cancel.abort(stopped.reason)
    if (!(await endsWithin(work, systemClock, cancelledMs))) {
      throw new Error('reconciles did not end although they were cancelled')
    }
  }

  /** Rejects with the first failure, after all have ended. */
  async #runAll(runnables: readonly Runnable[], stop: AbortController): Promise<void> {
    let failure: unknown
    await Promise.all(
      runnables.map(async (runnable) => {
        try {
          await runnable.run(stop.signal)
        } catch (error) {
          if (!stop.signal.aborted) {
            this.log.error({ err: error, runnable: runnable.name }, 'a runnable failed')
            failure ??= error
            stop.abort(error)
          }
        }
      }),
    )
    if (failure !== undefined) {
      throw failure
    }
  }

  async #listen(): Promise<HttpEndpoint[]> {
    const { metricsBindAddress = '0', healthProbeBindAddress = '0', secureMetrics } = this.#options.servers ?? {}
    const servers: HttpEndpoint[] = []
    if (isAddress(metricsBindAddress)) {
      const server = await listen(
        metricsBindAddress,
        async ({ pathname }) =>
          pathname === '/metrics'
            ? { code: 200, type: this.metrics.contentType, body: await this.metrics.metrics() }
            : undefined,
        // Reviews are asked for by replicas that do not lead, too.
        secureMetrics && { tls: secureMetrics, access: createDiagnosticsAccess(this.#options.client, this.clock) },
      )
      this.endpoints.metrics = server.url
      servers.push(server)
    }
    if (isAddress(healthProbeBindAddress)) {
      const server = await listen(healthProbeBindAddress, this.#probes.handler)
      this.endpoints.health = server.url
      servers.push(server)
    }
    return servers
  }

  #accepts(object: KubeObject): boolean {
    return this.watchFilter === undefined || object.metadata.labels?.[watchFilterLabel] === this.watchFilter
  }
}

/** Whether `work` settles within `ms`. Leaves no timer behind, which would keep the process alive. */
async function endsWithin(work: Promise<unknown>, clock: Clock, ms: number): Promise<boolean> {
  const over = new AbortController()
  try {
    return await Promise.race([work.then(() => true), sleep(clock, ms, over.signal).then(() => false)])
  } finally {
    over.abort()
  }
}

/** `0` is upstream's way to say that there is no server. */
function isAddress(address: string): boolean {
  return address !== '0' && address !== ''
}
