import type { KubeObject, ObjectKey, Resource } from './object.ts'

export interface ListOptions<T extends KubeObject = KubeObject> {
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Page size; the result then carries `continue` while there is more. */
  readonly limit?: number
  readonly continue?: string
  /** `'0'` accepts a cached answer. Absent: the most recent one. */
  readonly resourceVersion?: string
  /**
   * Takes each item as it arrives; the result's `items` are then empty. A large page need not be in memory as a whole. A
   * client that cannot do it returns the items as ever.
   */
  readonly onItem?: (item: T) => void
  readonly signal?: AbortSignal
}

export interface ListResult<T> {
  readonly items: T[]
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

/** How one request is sent. */
export interface SendOptions {
  readonly signal?: AbortSignal
  /**
   * Called right before each attempt, such as after a wait that the server asked for. What it throws is the outcome, and
   * nothing is sent.
   */
  readonly beforeSend?: () => void
}

export interface WriteOptions extends SendOptions {
  /** Write to `status` or `scale` instead of the object itself. */
  readonly subresource?: string
  readonly fieldManager?: string
  readonly dryRun?: boolean
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict'
}

export type Patch =
  /** RFC 7386. */
  | { readonly type: 'merge'; readonly body: object }
  /** RFC 6902. */
  | { readonly type: 'json'; readonly body: readonly object[] }
  | { readonly type: 'strategic'; readonly body: object }
  /** Server-side apply; `fieldManager` is required, `force` takes over conflicting fields. */
  | { readonly type: 'apply'; readonly body: object; readonly force?: boolean }

export interface DeleteOptions extends SendOptions {
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  readonly gracePeriodSeconds?: number
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly dryRun?: boolean
}

export interface RequestOptions extends SendOptions {
  /** Media types to ask for, such as a `Table`. Default JSON. */
  readonly accept?: string
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean }

export interface WatchOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly resourceVersion?: string
  /** Ask for the present objects as events first (Kubernetes 1.32+; others answer with an error). */
  readonly sendInitialEvents?: boolean
  readonly timeoutSeconds?: number
  readonly signal: AbortSignal
}

/**
 * Typed access to one Kubernetes API server. Objects are plain JSON as on the wire.
 *
 * Every method throws `ApiError` for a refusal of the server and `ConnectionError` when there was no answer. When the
 * caller's `signal` aborts, its reason is thrown instead. 429 and 503 with `Retry-After` up to ten seconds are tried again
 * within the deadline; a read on a connection that had just been closed is sent a second time, a write never is.
 */
export interface Client {
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options?: { signal?: AbortSignal }): Promise<T>
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions<T>): Promise<ListResult<T>>
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>
  /** Replaces the object; `metadata.resourceVersion`, when set, must be the current one. */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>
  patch<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, patch: Patch, options?: WriteOptions): Promise<T>
  delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options?: DeleteOptions): Promise<void>
  /** Ends normally when the server closes the stream or `signal` aborts. */
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>
  /** Creates a subresource of an object, such as a pod's `eviction`. A 429 is not tried again: it is the answer. */
  createSubresource(
    resource: Omit<Resource, 'shape'>,
    key: ObjectKey,
    subresource: string,
    body: object,
    options?: SendOptions,
  ): Promise<unknown>
  /** Any request the methods above do not cover, such as `/version`. `path` starts with `/`. */
  request(method: string, path: string, body?: object, options?: RequestOptions): Promise<unknown>
  /** Ends open connections. */
  close(): Promise<void>
}
