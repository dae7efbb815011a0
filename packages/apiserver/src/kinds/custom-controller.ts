import { clone, deepEqual } from '../json.ts'
import { timestamp, type Backend } from '../operations/backend.ts'
import { disposeOf } from '../operations/delete.ts'
import type { StoreEvent } from '../storage/object-store.ts'
import { acceptedStatus, definitionOf, type CustomResourceDefinition } from './custom.ts'

const table = 'customresourcedefinitions.apiextensions.k8s.io'
/** Holds a definition until its objects are gone. */
const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

/** Serves what CustomResourceDefinitions declare, accepts them, and removes their objects with them. */
export function startCustomResources(backend: Backend): () => void {
  for (const entry of backend.store.all(table)) serve(backend, entry.object as CustomResourceDefinition)
  return backend.store.listenToAll((event) => {
    if (event.resource === table) definitionChanged(backend, event)
    else if (event.type === 'DELETED') finishCleanup(backend, event.resource)
  })
}

/** Makes a definition's kind known. */
export function serve(backend: Backend, crd: CustomResourceDefinition): void {
  backend.registry.put(definitionOf(crd), backend.store.revision)
}

function definitionChanged(backend: Backend, { type, entry }: StoreEvent): void {
  const crd = entry.object as CustomResourceDefinition
  const { group, names } = crd.spec
  if (type === 'DELETED') {
    backend.registry.remove(group, names.plural)
    return
  }
  // An older change may be told after a newer one was made.
  if (backend.store.get(table, entry.key)?.revision !== entry.revision) return
  if (crd.metadata.deletionTimestamp !== undefined) {
    cleanUp(backend, crd)
    return
  }
  serve(backend, crd)
  const next = clone(crd)
  next.metadata.finalizers = [...new Set([...(crd.metadata.finalizers ?? []), cleanupFinalizer])]
  next.status = acceptedStatus(crd, timestamp(backend.now()))
  if (!deepEqual(next, crd)) ignoreResult(backend.store.put(table, entry.key, next).committed)
}

function cleanUp(backend: Backend, crd: CustomResourceDefinition): void {
  if (crd.metadata.finalizers?.includes(cleanupFinalizer) !== true) return
  const resource = `${crd.spec.names.plural}.${crd.spec.group}`
  for (const entry of backend.store.all(resource)) disposeOf(backend, resource, entry, 'Background')
  finishCleanup(backend, resource)
}

function finishCleanup(backend: Backend, resource: string): void {
  const entry = backend.store.get(table, resource)
  if (entry === undefined || entry.object.metadata.deletionTimestamp === undefined) return
  if (!backend.store.all(resource).next().done) return
  const next = clone(entry.object)
  const finalizers = (next.metadata.finalizers ?? []).filter((finalizer) => finalizer !== cleanupFinalizer)
  if (finalizers.length === (next.metadata.finalizers ?? []).length) return
  if (finalizers.length === 0) {
    delete next.metadata.finalizers
    backend.store.remove(table, resource, next)
  } else {
    next.metadata.finalizers = finalizers
    ignoreResult(backend.store.put(table, resource, next).committed)
  }
}

/** A failed commit is undone by the store and reported to the writers that wait for it. */
function ignoreResult(committed: Promise<void>): void {
  committed.catch(() => {})
}
