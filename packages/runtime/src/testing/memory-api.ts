import {
  ApiError,
  applyMergePatch,
  ObjectStore,
  type Client,
  type KubeObject,
  type ObjectKey,
  type Patch,
  type Resource,
  type StoreEvent,
  type UnknownObject,
  type WriteOptions,
} from '@machinepool/kube'

import type { Cache, Informer } from '../cache.ts'
import type { Clock } from '../clock.ts'

/** A resource about whose objects' shape nothing is said. */
type AnyResource = Omit<Resource, 'shape'>

/** A write that reached the API, in order. */
export interface RecordedWrite {
  readonly verb: 'create' | 'update' | 'patch' | 'apply' | 'delete'
  /** `plural/name`, with `/status` when it went to that subresource. */
  readonly target: string
  readonly body?: unknown
}

/**
 * Objects in memory behind the client and cache interfaces, for tests of one controller: metadata, status subresource,
 * finalizers, conflicts and index look-ups behave; schemas, watches over HTTP and field ownership do not exist. The cache
 * follows each write at once unless it is held.
 */
export interface MemoryApi {
  readonly client: Client
  readonly cache: Cache
  readonly writes: RecordedWrite[]
  /** Makes objects of a kind known to discovery. */
  serve(resource: AnyResource, labels?: Readonly<Record<string, string>>): void
  /** Stores an object as if somebody else had written it, status included. */
  put<T extends KubeObject>(resource: Resource<T>, object: T): T
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): T | undefined
  list<T extends KubeObject>(resource: Resource<T>): T[]
  /** Removes an object whatever its finalizers say. */
  drop(resource: AnyResource, key: ObjectKey): void
  /** Called before each write; what it throws, the caller gets. */
  onWrite: ((write: RecordedWrite) => void) | undefined
  /** While true the cache stands still; false brings it up to date. */
  holdCache(held: boolean): void
}

export function createMemoryApi(clock: Clock): MemoryApi {
  return new InMemoryApi(clock)
}

class InMemoryApi implements MemoryApi {
  readonly client: Client
  readonly cache: Cache
  readonly writes: RecordedWrite[] = []
  onWrite: ((write: RecordedWrite) => void) | undefined
  readonly #clock: Clock
  readonly #truth = new Map<string, ObjectStore<KubeObject>>()
  readonly #informers = new Map<string, MemoryInformer>()
  readonly #served = new Map<string, { resource: AnyResource; labels: Readonly<Record<string, string>> }>()
  #counter = 0
  #held: (() => void)[] | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.client = this.#createClient()
    this.cache = {
      informer: <T extends KubeObject>(resource: Resource<T>) => this.#informer(resource) as unknown as Informer<T>,
    }
  }

  serve(resource: AnyResource, labels: Readonly<Record<string, string>> = {}): void {
    this.#served.set(`${resource.group}/${resource.kind}`, { resource, labels })
  }

  put<T extends KubeObject>(resource: Resource<T>, object: T): T {
    return this.#save(resource, structuredClone(object))
  }

  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): T | undefined {
    return structuredClone(this.#store(resource).get(key) as T | undefined)
  }

  list<T extends KubeObject>(resource: Resource<T>): T[] {
    return structuredClone(this.#store(resource).list() as T[])
  }

  drop(resource: AnyResource, key: ObjectKey): void {
    const event = this.#store(resource).remove(key)
    if (event !== undefined) this.#follow(() => this.#informers.get(idOf(resource))?.remove(key))
  }

  holdCache(held: boolean): void {
    const pending = this.#held ?? []
    this.#held = held ? pending : undefined
    if (!held) for (const apply of pending) apply()
  }

  #follow(apply: () => void): void {
    if (this.#held === undefined) apply()
    else this.#held.push(apply)
  }

  #store(resource: AnyResource): ObjectStore<KubeObject> {
    const id = idOf(resource)
    const known = this.#truth.get(id)
    if (known !== undefined) return known
    const created = new ObjectStore<KubeObject>()
    this.#truth.set(id, created)
    return created
  }

  #informer(resource: AnyResource): MemoryInformer {
    const id = idOf(resource)
    const known = this.#informers.get(id)
    if (known !== undefined) return known
    const created = new MemoryInformer(this.#store(resource).list())
    this.#informers.set(id, created)
    return created
  }

  #save<T extends KubeObject>(resource: Resource<T>, object: T): T {
    const old = this.#store(resource).get(keyOf(object))
    const changed =
      JSON.stringify((old as UnknownObject | undefined)?.spec) !==
      JSON.stringify((object as unknown as UnknownObject).spec)
    this.#counter += 1
    object.metadata = {
      ...object.metadata,
      uid: object.metadata.uid ?? old?.metadata.uid ?? `uid-${this.#counter}`,
      resourceVersion: String(this.#counter),
      generation: (old?.metadata.generation ?? 0) + (changed ? 1 : 0),
      creationTimestamp: object.metadata.creationTimestamp ?? this.#now(),
    }
    const key = keyOf(object)
    if (object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0) {
      this.drop(resource, key)
      return object
    }
    this.#store(resource).set(object, false)
    this.#follow(() => this.#informers.get(idOf(resource))?.set(object))
    return structuredClone(object)
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, 'Z')
  }

  #record(verb: RecordedWrite['verb'], resource: AnyResource, name: string, body?: unknown, sub?: string): void {
    const write = { verb, target: `${resource.plural}/${name}${sub === undefined ? '' : `/${sub}`}`, body }
    this.onWrite?.(write)
    this.writes.push(structuredClone(write))
  }

  #require(resource: AnyResource, key: ObjectKey): KubeObject {
    const found = this.#store(resource).get(key)
    if (found === undefined) throw refusal(404, 'NotFound', `${resource.plural} "${key.name}" not found`)
    return structuredClone(found)
  }

  #createClient(): Client {
    return {
      get: async <T extends KubeObject>(resource: Resource<T>, key: ObjectKey) => this.#require(resource, key) as T,
      list: async <T extends KubeObject>(resource: Resource<T>) => ({
        items: this.list(resource),
        resourceVersion: String(this.#counter),
      }),
      create: async <T extends KubeObject>(resource: Resource<T>, object: T) => {
        this.#record('create', resource, object.metadata.name ?? '', object)
        if (this.#store(resource).get(keyOf(object)) !== undefined) {
          throw refusal(409, 'AlreadyExists', `${resource.plural} "${object.metadata.name}" already exists`)
        }
        return this.#save(resource, structuredClone(object))
      },
      update: async <T extends KubeObject>(resource: Resource<T>, object: T) => {
        this.#record('update', resource, object.metadata.name ?? '', object)
        checkVersion(this.#require(resource, keyOf(object)), object.metadata.resourceVersion)
        return this.#save(resource, structuredClone(object))
      },
      patch: async <T extends KubeObject>(
        resource: Resource<T>,
        key: ObjectKey,
        patch: Patch,
        options?: WriteOptions,
      ) => {
        const verb = patch.type === 'apply' ? 'apply' : 'patch'
        this.#record(verb, resource, key.name, patch.body, options?.subresource)
        return this.#patch(resource, key, patch, options)
      },
      delete: async (resource, key, options) => {
        this.#record('delete', resource, key.name)
        const object = this.#require(resource, key)
        const uid = options?.preconditions?.uid
        if (uid !== undefined && uid !== object.metadata.uid) throw refusal(409, 'Conflict', 'the UID is another one')
        object.metadata.deletionTimestamp ??= this.#now()
        this.#save<KubeObject>(resource, object)
      },
      watch: unsupported,
      createSubresource: unsupported,
      request: async (_method, path) => this.#discover(path),
      close: async () => {},
    }
  }

  #patch<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, patch: Patch, options?: WriteOptions): T {
    const found = this.#store(resource).get(key)
    if (found === undefined && patch.type === 'apply') return this.#save(resource, structuredClone(patch.body) as T)
    const current = this.#require(resource, key)
    if (patch.type === 'strategic') throw new TypeError('strategic merge patches are not part of the memory API')
    if (patch.type === 'json') return this.#save(resource, applyJsonPatch(current, patch.body as JsonOperation[]) as T)
    const body = patch.body as { metadata?: { resourceVersion?: string }; status?: unknown }
    checkVersion(current, body.metadata?.resourceVersion)
    const merged = applyMergePatch(current, body) as UnknownObject
    const before = current as UnknownObject
    // The subresource changes status only; everything else changes everything but status.
    const kept =
      options?.subresource === 'status' ? { ...before, status: merged.status } : { ...merged, status: before.status }
    if (JSON.stringify(kept) === JSON.stringify(before)) return structuredClone(current) as T
    return this.#save(resource, JSON.parse(JSON.stringify(kept)) as T)
  }

  #discover(path: string): unknown {
    const parts = path.split('/').filter((part) => part !== '')
    const served = [...this.#served.values()]
    if (path.startsWith('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/')) {
      const found = served.find(({ resource }) => `${resource.plural}.${resource.group}` === parts.at(-1))
      if (found !== undefined) return { metadata: { labels: found.labels } }
    }
    const group = served.filter(({ resource }) => resource.group === parts[1])
    const [first] = group
    if (parts.length === 2 && first !== undefined) {
      return { preferredVersion: { version: first.resource.version }, versions: [{ version: first.resource.version }] }
    }
    if (parts.length === 3 && first !== undefined) {
      return {
        resources: group.map(({ resource }) => ({
          name: resource.plural,
          kind: resource.kind,
          namespaced: resource.namespaced,
        })),
      }
    }
    throw refusal(404, 'NotFound', `the server could not find ${path}`)
  }
}

interface JsonOperation {
  readonly op: string
  readonly path: string
  readonly value?: unknown
}

/** `test` and `remove` of RFC 6902. */
function applyJsonPatch(current: KubeObject, operations: readonly JsonOperation[]): KubeObject {
  for (const { op, path, value } of operations) {
    const keys = path.split('/').slice(1)
    const last = keys.pop() ?? ''
    const parent = keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], current)
    const container = parent as Record<string, unknown> | undefined
    if (op === 'test' && container?.[last] !== value) throw refusal(422, 'Invalid', `test of ${path} failed`)
    if (op === 'remove' && Array.isArray(parent)) parent.splice(Number(last), 1)
    else if (op === 'remove') delete container?.[last]
  }
  return current
}

function checkVersion(current: KubeObject, wanted: string | undefined): void {
  if (wanted !== undefined && wanted !== current.metadata.resourceVersion) {
    throw refusal(409, 'Conflict', 'the object has been modified; please apply your changes to the latest version')
  }
}

function refusal(code: number, reason: string, message: string): ApiError {
  return new ApiError(code, { status: 'Failure', reason, message, code }, 'memory API')
}

function unsupported(): never {
  throw new TypeError('not part of the memory API')
}

function idOf({ group, version, plural }: AnyResource): string {
  return `${group}/${version}/${plural}`
}

function keyOf({ metadata }: KubeObject): ObjectKey {
  const { namespace, name = '' } = metadata
  return namespace === undefined ? { name } : { namespace, name }
}

class MemoryInformer implements Informer<KubeObject> {
  readonly store = new ObjectStore<KubeObject>()
  readonly synced = Promise.resolve()
  readonly hasSynced = true
  readonly #handlers = new Set<(event: StoreEvent<KubeObject>) => void>()

  constructor(present: readonly KubeObject[]) {
    for (const object of present) this.store.set(structuredClone(object), true)
  }

  set(object: KubeObject): void {
    this.#emit(this.store.set(structuredClone(object), false))
  }

  remove(key: ObjectKey): void {
    this.#emit(this.store.remove(key))
  }

  addIndex(name: string, index: (object: KubeObject) => readonly string[]): void {
    this.store.addIndex(name, index)
  }

  onEvent(handler: (event: StoreEvent<KubeObject>) => void): () => void {
    this.#handlers.add(handler)
    for (const object of this.store.list()) handler({ type: 'added', object, initial: true })
    return () => this.#handlers.delete(handler)
  }

  #emit(event: StoreEvent<KubeObject> | undefined): void {
    if (event === undefined) return
    for (const handler of this.#handlers) handler(event)
  }
}
