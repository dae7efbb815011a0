import type { JsonObject, JsonValue } from './json.ts'
import type { InstanceKey } from './instance.ts'
import type { Sensitive } from './sensitive.ts'

/** One difference between what is and what should be. Shown by `machinepool plan`; never holds a secret. */
export interface FieldChange {
  /** Path in the user's own words: the spec's field where there is one. */
  readonly field: string
  readonly from?: JsonValue
  readonly to?: JsonValue
}

interface ActionBase {
  /** Why, in one line for a person. */
  readonly reason: string
  /** The differences that caused it; empty where the action has no fields. */
  readonly changes: readonly FieldChange[]
  /** Stable over retries of the same decision; providers pass it on where the cloud takes a client token. */
  readonly idempotencyKey: string
  /** Cloud-shaped request data, opaque to the engine. Printed by `plan -o json`, so never a secret. */
  readonly parameters: JsonObject
}

/** Makes a new template (or template version) that later instances are made from. */
export interface CreateTemplate extends ActionBase {
  readonly type: 'CreateTemplate'
  readonly revision: string
  readonly bootstrap: Sensitive | undefined
}

/** Says that an existing, equal template stands for `revision`, so that taking over replaces nothing (R29). */
export interface StampTemplate extends ActionBase {
  readonly type: 'StampTemplate'
  readonly template: string
  readonly revision: string
}

/** Deletes a template that nothing uses any more. */
export interface DeleteTemplate extends ActionBase {
  readonly type: 'DeleteTemplate'
  readonly template: string
}

export interface CreateGroup extends ActionBase {
  readonly type: 'CreateGroup'
  readonly size: number
}

/** Changes the group's own settings; never its size. */
export interface UpdateGroup extends ActionBase {
  readonly type: 'UpdateGroup'
}

/** Sets the group's desired size. Never below the number of live instances: those leave only by `RemoveInstances`. */
export interface Resize extends ActionBase {
  readonly type: 'Resize'
  readonly from: number
  readonly to: number
}

/** Removes exactly these incarnations. Answers `Conflict` when one of them is another by now (R10). */
export interface RemoveInstances extends ActionBase {
  readonly type: 'RemoveInstances'
  readonly instances: readonly InstanceKey[]
  /** True: the group replaces them. False: the group's desired size goes down with them. */
  readonly keepSize: boolean
}

/** Lets a held termination go on (R12). */
export interface ReleaseInstance extends ActionBase {
  readonly type: 'ReleaseInstance'
  readonly instance: InstanceKey
}

/** Asks the cloud to wait longer for a held termination. */
export interface ExtendHold extends ActionBase {
  readonly type: 'ExtendHold'
  readonly instance: InstanceKey
}

/** Sets up (or takes away) our hold on terminations. */
export interface SetHold extends ActionBase {
  readonly type: 'SetHold'
  readonly enabled: boolean
}

/** Has the cloud roll the group to its current template. */
export interface StartRollout extends ActionBase {
  readonly type: 'StartRollout'
  readonly revision: string
}

export interface CancelRollout extends ActionBase {
  readonly type: 'CancelRollout'
  readonly rollout: string
}

/** Sets and removes name tags or labels on resources of the pool, ours only. */
export interface Tag extends ActionBase {
  readonly type: 'Tag'
  readonly resource: string
  readonly set: Readonly<Record<string, string>>
  readonly remove: readonly string[]
}

/** Deletes the group and every instance left in it. */
export interface DeleteGroup extends ActionBase {
  readonly type: 'DeleteGroup'
}

/**
 * Makes something else that the pool needs, or brings it up to date: a role for its machines, a grant, an object in a bucket, a
 * health check. Idempotent by `kind` and `id`. Whatever is made carries our mark, is listed in `Observation.leftovers`, and goes
 * by `DeleteLeftover`, so that a deletion finds it (R4).
 */
export interface PutResource extends ActionBase {
  readonly type: 'PutResource'
  /** In the cloud's words, CamelCase: `Role`, `RoleAssignment`, `BootstrapObject`. */
  readonly kind: string
  readonly id: string
  /** Content that may be a secret, such as bootstrap data that is too long for a template. */
  readonly content: Sensitive | undefined
}

/** Deletes something else of the pool that `PutResource` made, or that a write of the cloud's own left behind. */
export interface DeleteLeftover extends ActionBase {
  readonly type: 'DeleteLeftover'
  readonly kind: string
  readonly id: string
}

/**
 * One idempotent write. Data only: printed, logged, counted and compared with golden files before it is executed.
 * The union is closed; a provider that needs another write proposes it here, where all providers and the engine see it.
 */
export type Action =
  | CreateTemplate
  | StampTemplate
  | DeleteTemplate
  | CreateGroup
  | UpdateGroup
  | Resize
  | RemoveInstances
  | ReleaseInstance
  | ExtendHold
  | SetHold
  | StartRollout
  | CancelRollout
  | Tag
  | PutResource
  | DeleteGroup
  | DeleteLeftover
export type ActionType = Action['type']
