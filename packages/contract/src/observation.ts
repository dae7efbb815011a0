import type { ErrorCode } from './errors.ts'
import type { Instance } from './instance.ts'
import type { EpochMillis } from './io.ts'
import type { JsonObject } from './json.ts'
import type { OperationState } from './operations.ts'

/** A launch template version, instance template or model: what new instances are made from. */
export interface Template {
  readonly id: string
  readonly revision?: string
  /** New instances are made from it. At most one template of a pool is current. */
  readonly current: boolean
  readonly createdAt?: EpochMillis
  /** SHA-256 of the user data in it, when the provider can tell. */
  readonly bootstrapHash?: string
}

/** A rollout that the cloud itself runs, such as an instance refresh. */
export interface CloudRollout {
  readonly id: string
  readonly state: 'Pending' | 'InProgress' | 'Cancelling' | 'RollingBack' | 'Successful' | 'Failed' | 'Cancelled'
  readonly percent?: number
  /** Revision it rolls to, when known. */
  readonly revision?: string
  readonly message?: string
  readonly startedAt?: EpochMillis
}

/** Something the cloud reports about the group that a person should know. It clears when the cloud stops reporting it. */
export interface Problem {
  readonly code: ErrorCode
  /** The condition's reason: CamelCase, names the cloud's own cause, such as `InsufficientInstanceCapacity`. */
  readonly reason: string
  readonly message: string
  readonly zone?: string
  readonly since?: EpochMillis
}

/** Somebody's name tag on the group (R2). */
export type Ownership =
  /** Carries our own mark for exactly this pool, or is the recorded `providerID`. */
  | 'ours'
  /** Carries upstream's marks for exactly this pool and the pool allows adoption. */
  | 'adoptable'
  /** Carries somebody else's mark, or upstream's without permission to adopt. Never touched. */
  | 'foreign'
  /** Carries no mark. Never touched. */
  | 'unmarked'

/**
 * What the cloud holds for one pool, at one moment.
 *
 * `Group` is the provider's own typed view of the group, for its `plan` and `report`; the engine never looks inside.
 */
export interface Observation<Group = unknown> {
  /** The group exists and is not already on its way out. */
  readonly exists: boolean
  /** The group exists and the cloud is deleting it. */
  readonly deleting: boolean
  /** Meaningful when the group exists. */
  readonly owner: Ownership
  /** Exact identifier of the group; becomes the infrastructure object's `spec.providerID`. */
  readonly providerID?: string
  /** The group's name in the cloud. */
  readonly groupName?: string
  readonly size?: { readonly desired: number; readonly min: number; readonly max: number }
  /** Who sets the size, as far as the cloud shows (R7). */
  readonly sizeOwner: 'us' | 'cloudAutoscaler' | 'unknown'
  readonly instances: readonly Instance[]
  /**
   * False when any page or part of the listing failed. Then nothing may leave any list (R3) and no victim is chosen.
   */
  readonly complete: boolean
  readonly templates: readonly Template[]
  readonly rollout?: CloudRollout
  /** Our termination hold is set on the group (R12). */
  readonly holdSet: boolean
  /** One entry for each operation in `PoolRef.operations`. */
  readonly operations: readonly OperationState[]
  readonly problems: readonly Problem[]
  /**
   * Everything else of this pool that exists in the cloud, also what `PutResource` made and the group still needs; deletion is
   * over when nothing exists and this is empty (R4).
   */
  readonly leftovers: readonly { readonly kind: string; readonly id: string }[]
  /** When the cloud was asked (the oldest part decides). */
  readonly observedAt: EpochMillis
  readonly group?: Group
}

/** What `resolve` found out: the answers to the spec's open questions, as plain data. */
export interface Resolved {
  /** Provider-shaped: image id, subnet ids, security group ids, ... Part of the revision as far as the provider says so. */
  readonly inputs: JsonObject
  /** Things that keep the pool from going on, such as an image that does not exist; reported as conditions. */
  readonly problems: readonly Problem[]
  /** Things that a person should know and that keep nothing from going on, such as a newer image. */
  readonly notices?: readonly Notice[]
}

/** Said in condition `Notice` until it is no longer so. */
export interface Notice {
  /** CamelCase. */
  readonly reason: string
  readonly message: string
}
