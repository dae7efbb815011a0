import {
  isNotFound,
  type Client,
  type ObjectKey,
  type Resource,
  type StoreEvent,
  type UnknownObject,
} from '@machinepool/kube'
import type { Cache, Controller, Informer, Request } from '@machinepool/runtime'

import type { ExternalKinds } from './external-kinds.ts'
import type { ContractReference } from './objects.ts'

/** An object of a kind that is only known from references. */
export interface ExternalObject {
  readonly resource: Resource
  readonly key: ObjectKey
  /** `undefined` when it does not exist. */
  readonly object: UnknownObject | undefined
}

/** Reads referenced objects of any kind from local copies that are started when a kind is first met. */
export interface ExternalObjects {
  get(namespace: string, reference: ContractReference, signal: AbortSignal): Promise<ExternalObject>
  /** As `get`, but an object that the local copy lacks is asked for at the server. */
  confirm(namespace: string, reference: ContractReference, signal: AbortSignal): Promise<ExternalObject>
  /** The synced local copy of a kind, whose events reach `map`. */
  informer(
    reference: Pick<ContractReference, 'apiGroup' | 'kind'>,
    map: (event: StoreEvent<UnknownObject>) => readonly Request[],
    signal: AbortSignal,
  ): Promise<{ resource: Resource; informer: Informer<UnknownObject> }>
}

export interface ExternalObjectsOptions {
  readonly client: Client
  readonly cache: Cache
  readonly kinds: ExternalKinds
  readonly controller: () => Controller
  /** Which pools a bootstrap or infrastructure object concerns. */
  readonly map: (event: StoreEvent<UnknownObject>) => readonly Request[]
}

export function createExternalObjects(options: ExternalObjectsOptions): ExternalObjects {
  const watched = new Set<string>()

  async function informer(
    reference: Pick<ContractReference, 'apiGroup' | 'kind'>,
    map: (event: StoreEvent<UnknownObject>) => readonly Request[],
    signal: AbortSignal,
  ): Promise<{ resource: Resource; informer: Informer<UnknownObject> }> {
    const resource = await options.kinds.resolve(reference, signal)
    const key = `${resource.group}/${resource.version}/${resource.plural}`
    const found = options.cache.informer(resource)
    if (!watched.has(key)) {
      watched.add(key)
      options.controller().watch({ resource, map })
    }
    await settled(found.synced, signal, `the first listing of ${resource.plural}.${resource.group} is not complete`)
    return { resource, informer: found }
  }

  async function get(namespace: string, reference: ContractReference, signal: AbortSignal): Promise<ExternalObject> {
    const { resource, informer: found } = await informer(reference, options.map, signal)
    const key = { namespace, name: reference.name }
    return { resource, key, object: found.store.get(key) }
  }

  return {
    get,
    informer,
    async confirm(namespace, reference, signal) {
      const found = await get(namespace, reference, signal)
      if (found.object !== undefined) return found
      try {
        return { ...found, object: await options.client.get(found.resource, found.key, { signal }) }
      } catch (error) {
        if (isNotFound(error)) return found
        throw error
      }
    },
  }
}

/** Waits no longer than the reconcile may take: a kind that cannot be listed must not hold up a worker for ever. */
function settled(promise: Promise<void>, signal: AbortSignal, problem: string): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(new Error(problem))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort))
}
