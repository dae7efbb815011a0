import { ProviderError, type Action, type ActionResult, type Clock, type InstanceKey } from '@machinepool/contract'
import type { JsonObject, Operation, OperationState } from '@machinepool/contract'

/** The answer to a write that the cloud finishes later. The operation is found again by the action's own key. */
export function startedOperation(
  action: Action,
  details: { readonly clock: Clock; readonly handle: JsonObject; readonly instances?: readonly InstanceKey[] },
): Extract<ActionResult, { status: 'started' }> {
  return {
    status: 'started',
    operation: {
      id: action.idempotencyKey,
      action: action.type,
      idempotencyKey: action.idempotencyKey,
      startedAt: details.clock.now(),
      instances: details.instances ?? (action.type === 'RemoveInstances' ? action.instances : []),
      handle: details.handle,
    },
  }
}

/** What a poll found out. A failed operation is an answer, not an exception. */
export type Poll =
  | { readonly done: false; readonly percent?: number }
  | { readonly done: true; readonly error?: ProviderError }

export interface PollOptions {
  /** A cloud keeps finished operations for some time only: what does it mean that it knows this one no longer? */
  readonly whenForgotten: 'done' | 'failed'
}

/**
 * Asks for each running operation once (R16). An operation that could not be asked for is still running.
 * @throws `Unauthenticated` and `PermissionDenied`, which no later poll mends by itself
 */
export async function pollOperations(
  operations: readonly Operation[],
  poll: (operation: Operation) => Promise<Poll>,
  options: PollOptions,
): Promise<readonly OperationState[]> {
  return Promise.all(operations.map((operation) => stateOf(operation, poll, options)))
}

async function stateOf(
  operation: Operation,
  poll: (operation: Operation) => Promise<Poll>,
  options: PollOptions,
): Promise<OperationState> {
  const { id } = operation
  try {
    const answer = await poll(operation)
    if (!answer.done) {
      return { id, status: 'running', ...(answer.percent === undefined ? {} : { percent: answer.percent }) }
    }
    if (!answer.error) return { id, status: 'done' }
    return { id, status: 'failed', code: answer.error.code, message: answer.error.message }
  } catch (error) {
    if (!ProviderError.is(error)) throw error
    if (error.code === 'Unauthenticated' || error.code === 'PermissionDenied') throw error
    if (error.code !== 'NotFound') return { id, status: 'running' }
    if (options.whenForgotten === 'done') return { id, status: 'done' }
    return { id, status: 'failed', code: 'NotFound', message: 'The cloud does not know this operation any more.' }
  }
}
