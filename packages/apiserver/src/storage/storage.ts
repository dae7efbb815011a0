/** One change of one object, in the order of revisions. */
export interface Change {
  /** Grows by one with every change of any object. */
  readonly revision: number
  readonly type: ChangeType
  /** Which resource the object belongs to, such as `nodes` or `machinepools.cluster.x-k8s.io`. */
  readonly resource: string
  /** `namespace/name`, or the name alone for cluster-scoped resources. */
  readonly key: string
  /** The object after the change as JSON; for a removal the last state. */
  readonly json: string
}

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED'

export interface StoredObject {
  readonly resource: string
  readonly key: string
  readonly json: string
}

/** Everything a storage holds, as read at start. */
export interface Snapshot {
  /** The last revision ever given out. */
  readonly revision: number
  readonly objects: Iterable<StoredObject>
  /** The most recent changes, oldest first, without gaps; watches resume within them. */
  readonly changes: readonly Change[]
}

/**
 * Where objects survive a restart. The server answers reads from memory and asks the storage only at start.
 *
 * `commit` must make all changes durable or none; the server acknowledges a write after it returned. Changes arrive in
 * batches: those that came in during one turn of the event loop share one transaction.
 */
export interface Storage {
  /** @param history how many past changes are wanted. */
  load(history: number): Snapshot
  commit(changes: readonly Change[]): void
  close(): void
}
