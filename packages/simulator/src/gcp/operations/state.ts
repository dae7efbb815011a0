import type { NamedPort } from '../groups/state.ts'
import type { GcpAutoscaler } from '../autoscalers/state.ts'
import type { GcpHealthCheck } from '../catalogue/state.ts'

/** https://cloud.google.com/compute/docs/reference/rest/v1/zoneOperations */
export interface GcpOperation {
  /** `zones/z/operations/name`, `regions/r/operations/name` or `global/operations/name`. */
  readonly path: string
  readonly name: string
  readonly id: string
  /** As in `insert`, `compute.instanceGroupManagers.resize`. */
  readonly type: string
  /** Path of what it changes. */
  readonly target: string
  readonly targetId: string
  readonly user: string
  readonly inserted: number
  readonly started?: number
  readonly ended?: number
  readonly status: 'PENDING' | 'RUNNING' | 'DONE'
  readonly failure?: OperationFailure
  /** While it runs: what happens at its end. Absent where something else ends it. */
  readonly work?: OperationWork
}

/** What an operation does at its end, as data: it is kept in a file, so that another process does it. */
export type OperationWork =
  | { readonly do: 'nothing' }
  | { readonly do: 'fail'; readonly failure: OperationFailure }
  | { readonly do: 'insertTemplate' | 'deleteTemplate' | 'insertGroup'; readonly path: string }
  | { readonly do: 'setNamedPorts'; readonly path: string; readonly namedPorts: readonly NamedPort[] }
  | { readonly do: 'insertAutoscaler'; readonly autoscaler: GcpAutoscaler }
  | { readonly do: 'insertHealthCheck'; readonly healthCheck: GcpHealthCheck }
  | { readonly do: 'deleteAutoscaler' | 'deleteHealthCheck'; readonly path: string }

/** An operation ends in it while the HTTP status of all its answers is 200. */
export interface OperationFailure {
  /** Such as `RESOURCE_NOT_FOUND`. */
  readonly code: string
  readonly message: string
  /** HTTP status that an answer at once would have had. */
  readonly status: number
  /** Its words, such as `NOT FOUND`. */
  readonly statusText: string
}
