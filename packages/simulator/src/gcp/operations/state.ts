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
}

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
