import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'

import {
  createBackoff,
  createClient,
  isNotFound,
  isUnauthorized,
  loadKubeconfig,
  nodes,
  secrets,
  withDeadline,
  type Client,
  type ClusterConfig,
  type Clock,
  type KubeObject,
  type ObjectKey,
  type ReflectorTuning,
  type RequestObservation,
  type Resource,
  type Secret,
} from '@machinepool/kube'
import type { Logger } from 'pino'

import { whenAborted } from './aborted.ts'
import { createCache, type Informer } from './cache.ts'
import { createNodeSlimmer, isHeartbeat, type SlimNode } from './slim-node.ts'
import type { WorkloadCluster } from './workload-clusters.ts'

/** How connections are kept; all times in milliseconds. The defaults are those of Cluster API's cluster cache. */
export interface ConnectionTuning {
  readonly probeIntervalMs: number
  readonly probeTimeoutMs: number
  /** Failed probes in a row after which a cluster counts as disconnected. */
  readonly probeFailures: number
  /** The Nodes must be listed within this time. */
  readonly syncTimeoutMs: number
  /** Longest time between two attempts to connect. */
  readonly retryMs: number
  /** A cluster that is not connected and that nobody asked for in this time is forgotten. */
  readonly forgetMs: number
}

export const defaultConnectionTuning: ConnectionTuning = {
  probeIntervalMs: 10_000,
  probeTimeoutMs: 5_000,
  probeFailures: 5,
  syncTimeoutMs: 300_000,
  retryMs: 30_000,
  forgetMs: 600_000,
}

export interface ConnectionOptions {
  readonly key: ObjectKey
  /** Reads the kubeconfig Secret. */
  readonly management: Client
  /** Wraps the workload cluster's client, such as with a fence. */
  readonly wrap: (client: Client) => Client
  readonly clock: Clock
  readonly log: Logger
  readonly allowLocalReferences: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly tuning: ConnectionTuning
  /** Told about every answer of the cluster, for metrics. */
  readonly onRequest: (observation: RequestObservation) => void
  readonly reflector: Partial<ReflectorTuning>
  /** Called after each connect and disconnect. */
  readonly onChange: () => void
}

/** Resource of Nodes as they are kept. */
const slimNodes = nodes as Resource<KubeObject> as Resource<SlimNode>

/** Name of the Secret with a cluster's kubeconfig (https://cluster-api.sigs.k8s.io/developer/providers/contracts/control-plane). */
function kubeconfigSecretName(cluster: string): string {
  return `${cluster}-kubeconfig`
}

/** Tells contents apart without keeping them. */
export function digestOf(secret: Secret): string {
  return createHash('sha256')
    .update(secret.data?.['value'] ?? '')
    .digest('hex')
}

interface Kubeconfig {
  readonly digest: string
  readonly config: ClusterConfig
}

/** Why a connection ended. `moved`: the Secret names another server, to be connected at once. */
type ConnectionEnd = 'unreachable' | 'moved'

/** There is no kubeconfig for the cluster: it is not made yet, or it was deleted. */
class NoKubeconfigError extends Error {
  override readonly name = 'NoKubeconfigError'
}

/** Keeps one workload cluster connected. */
export class ClusterConnection {
  readonly #options: ConnectionOptions
  #cluster: WorkloadCluster | undefined
  #problem: string | undefined = 'connecting'
  #digest: string | undefined
  #askedAt: number
  /** Ends the present wait. */
  #wake = new AbortController()

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#askedAt = options.clock.now()
  }

  get cluster(): WorkloadCluster | undefined {
    return this.#cluster
  }

  get problem(): string | undefined {
    return this.#problem
  }

  asked(): void {
    this.#askedAt = this.#options.clock.now()
  }

  /** The Secret was seen with this content; `undefined` when it was deleted. */
  secretChanged(digest: string | undefined): void {
    if (digest !== this.#digest) {
      this.#wake.abort()
    }
  }

  /** Connects again and again until `signal` aborts or nobody wants this cluster any more. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, tuning } = this.#options
    const backoff = createBackoff({ initialMs: Math.min(1_000, tuning.retryMs), maximumMs: tuning.retryMs })
    while (!signal.aborted && (this.#cluster !== undefined || clock.now() - this.#askedAt < tuning.forgetMs)) {
      this.#wake = new AbortController()
      let again = false
      try {
        again = (await this.#connect(signal, () => backoff.reset())) === 'moved'
      } catch (error) {
        if (!signal.aborted) {
          this.#problem = (error as Error).message
          log.warn({ err: error, cluster: this.#options.key }, 'cannot connect to the workload cluster')
        }
      }
      if (!again) {
        await this.#pause(backoff.next(), signal)
      }
    }
  }

  async #connect(signal: AbortSignal, onConnected: () => void): Promise<ConnectionEnd> {
    const { key, log, onRequest, reflector, wrap } = this.#options
    const kubeconfig = await this.#readKubeconfig(signal)
    this.#digest = kubeconfig.digest
    const credentials = new SwappableCredentials(kubeconfig.config)
    const client = createClient(
      { ...kubeconfig.config, credentials },
      { timeoutMs: 10_000, userAgent: 'machinepool', onRequest },
    )
    const connected = new AbortController()
    const stop = () => connected.abort()
    signal.addEventListener('abort', stop, { once: true })
    const cache = createCache({ client, log, tuning: reflector })
    const informer = cache.informer(slimNodes, { transform: createNodeSlimmer(), unchanged: isHeartbeat })
    informer.addIndex('providerID', byProviderID)
    let caching: Promise<void> | undefined
    try {
      await this.#probe(client, signal)
      caching = cache.run(connected.signal)
      await this.#synced(informer, connected.signal)
      this.#cluster = {
        key,
        client: wrap(client),
        nodes: informer,
        informer: <T extends KubeObject>(resource: Resource<T>, options?: { transform?: (object: T) => T }) =>
          cache.informer(resource, options),
      }
      this.#problem = undefined
      onConnected()
      log.info(
        { cluster: key, server: kubeconfig.config.server, nodes: informer.store.size },
        'workload cluster connected',
      )
      this.#options.onChange()
      return await this.#watchOver(client, kubeconfig.config, credentials, signal)
    } finally {
      signal.removeEventListener('abort', stop)
      const wasConnected = this.#cluster !== undefined
      this.#cluster = undefined
      this.#problem ??= 'the connection was lost'
      connected.abort()
      await caching
      // An orderly stop leaves requests of reconciles that still end alone; idle sockets do not keep the process.
      if (!signal.aborted) {
        await client.close()
        if (wasConnected) {
          log.warn({ cluster: key, problem: this.#problem }, 'workload cluster disconnected')
          this.#options.onChange()
        }
      }
    }
  }

  /** Probes until the cluster must be connected anew. */
  async #watchOver(
    client: Client,
    config: ClusterConfig,
    credentials: SwappableCredentials,
    signal: AbortSignal,
  ): Promise<ConnectionEnd> {
    const { tuning } = this.#options
    let failures = 0
    for (;;) {
      const woken = await this.#pause(tuning.probeIntervalMs, signal)
      if (signal.aborted) {
        return 'unreachable'
      }
      try {
        if (woken && (await this.#renewCredentials(config, credentials, signal)) === 'moved') {
          this.#problem = 'the kubeconfig Secret names another server'
          return 'moved'
        }
        await this.#probe(client, signal)
        failures = 0
      } catch (error) {
        if (error instanceof NoKubeconfigError) {
          // Whoever may use the cluster says so by the Secret; a deleted Cluster takes it along.
          this.#problem = error.message
          return 'unreachable'
        }
        failures++
        // The Secret may hold a new credential although its event is not here yet.
        const renewal = isUnauthorized(error)
          ? await this.#renewCredentials(config, credentials, signal).catch(() => 'same' as const)
          : 'swapped'
        if (renewal !== 'swapped' || failures >= tuning.probeFailures) {
          this.#problem = (error as Error).message
          return renewal === 'moved' ? 'moved' : 'unreachable'
        }
      }
    }
  }

  /** Goes on with the credentials that the Secret holds now, unless it leads to another server. */
  async #renewCredentials(
    config: ClusterConfig,
    credentials: SwappableCredentials,
    signal: AbortSignal,
  ): Promise<'same' | 'swapped' | 'moved'> {
    const { digest, config: next } = await this.#readKubeconfig(signal)
    if (digest === this.#digest) {
      return 'same'
    }
    const { credentials: _old, ...place } = config
    const { credentials: source, ...nextPlace } = next
    if (!isDeepStrictEqual(place, nextPlace)) {
      return 'moved'
    }
    this.#digest = digest
    credentials.swap(source)
    this.#options.log.info({ cluster: this.#options.key }, 'workload cluster has new credentials')
    return 'swapped'
  }

  async #readKubeconfig(signal: AbortSignal): Promise<Kubeconfig> {
    const { allowLocalReferences, environment, key, management } = this.#options
    const name = kubeconfigSecretName(key.name)
    const place = key.namespace === undefined ? name : `${key.namespace}/${name}`
    let secret: Secret
    try {
      secret = await management.get(secrets, { ...key, name }, { signal })
    } catch (error) {
      throw isNotFound(error) ? new NoKubeconfigError(`Secret ${place} does not exist yet`, { cause: error }) : error
    }
    const value = secret.data?.['value']
    if (value === undefined) {
      throw new Error(`Secret ${place} has no key "value"`)
    }
    const text = Buffer.from(value, 'base64').toString('utf8')
    try {
      return { digest: digestOf(secret), config: await loadKubeconfig({ text, allowLocalReferences, environment }) }
    } catch (error) {
      this.#digest = digestOf(secret)
      throw new Error(`Secret ${place}: ${(error as Error).message}`, { cause: error })
    }
  }

  async #probe(client: Client, signal: AbortSignal): Promise<void> {
    const deadline = withDeadline(this.#options.tuning.probeTimeoutMs, signal)
    try {
      await client.request('GET', '/version', undefined, { signal: deadline.signal })
    } finally {
      deadline.clear()
    }
  }

  async #synced(informer: Informer<SlimNode>, signal: AbortSignal): Promise<void> {
    const { clock, tuning } = this.#options
    this.#problem = 'connected; its Nodes are being listed'
    const wait = withDeadline(tuning.syncTimeoutMs, signal, clock)
    await Promise.race([informer.synced, whenAborted(wait.signal)])
    wait.clear()
    if (!informer.hasSynced) {
      throw new Error('its Nodes could not be listed in time')
    }
  }

  /** Waits; true when the Secret changed meanwhile. */
  async #pause(ms: number, signal: AbortSignal): Promise<boolean> {
    const wake = this.#wake
    const wait = withDeadline(ms, signal, this.#options.clock)
    await whenAborted(wait.signal, wake.signal)
    wait.clear()
    if (!wake.signal.aborted) {
      return false
    }
    this.#wake = new AbortController()
    return true
  }
}

function byProviderID(node: SlimNode): readonly string[] {
  return node.spec.providerID === undefined || node.spec.providerID === '' ? [] : [node.spec.providerID]
}

/** Credentials that can be replaced while requests go on. */
class SwappableCredentials {
  #source: ClusterConfig['credentials']

  constructor({ credentials }: ClusterConfig) {
    this.#source = credentials
  }

  swap(source: ClusterConfig['credentials']): void {
    this.#source = source
  }

  current(signal?: AbortSignal) {
    return this.#source.current(signal)
  }

  invalidate(): boolean {
    return this.#source.invalidate()
  }
}
