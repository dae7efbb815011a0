import type { Client, WriteOptions } from './client.ts'
import { createPatch } from './merge-patch.ts'
import type { KubeObject, ObjectKey, Resource } from './object.ts'

export interface PatchChangesOptions extends Pick<WriteOptions, 'fieldManager' | 'signal'> {
  /**
   * Send the resource version the change was computed from, so that a concurrent change answers with `Conflict`. Needed
   * where a list is changed that others change too (finalizers, owner references, conditions). Default false.
   */
  readonly optimisticLock?: boolean
}

/**
 * Writes the difference between an object as it was read and as it should be: at most one patch of metadata and spec and
 * one of status (R24), none when nothing changed. `before` and `after` are left alone; make `after` with
 * `structuredClone(before)`.
 *
 * Returns the object after the last write, or `after` when there was none. The first patch goes to everything but
 * `status`: finalizers are there before a status says something was made. Throws what the client throws; when the second
 * patch fails the first has been made.
 */
export async function patchChanges<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  before: T,
  after: T,
  options: PatchChangesOptions = {},
): Promise<T> {
  const { status: oldStatus, ...old } = before as T & { status?: unknown }
  const { status, ...wanted } = after as T & { status?: unknown }
  const { namespace, name = '' } = before.metadata
  const key: ObjectKey = namespace === undefined ? { name } : { namespace, name }
  const { optimisticLock = false, ...write } = options

  const main = createPatch(withoutServerFields(old), withoutServerFields(wanted))
  const statusPatch = createPatch({ status: oldStatus ?? {} }, { status: status ?? {} })
  let result = after
  let resourceVersion = before.metadata.resourceVersion
  if (main !== undefined) {
    const body = optimisticLock ? locked(main, resourceVersion) : main
    result = await client.patch(resource, key, { type: 'merge', body }, write)
    resourceVersion = result.metadata.resourceVersion
  }
  if (statusPatch !== undefined) {
    const body = optimisticLock ? locked(statusPatch, resourceVersion) : statusPatch
    result = await client.patch(resource, key, { type: 'merge', body }, { ...write, subresource: 'status' })
  }
  return result
}

/** Fields that only the server sets never belong into a patch. */
function withoutServerFields(object: { metadata: KubeObject['metadata'] }): object {
  const {
    resourceVersion: _resourceVersion,
    uid: _uid,
    generation: _generation,
    creationTimestamp: _creationTimestamp,
    deletionTimestamp: _deletionTimestamp,
    managedFields: _managedFields,
    ...metadata
  } = object.metadata
  return { ...object, metadata }
}

function locked(patch: Record<string, unknown>, resourceVersion: string | undefined): Record<string, unknown> {
  return { ...patch, metadata: { ...(patch['metadata'] as object | undefined), resourceVersion } }
}
