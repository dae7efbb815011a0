import { clone } from '../json.ts'
import type { Backend } from '../operations/backend.ts'
import { disposeOf } from '../operations/delete.ts'
import type { StoreEvent } from '../storage/object-store.ts'

const namespaces = 'namespaces'

/** Empties namespaces that are being deleted, and lets them go when they are empty. */
export function startNamespaceCollection(backend: Backend): () => void {
  for (const entry of backend.store.all(namespaces)) {
    if (entry.object.metadata.deletionTimestamp !== undefined) empty(backend, entry.key)
  }
  return backend.store.listenToAll((event) => namespaceOf(event).forEach((name) => empty(backend, name)))
}

/** The namespace that a change may have to do with going away. */
function namespaceOf({ resource, type, entry }: StoreEvent): string[] {
  if (resource === namespaces) return type === 'MODIFIED' ? [entry.key] : []
  const { namespace } = entry.object.metadata
  return type === 'DELETED' && namespace !== undefined ? [namespace] : []
}

function empty(backend: Backend, name: string): void {
  const entry = backend.store.get(namespaces, name)
  if (entry === undefined || entry.object.metadata.deletionTimestamp === undefined) return
  for (const kind of backend.registry.all()) {
    const { table, namespaced, stored } = kind.definition
    if (!namespaced || stored !== undefined) continue
    for (const content of backend.store.all(table, `${name}/`)) disposeOf(backend, table, content, 'Background')
  }
  if (!isEmpty(backend, name)) return
  const next = clone(entry.object)
  const spec = (next['spec'] ?? {}) as { finalizers?: string[] }
  const held = (spec.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes')
  if (held.length === (spec.finalizers ?? []).length && held.length > 0) return
  next['spec'] = { ...spec, finalizers: held }
  if (held.length === 0 && (next.metadata.finalizers ?? []).length === 0) backend.store.remove(namespaces, name, next)
  else backend.store.put(namespaces, name, next).committed.catch(() => {})
}

function isEmpty(backend: Backend, name: string): boolean {
  return backend.registry
    .all()
    .every(
      ({ definition }) =>
        !definition.namespaced || backend.store.all(definition.table, `${name}/`).next().done === true,
    )
}
