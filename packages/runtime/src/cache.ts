import type { IndexFunction, KubeObject, Resource, Store, StoreEvent } from '@machinepool/kube'

export interface InformerOptions<T extends KubeObject> {
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Keeps only what is needed of each object before it is stored (Node → some 600 bytes). */
  readonly transform?: (object: T) => T
}

/** A kind that is listed, watched and kept locally. One per kind and cache, shared by everybody who asks. */
export interface Informer<T extends KubeObject> {
  readonly store: Store<T>
  /** Resolves when the first listing is complete. */
  readonly synced: Promise<void>
  /** Adds an index; may be called before and after the start. */
  addIndex(name: string, index: IndexFunction<T>): void
  /** Handlers run in order of the events; an exception in one is logged and goes no further. */
  onEvent(handler: (event: StoreEvent<T>) => void): () => void
}

/** The local copies of the kinds a manager reads. */
export interface Cache {
  informer<T extends KubeObject>(resource: Resource<T>, options?: InformerOptions<T>): Informer<T>
}
