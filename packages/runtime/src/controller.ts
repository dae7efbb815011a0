import type { KubeObject, Resource, StoreEvent } from '@machinepool/kube'

import type { Informer } from './cache.ts'
import type { Reconcile, Request } from './reconcile.ts'

/** Something whose events lead to work. */
export interface Watch<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>
  /** Which objects to reconcile because of this event. Absent: the object itself. */
  readonly map?: (event: StoreEvent<T>) => readonly Request[]
  /** Drops events that cannot matter, before the queue. */
  readonly predicate?: (event: StoreEvent<T>) => boolean
}

export interface ControllerOptions {
  /** Names the controller in logs and metrics. */
  readonly name: string
  readonly reconcile: Reconcile
  // The watches of one controller are of different kinds.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly watches: readonly Watch<any>[]
  /** How many objects are worked on at the same time. Default 10. */
  readonly concurrency?: number
  /** Deadline of one reconcile in milliseconds. Default 60 000. */
  readonly timeoutMs?: number
}

export interface Controller {
  readonly name: string
  /** Asks for work from outside the watches. */
  enqueue(request: Request, options?: { readonly afterMs?: number }): void
  /** Starts to watch a further kind while the controller runs (kinds that are only known from references). */
  watch<T extends KubeObject>(watch: Watch<T>): void
  /** Takes events from an informer that belongs to somebody else, such as a workload cluster's. Returns an unsubscribe. */
  source<T extends KubeObject>(informer: Informer<T>, watch: Omit<Watch<T>, 'resource'>): () => void
}
