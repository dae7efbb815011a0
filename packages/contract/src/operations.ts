import type { ActionType } from './actions.ts'
import type { EpochMillis } from './io.ts'
import type { JsonObject } from './json.ts'
import type { InstanceKey } from './instance.ts'
import type { ErrorCode } from './errors.ts'

/**
 * A write that the cloud finishes later. Portable JSON, kept by the engine with the pool, so that a restarted process
 * goes on with the same operation (R16).
 */
export interface Operation {
  /** Unique within the pool. */
  readonly id: string
  readonly action: ActionType
  /** Stable over retries of the same action: the cloud recognises a repeated request by it. */
  readonly idempotencyKey: string
  readonly startedAt: EpochMillis
  /** Instances that the operation removes or replaces; an unfinished removal counts as gone. */
  readonly instances: readonly InstanceKey[]
  /** The provider's own handle, such as the name of a long-running operation. Never a secret. */
  readonly handle: JsonObject
}

/** How an operation stands, as seen by `observe`. */
export type OperationState =
  | { readonly id: string; readonly status: 'running'; readonly percent?: number }
  | { readonly id: string; readonly status: 'done' }
  | { readonly id: string; readonly status: 'failed'; readonly code: ErrorCode; readonly message: string }
