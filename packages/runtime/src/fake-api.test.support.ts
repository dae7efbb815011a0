import { once } from 'node:events'
import { PassThrough } from 'node:stream'

import {
  ApiError,
  applyMergePatch,
  type Client,
  type KubeObject,
  type ObjectKey,
  type Resource,
  type WatchEvent,
  type WatchOptions,
} from '@machinepool/kube'

/** Runs before each request; may throw or wait. */
export type Gate = (verb: string, plural: string, signal: AbortSignal | undefined) => void | Promise<void>

/**
 * One API server's state with optimistic locking, list and watch; no defaulting, no validation. Several clients of it are
 * several processes.
 */
export class FakeApi {
  readonly objects = new Map<string, KubeObject>()
  readonly writes: { readonly verb: string; readonly key: string; readonly object?: object }[] = []
  readonly #streams = new Set<PassThrough>()
  #version = 0

  client(gate: Gate = () => undefined): Client {
    const write = async <T extends KubeObject>(
      verb: string,
      resource: Resource<T>,
      object: T,
      signal?: AbortSignal,
    ) => {
      await gate(verb, resource.plural, signal)
      return this.#store(verb, resource, object)
    }
    return {
      get: async (resource, key, options) => {
        await gate('get', resource.plural, options?.signal)
        return structuredClone(this.#find(resource, key))
      },
      list: () => Promise.reject(new Error('lists are streamed here')),
      create: (resource, object, options) => write('create', resource, object, options?.signal),
      update: (resource, object, options) => write('update', resource, object, options?.signal),
      patch: async (resource, key, patch, options) => {
        await gate('patch', resource.plural, options?.signal)
        const patched = applyMergePatch(this.#find(resource, key), patch.body) as KubeObject
        return this.#store('patch', resource, patched) as never
      },
      delete: async (resource, key, options) => {
        await gate('delete', resource.plural, options?.signal)
        const object = this.#find(resource, key)
        this.objects.delete(nameOf(resource, key))
        this.#emit('DELETED', resource, object)
      },
      watch: <T extends KubeObject>(resource: Resource<T>, options: WatchOptions) => this.#watch(resource, options),
      createSubresource: () => Promise.reject(new Error('none here')),
      request: () => Promise.resolve({}),
      close: () => Promise.resolve(),
    }
  }

  #find<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): T {
    const object = this.objects.get(nameOf(resource, key))
    if (object === undefined) {
      throw new ApiError(404, { reason: 'NotFound' }, nameOf(resource, key))
    }
    return object as T
  }

  #store<T extends KubeObject>(verb: string, resource: Resource<T>, object: T): T {
    const { namespace, name = '', resourceVersion } = object.metadata
    const key = nameOf(resource, namespace === undefined ? { name } : { namespace, name })
    const known = this.objects.get(key)
    if (verb === 'create' && known !== undefined) {
      throw new ApiError(409, { reason: 'AlreadyExists' }, key)
    }
    if (verb === 'update' && resourceVersion !== known?.metadata.resourceVersion) {
      throw new ApiError(409, { reason: 'Conflict' }, key)
    }
    const stored = structuredClone(object)
    stored.metadata.resourceVersion = String(++this.#version)
    stored.metadata.uid ??= key
    this.objects.set(key, stored)
    this.writes.push({ verb, key, object: stored })
    this.#emit(known === undefined ? 'ADDED' : 'MODIFIED', resource, stored)
    return structuredClone(stored)
  }

  #emit(type: string, resource: Pick<Resource, 'plural'>, object: KubeObject): void {
    for (const stream of this.#streams) {
      stream.write({ plural: resource.plural, event: { type, object: structuredClone(object) } })
    }
  }

  async *#watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    const stream = new PassThrough({ objectMode: true, highWaterMark: 1000 })
    options.signal.addEventListener('abort', () => stream.end(), { once: true })
    this.#streams.add(stream)
    try {
      for (const [key, object] of this.objects) {
        if (key.startsWith(`${resource.plural}/`)) {
          yield { type: 'ADDED', object: structuredClone(object) as T }
        }
      }
      yield { type: 'BOOKMARK', resourceVersion: String(this.#version), initialEventsEnd: true }
      for await (const { plural, event } of stream as AsyncIterable<{ plural: string; event: WatchEvent<T> }>) {
        if (plural === resource.plural) {
          yield event
        }
      }
    } finally {
      this.#streams.delete(stream)
    }
  }
}

function nameOf(resource: Pick<Resource, 'plural'>, { namespace = '', name }: ObjectKey): string {
  return `${resource.plural}/${namespace}/${name}`
}

/** Hangs until the request is given up, as a network that swallows packets does. */
export async function hang(signal: AbortSignal | undefined): Promise<never> {
  if (signal !== undefined && !signal.aborted) {
    await once(signal, 'abort')
  }
  throw new Error('given up')
}
