import type { JsonObject } from './json.ts'
import type { Operation } from './operations.ts'
import type { Sensitive } from './sensitive.ts'

/** Names a pool. Two pools never share a key; pools of one name in two namespaces are different pools (R5). */
export interface PoolKey {
  readonly namespace: string
  readonly name: string
}

/**
 * Where a pool lives in its cloud and on whose behalf it is managed. Portable JSON: the engine records it before the
 * first write, so that deletion works when the objects it was derived from are gone (R1, R4).
 */
export interface Location {
  /** AWS region, GCP region, Azure location. */
  readonly region: string
  /** AWS account id, GCP project, Azure subscription; absent when the credentials imply it. */
  readonly account?: string
  /** `Kind/name` of the identity to act as; absent means the process's own credentials. */
  readonly identity?: string
  /** Anything else the cloud needs to find the pool again, such as a resource group. */
  readonly scope?: Readonly<Record<string, string>>
}

/** The cluster that a pool belongs to, as far as a provider needs it. */
export interface ClusterRef {
  readonly namespace: string
  readonly name: string
  /** The infrastructure cluster object (for example an AWSCluster) as plain data; absent when there is none any more. */
  readonly infrastructure?: JsonObject
  /** The control plane object as plain data, for clouds whose managed control plane carries the network. */
  readonly controlPlane?: JsonObject
}

/** One pool, as its owner described it. Plain data, safe to log. */
export interface PoolRef<Spec = JsonObject> {
  readonly key: PoolKey
  readonly cluster: ClusterRef
  /**
   * Identifies the installation that owns the pool. It goes into the mark on the group (with namespace, cluster and
   * pool name) and is stable across `clusterctl move` (R2).
   */
  readonly managementId: string
  /** The infrastructure object's spec. */
  readonly spec: Spec
  /** The infrastructure object's labels and annotations that the provider declared in its kind. */
  readonly annotations: Readonly<Record<string, string>>
  /** Number of instances wanted by the user; `undefined` before it is known. */
  readonly replicas: number | undefined
  /** Kubernetes version wanted, with its leading `v`. */
  readonly version?: string
  /** Failure domains wanted by the user. */
  readonly failureDomains: readonly string[]
  /** What was written down before the first cloud write. */
  readonly recorded: {
    /** Exact identifier of the group that this pool drives. A group with this identifier is ours (R2). */
    readonly providerID?: string
    readonly location?: Location
  }
  /** The owner allowed a group that carries only upstream's marks to be taken over (R2). */
  readonly adopt: boolean
  /** Somebody else sets the size (annotation `replicas-managed-by`, R7). */
  readonly externallyScaled: boolean
  /** Writes that were started and not yet seen to end. `observe` reports on each of them. */
  readonly operations: readonly Operation[]
}

/** User data for new instances. */
export interface BootstrapData {
  /** `namespace/name` of the Secret that holds it. Its *name* is part of the revision, its content is not (R14). */
  readonly secretName: string
  readonly format: 'cloud-config' | 'ignition'
  readonly data: Sensitive
  /** SHA-256 of the data, hex: lets a provider see that only the content changed without keeping the content. */
  readonly contentHash: string
  /** Set only when the bootstrap provider published a token-free revision *and* the pool opted in (R14). */
  readonly revision?: string
}
