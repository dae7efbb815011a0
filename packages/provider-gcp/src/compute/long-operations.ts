import type { Io, Operation, OperationState } from '@machinepool/contract'
import { pollOperations, textAt, type Poll } from '@machinepool/provider-kit'

import { ComputeFailure, gcpError } from './errors.ts'
import type { WriteName } from './methods.ts'
import type { GcpProject } from './project.ts'
import type { Operation as ComputeOperation } from './resources.ts'

/** What is written down of an operation: enough to find it again in any process. */
export interface OperationHandle {
  readonly name: string
  /** `zones/Z`, `regions/R` or `global`: which of the three services knows it. */
  readonly scope: string
  readonly method: WriteName
  /** The group or template that it changes. */
  readonly resource: string
}

/** How an operation ended. `DONE` with an error is a failure, although HTTP says 200. */
export function outcomeOf(operation: ComputeOperation, method: WriteName): Poll {
  const { status, error, progress, httpErrorStatusCode, httpErrorMessage } = operation
  if (status !== 'DONE') return { done: false, ...(progress === undefined ? {} : { percent: progress }) }
  const [first] = error?.errors ?? []
  if (first === undefined && httpErrorStatusCode === undefined) return { done: true }
  const failure = new ComputeFailure({
    message:
      (error?.errors ?? []).map(({ code = '', message = '' }) => `${code}: ${message}`).join('; ') ||
      (httpErrorMessage ?? ''),
    ...(first?.code === undefined ? {} : { code: first.code }),
    ...(httpErrorStatusCode === undefined ? {} : { httpStatus: httpErrorStatusCode }),
  })
  return { done: true, error: gcpError(failure, { operation: method }) }
}

/** Asks once for each operation that is not known to have ended (R16). Google keeps ended ones for two weeks. */
export function observeOperations(
  project: GcpProject,
  operations: readonly Operation[],
  io: Pick<Io, 'signal'>,
): Promise<readonly OperationState[]> {
  const poll = async ({ handle }: Operation): Promise<Poll> => {
    const scope = textAt(handle, 'scope') ?? 'global'
    const operation = await project.call('operations.get', { scope, name: textAt(handle, 'name') ?? '' }, io.signal)
    return outcomeOf(operation, textAt(handle, 'method') as WriteName)
  }
  return pollOperations(operations, poll, { whenForgotten: 'done' })
}
