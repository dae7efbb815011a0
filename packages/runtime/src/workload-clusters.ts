import type { Client, KubeObject, ObjectKey, Resource } from '@machinepool/kube'

import type { Informer } from './cache.ts'
import type { SlimNode } from './slim-node.ts'

export type { SlimNode } from './slim-node.ts'

/** A connected workload cluster. */
export interface WorkloadCluster {
  readonly key: ObjectKey
  readonly client: Client
  /** Slim Nodes with the indexes `providerID` and (by key) name; heartbeat-only updates never reach its handlers (R26). */
  readonly nodes: Informer<SlimNode>
  /** A slim cache of another kind in this cluster, shared. */
  informer<T extends KubeObject>(resource: Resource<T>, options?: { transform?: (object: T) => T }): Informer<T>
}

/**
 * One connection per Cluster, made from the Secret `<cluster>-kubeconfig`, key `value`: probed, backed off, re-made when
 * the Secret changes, given up when it is deleted. An unreachable cluster costs the others nothing (R27).
 */
export interface WorkloadClusters {
  /** The connected cluster, its Nodes listed, or `undefined` while there is no connection; never waits. Asking starts connecting. */
  get(cluster: ObjectKey): WorkloadCluster | undefined
  /** Why there is no connection, for a condition; `undefined` when connected. */
  problem(cluster: ObjectKey): string | undefined
  /** Called after each connect and disconnect. */
  onChange(handler: (cluster: ObjectKey) => void): () => void
}
