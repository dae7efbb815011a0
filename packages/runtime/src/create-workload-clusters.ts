import { secrets, storeKey, type Clock, type ObjectKey, type ReflectorTuning, type Secret } from '@machinepool/kube'

import { createCache } from './cache.ts'
import { ClusterConnection, defaultConnectionTuning, digestOf, type ConnectionTuning } from './cluster-connection.ts'
import { fenceClient } from './fenced-client.ts'
import type { Manager } from './manager.ts'
import { createRequestCounter } from './metrics.ts'
import type { WorkloadClusters } from './workload-clusters.ts'

export interface WorkloadClustersOptions {
  /** Reads the Secrets through its client, runs the connections, and says whether writes are allowed. */
  readonly manager: Manager
  /** Default: the manager's. */
  readonly clock?: Clock
  /**
   * Whether a kubeconfig Secret may name files and credential plugins of this machine. Default false: whoever may write
   * such a Secret would otherwise run commands here.
   */
  readonly allowLocalReferences?: boolean
  /** Variables for credential plugins. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly tuning?: Partial<ConnectionTuning>
  /** Changes how kinds of workload clusters are listed and watched. */
  readonly reflector?: Partial<ReflectorTuning>
}

/** Secrets that belong to a Cluster carry it; only those are watched for rotation. */
const clusterNameLabel = 'cluster.x-k8s.io/cluster-name'
const secretSuffix = '-kubeconfig'

/**
 * The connections to all workload clusters of a manager. Call it before the manager is started: it adds a runnable, and
 * nothing is connected before that runs.
 */
export function createWorkloadClusters(options: WorkloadClustersOptions): WorkloadClusters {
  const { manager } = options
  const clock = options.clock ?? manager.clock
  const log = manager.log.child({ component: 'workload-clusters' })
  const onRequest = createRequestCounter(manager.metrics)
  const connections = new Map<string, ClusterConnection>()
  const handlers = new Set<(cluster: ObjectKey) => void>()
  let running: { readonly signal: AbortSignal; readonly work: Set<Promise<void>> } | undefined

  function notify(key: ObjectKey): void {
    for (const handler of handlers) {
      try {
        handler(key)
      } catch (error) {
        log.error({ err: error, cluster: key }, 'a handler of connection changes failed')
      }
    }
  }

  function connection(key: ObjectKey): ClusterConnection {
    const name = storeKey(key)
    const known = connections.get(name)
    if (known !== undefined) {
      return known
    }
    const created = new ClusterConnection({
      key,
      management: manager.client,
      wrap: (client) => fenceClient(client, () => manager.isLeader()),
      clock,
      log,
      allowLocalReferences: options.allowLocalReferences ?? false,
      environment: options.environment ?? {},
      tuning: { ...defaultConnectionTuning, ...options.tuning },
      reflector: options.reflector ?? {},
      onRequest,
      onChange: () => notify(key),
    })
    connections.set(name, created)
    start(name, created)
    return created
  }

  function start(name: string, connecting: ClusterConnection): void {
    if (running === undefined) {
      return
    }
    const { signal, work } = running
    const kept = connecting.run(signal).finally(() => {
      // Forgotten because nobody asked any more; the next question begins anew.
      connections.delete(name)
      work.delete(kept)
    })
    work.add(kept)
  }

  async function run(signal: AbortSignal): Promise<void> {
    const work = new Set<Promise<void>>()
    running = { signal, work }
    const cache = createCache({
      client: manager.client,
      log,
      ...(manager.namespace === undefined ? {} : { namespace: manager.namespace }),
    })
    const informer = cache.informer(secrets, { labelSelector: clusterNameLabel, transform: keepDigest })
    informer.onEvent(({ type, object }) => {
      const name = object.metadata.name ?? ''
      if (name.endsWith(secretSuffix)) {
        const cluster = storeKey({ ...object.metadata, name: name.slice(0, -secretSuffix.length) })
        connections.get(cluster)?.secretChanged(type === 'deleted' ? undefined : (object.data?.['digest'] ?? ''))
      }
    })
    for (const [name, connecting] of connections) {
      start(name, connecting)
    }
    await cache.run(signal)
    await Promise.all(work)
    running = undefined
  }

  manager.addRunnable({ name: 'workload-clusters', run })

  return {
    get(key) {
      const asked = connection(key)
      asked.asked()
      return asked.cluster
    },
    problem: (key) =>
      connections.get(storeKey(key))?.problem ?? (connections.has(storeKey(key)) ? undefined : 'connecting'),
    onChange(handler) {
      handlers.add(handler)
      return () => handlers.delete(handler)
    },
  }
}

/** Contents of Secrets do not stay in memory; what tells a new content from the old one does. */
function keepDigest(secret: Secret): Secret {
  const { name = '', namespace, uid, resourceVersion } = secret.metadata
  return {
    apiVersion: secret.apiVersion,
    kind: secret.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    data: name.endsWith(secretSuffix) ? { digest: digestOf(secret) } : {},
  }
}
