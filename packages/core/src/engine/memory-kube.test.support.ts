import {
  ApiError,
  applyMergePatch,
  ObjectStore,
  type Client,
  type KubeObject,
  type ObjectKey,
  type Pod,
  type Resource,
} from '@machinepool/kube'

/** A write as the API server saw it. */
export interface KubeWrite {
  readonly verb: 'create' | 'update' | 'patch' | 'delete' | 'evict'
  readonly resource: string
  readonly name: string
  readonly subresource?: string
}

/** Ends the process at a write, before or after it took effect. */
export class KilledAtWrite extends Error {
  override readonly name = 'KilledAtWrite'
}

export interface RunningProcess {
  ended: boolean
}

const unused = () => Promise.reject(new Error('not used by the engine'))

/** A Kubernetes API in memory, as far as the engine uses one. The embedded API server is the real thing; this is fast. */
export class MemoryKube {
  readonly writes: KubeWrite[] = []
  /** `namespace/name` of pods that a budget keeps. */
  readonly protectedPods = new Set<string>()
  /** The next write but this many ends the process. */
  killAt: { skip: number; readonly effect: 'before' | 'after' } | undefined
  /** Status fields by plural, that the CRD of the resource lacks. */
  readonly unknownStatusFields = new Map<string, readonly string[]>()
  /** Time of the server, for deletion timestamps. */
  now: () => number = () => 0
  readonly #stores = new Map<string, ObjectStore<KubeObject>>()
  #version = 0

  store<T extends KubeObject>(resource: Resource<T>): ObjectStore<T> {
    const name = `${resource.group}/${resource.plural}`
    const known = this.#stores.get(name) ?? new ObjectStore<KubeObject>()
    this.#stores.set(name, known)
    // One store per kind: what is in it has that kind's shape.
    return known as unknown as ObjectStore<T>
  }

  put<T extends KubeObject>(resource: Resource<T>, object: T): T {
    this.#version += 1
    const stored = structuredClone(object)
    stored.metadata.resourceVersion = String(this.#version)
    stored.metadata.uid ??= `uid-${this.#version}`
    this.store(resource).set(stored, false)
    return stored
  }

  /** A finalizer keeps a deleted object until it is taken away. */
  remove<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, now: number): void {
    const object = this.#get(resource, key)
    if ((object.metadata.finalizers?.length ?? 0) === 0) {
      this.store(resource).remove(key)
      return
    }
    const deletionTimestamp = new Date(now).toISOString()
    this.put(resource, { ...object, metadata: { ...object.metadata, deletionTimestamp } })
  }

  /** A process's connection: once its `process` has ended nothing it sends arrives. */
  client(process: RunningProcess): Client {
    return {
      get: (resource, key) => Promise.resolve().then(() => structuredClone(this.#get(resource, key))),
      list: (resource, options) =>
        Promise.resolve({ items: this.#list(resource, options ?? {}), resourceVersion: '0' }),
      patch: async (resource, key, patch, options) => {
        if (patch.type !== 'merge') throw new Error('the engine sends merge patches only')
        const subresource = options?.subresource
        return this.#write(
          process,
          { verb: 'patch', resource: resource.plural, name: key.name, ...(subresource && { subresource }) },
          () => this.#patch(resource, key, patch.body, subresource),
        )
      },
      createSubresource: async (resource, key, subresource) => {
        if (subresource !== 'eviction') throw new Error(`no subresource ${subresource}`)
        return this.#write(process, { verb: 'evict', resource: resource.plural, name: key.name }, () =>
          this.#evict(key),
        )
      },
      create: async (resource, object) =>
        this.#write(process, { verb: 'create', resource: resource.plural, name: object.metadata.name ?? '' }, () =>
          this.#create(resource, object),
        ),
      update: unused,
      delete: async (resource, key) =>
        this.#write(process, { verb: 'delete', resource: resource.plural, name: key.name }, () => {
          this.#get(resource, key)
          this.remove(resource, key, this.now())
        }),
      request: (_method, path) => Promise.reject(new ApiError(404, { message: `no ${path}` }, path)),
      // oxlint-disable-next-line require-yield
      async *watch() {
        throw new Error('the engine watches through informers')
      },
      close: () => Promise.resolve(),
    }
  }

  #get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): T {
    const object = this.store(resource).get(key)
    if (object === undefined) {
      throw new ApiError(404, { reason: 'NotFound', message: `${resource.plural} "${key.name}" not found` }, 'GET')
    }
    return object
  }

  #create<T extends KubeObject>(resource: Resource<T>, object: T): T {
    const { namespace, name = '' } = object.metadata
    if (this.store(resource).get(namespace === undefined ? { name } : { namespace, name }) !== undefined) {
      throw new ApiError(
        409,
        { reason: 'AlreadyExists', message: `${resource.plural} "${name}" already exists` },
        'POST',
      )
    }
    return this.put(resource, object)
  }

  #list<T extends KubeObject>(resource: Resource<T>, options: { namespace?: string; fieldSelector?: string }): T[] {
    const all = structuredClone(this.store(resource).list(options.namespace))
    const node = /^spec\.nodeName=(.+)$/.exec(options.fieldSelector ?? '')?.[1]
    return node === undefined ? all : all.filter((object) => (object as Pod).spec?.nodeName === node)
  }

  #patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    body: object,
    subresource: string | undefined,
  ): T {
    const before = this.#get(resource, key)
    const wanted = (body as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion
    if (wanted !== undefined && wanted !== before.metadata.resourceVersion) {
      throw new ApiError(409, { reason: 'Conflict', message: 'the object has been modified' }, 'PATCH')
    }
    const { status: newStatus, ...rest } = applyMergePatch(structuredClone(before), body) as T & { status?: unknown }
    for (const field of this.unknownStatusFields.get(resource.plural) ?? []) {
      delete (newStatus as Record<string, unknown> | undefined)?.[field]
    }
    const { status: oldStatus } = before as T & { status?: unknown }
    const next = (subresource === 'status'
      ? { ...before, status: newStatus }
      : { ...rest, status: oldStatus }) as unknown as T
    if (next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers?.length ?? 0) === 0) {
      this.store(resource).remove(key)
      return next
    }
    return this.put(resource, next)
  }

  #evict(key: ObjectKey): undefined {
    const pods: Resource<Pod> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }
    this.#get(pods, key)
    if (this.protectedPods.has(`${key.namespace}/${key.name}`)) {
      const causes = [{ reason: 'DisruptionBudget', message: 'The disruption budget needs 1 healthy pods and has 1' }]
      const status = { reason: 'TooManyRequests', message: 'Cannot evict pod', details: { causes } }
      throw new ApiError(429, status, 'POST')
    }
    this.store(pods).remove(key)
    return undefined
  }

  #write<T>(process: RunningProcess, write: KubeWrite, effect: () => T): T {
    if (process.ended) throw new KilledAtWrite('the process has ended')
    const kill = this.killAt
    const now = kill !== undefined && kill.skip === 0
    if (kill !== undefined) kill.skip -= 1
    if (now && kill.effect === 'before') this.#die(process, write)
    const result = effect()
    this.writes.push(write)
    if (now) this.#die(process, write)
    return structuredClone(result)
  }

  #die(process: RunningProcess, write: KubeWrite): never {
    this.killAt = undefined
    process.ended = true
    throw new KilledAtWrite(`${write.verb} ${write.resource}/${write.name}`)
  }
}
