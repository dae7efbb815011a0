import type {
  BootstrapData,
  Capabilities,
  EpochMillis,
  FieldChange,
  JsonObject,
  Observation,
  PoolPolicy,
  PoolRef,
  Resolved,
} from '@machinepool/contract'

import type { DrainProgress } from '../../drain/progress.ts'
import type { Ledger } from '../ledger.ts'

/** A Node as far as decisions need it. */
export interface NodeState {
  readonly name: string
  readonly ready: boolean
  /** When the Node became ready; absent when it is not, or nobody wrote it down. */
  readonly readySince?: EpochMillis
  /** The control plane has lost contact with its kubelet. */
  readonly unreachable: boolean
  /** Somebody asked for this one to go first (`cluster.x-k8s.io/delete-machine` on the Node). */
  readonly deleteFirst: boolean
  /** Of the life for whose removal it was cordoned by us. */
  readonly cordonedFor?: string
}

/** An instance as a machine, where the pool publishes machines. */
export interface MachineState {
  /** Of its Machine. */
  readonly name: string
  /** A Machine controller looks after it and drains when it is deleted. Without one the engine drains (R10). */
  readonly managed: boolean
  /** The Machine is being deleted. */
  readonly deleting: boolean
  /** Somebody wants the instance gone: its Machine or its machine object is being deleted. */
  readonly leaving: boolean
  /** The Machine controller is through with the Node and waits for the instance to go. */
  readonly drained: boolean
  /** Annotation `cluster.x-k8s.io/delete-machine`. */
  readonly deleteFirst: boolean
}

/** Something that must be there before the first write and is not; becomes a condition. */
export interface Waiting {
  readonly reason: string
  readonly message: string
}

/** What new instances boot with. */
export type BootstrapState =
  | { readonly status: 'ready'; readonly data: BootstrapData }
  /** The pool was told that it needs none. */
  | { readonly status: 'none' }
  | ({ readonly status: 'waiting' } & Waiting)

/** What people said by annotation about rollouts. */
export interface RolloutControls {
  readonly paused: boolean
  readonly approvalRequired: boolean
  readonly approvedRevision?: string
  /** Text of the maintenance windows, unparsed. */
  readonly window?: string
  readonly progressDeadlineMs: number
  /** `true` or one revision. */
  readonly approveTakeOver?: string
}

/** Durations, in milliseconds. `undefined`: the user set no bound. */
export interface Timing {
  readonly minReadyMs: number
  readonly nodeDrainTimeoutMs: number | undefined
  readonly volumeDetachTimeoutMs: number | undefined
}

/**
 * `active`; `deleting`: the pool goes, its cluster stays; `clusterDeleting`: the cluster goes or is gone, so nobody needs
 * the pods (R10).
 */
export type Lifecycle = 'active' | 'deleting' | 'clusterDeleting'

/** Everything that a decision is made from. Plain data; the same situation always leads to the same decision. */
export interface Situation<Spec = JsonObject> {
  readonly now: EpochMillis
  readonly lifecycle: Lifecycle
  readonly paused: boolean
  readonly pool: PoolRef<Spec>
  readonly capabilities: Capabilities
  readonly policy: PoolPolicy
  readonly observed: Observation
  readonly resolved: Resolved
  readonly bootstrap: BootstrapState
  /** The provider's revision of the wish; `undefined` when its inputs are not known. */
  readonly revision: string | undefined
  /** The provider's comparison of live template and wish, as `drift` gave it. */
  readonly drift: readonly FieldChange[]
  /** Kubernetes version of the control plane, with its `v`; `undefined` when nobody tells. */
  readonly controlPlaneVersion: string | undefined
  /** Cluster infrastructure and the like; keeps a group from being created, never an existing one from being looked after. */
  readonly prerequisite: Waiting | undefined
  /** Nodes of the workload cluster by providerID; `undefined` while it is not connected. */
  readonly nodes: ReadonlyMap<string, NodeState> | undefined
  /** Machines by providerID; `undefined` when the pool publishes none. */
  readonly machines: ReadonlyMap<string, MachineState> | undefined
  readonly controls: RolloutControls
  readonly timing: Timing
  /** Keep terminations waiting for us where the cloud can (R12). */
  readonly holdTerminations: boolean
  readonly ledger: Ledger
  /** How the drains of this very pass stand, by incarnation. */
  readonly drains: ReadonlyMap<string, DrainProgress>
}
