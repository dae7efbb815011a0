import type { Client, ObjectKey, Resource, KubeObject } from '@machinepool/kube'

import type { Informer } from './cache.ts'

/** A Node as far as machine pools need it: about 600 bytes of the ten thousand on the wire. */
export interface SlimNode extends KubeObject {
  spec: {
    providerID?: string
    unschedulable?: boolean
    taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[]
  }
  status: {
    conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime?: string }[]
    nodeInfo?: { readonly kubeletVersion?: string }
    addresses?: readonly { readonly type: string; readonly address: string }[]
  }
}

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
 * the Secret changes. An unreachable cluster costs the others nothing (R27).
 */
export interface WorkloadClusters {
  /** The connected cluster, or `undefined` while there is no connection; never waits. Asking starts connecting. */
  get(cluster: ObjectKey): WorkloadCluster | undefined
  /** Why there is no connection, for a condition; `undefined` when connected. */
  problem(cluster: ObjectKey): string | undefined
  /** Called after each connect and disconnect. */
  onChange(handler: (cluster: ObjectKey) => void): () => void
}
