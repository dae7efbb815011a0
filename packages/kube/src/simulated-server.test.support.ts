import { setImmediate } from 'node:timers/promises'

import {
  ApiError,
  ConnectionError,
  type Client,
  type KubeObject,
  type ListOptions,
  type ListResult,
  type Resource,
  type WatchEvent,
  type WatchOptions,
} from './index.ts'

interface Change {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubeObject
}

/** Ways in which the next request of a kind goes wrong. */
export type Fault =
  | 'throttled'
  | 'unavailable'
  | 'refused'
  | 'broken'
  | 'cut in the middle'
  | 'ends at once'
  | 'says 410'

/** How the server takes `sendInitialEvents`. */
export type StreamedList = 'understood' | 'refused' | 'ignored'

class Stream {
  readonly waiting: (WatchEvent<KubeObject> | Error | 'end')[] = []
  stalled = false
  #wake: (() => void) | undefined

  push(item: WatchEvent<KubeObject> | Error | 'end'): void {
    if (!this.stalled) {
      this.waiting.push(item)
      this.#wake?.()
    }
  }

  arrived(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}

/**
 * An API server of one kind, in memory and without a network: keeps its history, pages lists, streams first states, and does
 * wrong on demand, in time that the test drives. What a client of it reads is read at the moment of the request.
 */
export class SimulatedServer {
  streamedList: StreamedList = 'understood'
  /** Every change so far, the oldest first; compaction does not shorten it. */
  readonly history: Change[] = []
  readonly faults: { readonly kind: 'list' | 'watch'; readonly fault: Fault }[] = []
  /** Requests that read the whole state. */
  readings = 0
  /** Requests to watch. */
  watches = 0
  #version = 100
  #oldest = 100
  #uids = 0
  readonly #objects = new Map<string, KubeObject>()
  readonly #streams = new Set<Stream>()

  get version(): number {
    return this.#version
  }

  get oldest(): number {
    return this.#oldest
  }

  state(): Map<string, string> {
    return new Map([...this.#objects].map(([name, { metadata }]) => [name, metadata.resourceVersion ?? '']))
  }

  put(name: string): void {
    const known = this.#objects.get(name)
    this.#change(known === undefined ? 'ADDED' : 'MODIFIED', name, known?.metadata.uid ?? `uid-${++this.#uids}`)
  }

  remove(name: string): void {
    const known = this.#objects.get(name)
    if (known !== undefined) this.#change('DELETED', name, known.metadata.uid ?? '')
  }

  /** Forgets what was before: watches that begin there are told 410, and so are lists that go on from there. */
  compact(): void {
    this.#oldest = this.#version
  }

  bookmark(version = this.#version): void {
    this.#push({ type: 'BOOKMARK', resourceVersion: String(version), initialEventsEnd: false })
  }

  endStreams(): void {
    this.#push('end')
    this.#streams.clear()
  }

  breakStreams(): void {
    this.#push(new ConnectionError('connection reset'))
    this.#streams.clear()
  }

  /** Open watches stay open, and nothing comes any more. */
  stallStreams(): void {
    for (const stream of this.#streams) stream.stalled = true
    this.#streams.clear()
  }

  /** An error in the stream itself, as the watch cache sends it when it has fallen behind. */
  sendExpired(): void {
    this.#push(expired())
    this.#streams.clear()
  }

  client(): Client {
    return {
      get: never,
      create: never,
      update: never,
      patch: never,
      delete: never,
      createSubresource: never,
      request: never,
      close: () => Promise.resolve(),
      list: (_resource, options) => this.#list(options) as Promise<ListResult<never>>,
      watch: <T extends KubeObject>(_resource: Resource<T>, options: WatchOptions) =>
        this.#watch(options) as AsyncIterable<WatchEvent<T>>,
    }
  }

  #change(type: Change['type'], name: string, uid: string): void {
    const version = ++this.#version
    const metadata = { namespace: 'ns', name, uid, resourceVersion: String(version) }
    const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata }
    if (type === 'DELETED') this.#objects.delete(name)
    else this.#objects.set(name, object)
    this.history.push({ version, type, object })
    this.#push({ type, object: structuredClone(object) })
  }

  #push(item: WatchEvent<KubeObject> | Error | 'end'): void {
    for (const stream of this.#streams) stream.push(item)
  }

  #fault(kind: 'list' | 'watch'): Fault | undefined {
    const index = this.faults.findIndex((fault) => fault.kind === kind)
    return index === -1 ? undefined : this.faults.splice(index, 1)[0]?.fault
  }

  async #list(options: ListOptions<never> = {}): Promise<ListResult<KubeObject>> {
    const { limit = Number.POSITIVE_INFINITY, onItem, continue: next } = options
    await setImmediate()
    const [offset = 0, version = this.#version] = (next ?? '').split('@').filter(Boolean).map(Number)
    const fault = this.#fault('list')
    if (fault !== undefined && fault !== 'cut in the middle' && fault !== 'ends at once') throw errorOf(fault)
    // A page goes on from a moment that must still be in the history.
    if (version < this.#oldest) throw expired()
    if (offset === 0) this.readings++
    const all = this.#objectsAt(version)
    const items = all.slice(offset, offset + limit)
    if (fault !== undefined) {
      for (const item of items.slice(0, items.length / 2)) onItem?.(structuredClone(item) as never)
      throw new ConnectionError('connection reset')
    }
    for (const item of items) onItem?.(structuredClone(item) as never)
    const more = offset + limit < all.length ? { continue: `${offset + limit}@${version}` } : {}
    return { items: [], resourceVersion: String(version), ...more }
  }

  #objectsAt(version: number): KubeObject[] {
    const objects = new Map<string, KubeObject>()
    for (const change of this.history) {
      if (change.version > version) break
      const { name = '' } = change.object.metadata
      if (change.type === 'DELETED') objects.delete(name)
      else objects.set(name, change.object)
    }
    return [...objects.values()]
  }

  async *#watch({ resourceVersion, sendInitialEvents, signal }: WatchOptions): AsyncGenerator<WatchEvent<KubeObject>> {
    await setImmediate()
    this.watches++
    const fault = this.#fault('watch')
    if (fault === 'ends at once') return
    if (fault !== undefined && fault !== 'cut in the middle') throw errorOf(fault)
    const stream = new Stream()
    if (sendInitialEvents === true) {
      if (this.streamedList === 'refused') throw new ApiError(422, { reason: 'Invalid' }, 'watch')
      this.readings++
      for (const object of this.#objectsAt(this.#version)) {
        stream.push({ type: 'ADDED', object: structuredClone(object) })
      }
      if (fault !== undefined) stream.waiting.splice(stream.waiting.length / 2)
      else if (this.streamedList === 'understood') {
        stream.push({ type: 'BOOKMARK', resourceVersion: String(this.#version), initialEventsEnd: true })
      }
    } else {
      const since = Number(resourceVersion)
      if (since < this.#oldest) throw expired()
      for (const { version, type, object } of this.history) {
        if (version > since) stream.push({ type, object: structuredClone(object) })
      }
      if (fault !== undefined) stream.waiting.splice(stream.waiting.length / 2)
    }
    if (fault !== undefined) stream.push(new ConnectionError('connection reset'))
    this.#streams.add(stream)
    try {
      while (!signal.aborted) {
        const item = stream.waiting.shift()
        if (item === undefined) await stream.arrived(signal)
        else if (item === 'end') return
        else if (item instanceof Error) throw item
        else yield item
      }
    } finally {
      this.#streams.delete(stream)
    }
  }
}

function never(): Promise<never> {
  return Promise.reject(new Error('not served here'))
}

function expired(): ApiError {
  return new ApiError(410, { reason: 'Expired', message: 'too old resource version' }, 'watch')
}

function errorOf(fault: Exclude<Fault, 'cut in the middle' | 'ends at once'>): Error {
  switch (fault) {
    case 'throttled':
      return new ApiError(429, { reason: 'TooManyRequests' }, 'request', 1000)
    case 'unavailable':
      return new ApiError(503, { reason: 'ServiceUnavailable' }, 'request')
    case 'refused':
      return new ApiError(403, { reason: 'Forbidden' }, 'request')
    case 'broken':
      return new ConnectionError('connection refused', { code: 'unreachable' })
    case 'says 410':
      return expired()
  }
}
