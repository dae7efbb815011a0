import { trackUpdate } from '../apply/apply.ts'
import { badRequest, conflict, invalid, notFound, type FieldError } from '../failure.ts'
import { clone, deepEqual } from '../json.ts'
import { dropEmpty, type KubeObject, type ObjectMeta } from '../object.ts'
import type { Entry } from '../storage/object-store.ts'
import { findEntry, readEntry, written, type Backend, type WriteContext, type Written } from './backend.ts'
import { createObject } from './create.ts'
import { decodeObject } from './decode.ts'
import { finishObject } from './finish.ts'
import { fieldWriter } from './field-writer.ts'
import { forgetManagers, isRecordable } from './recordable.ts'
import { targetKey, type Target } from './target.ts'

/** PUT on an object or its status. */
export function updateObject(backend: Backend, target: Target, body: unknown, context: WriteContext): Written {
  const { definition } = target.kind
  const object = decodeObject(body, target, context)
  checkIdentity(object.metadata, target)
  const entry = findEntry(backend, target)
  if (entry === undefined) {
    if (definition.behaviour.createOnUpdate !== true || (object.metadata.uid ?? '') !== '')
      throw notFound(definition, target.name)
    delete object.metadata.resourceVersion
    return createObject(backend, target, object, context)
  }
  const asked = object.metadata.resourceVersion ?? ''
  if (asked === '' && definition.custom) {
    throw invalid({ group: definition.group, kind: definition.plural }, target.name, [
      {
        type: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        value: 0,
        detail: 'must be specified for an update',
      },
    ])
  }
  return replaceEntry(backend, target, entry, object, context)
}

function checkIdentity(metadata: ObjectMeta, target: Target): void {
  if (metadata.name === undefined || metadata.name === '') metadata.name = target.name
  if (metadata.name !== target.name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${target.name})`)
  }
  if (target.namespace === '') return
  metadata.namespace ??= target.namespace
  if (metadata.namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
}

/** How the fields of a write are accounted for. */
export type Track = (before: KubeObject, after: KubeObject) => void

/**
 * The way of a changed object into the store. `object` is in the version of the request and belongs to this function.
 *
 * @throws ApiFailure 409 when it states an older resourceVersion or another uid, 422 when it is not valid.
 */
export function replaceEntry(
  backend: Backend,
  target: Target,
  entry: Entry,
  object: KubeObject,
  context: WriteContext,
  track: Track = (before, after) => trackWrite(backend, target, before, after, context),
  keepNulls = false,
): Written {
  const { kind } = target
  const old = readEntry(entry, target)
  checkPreconditions(object.metadata, old.metadata, target)
  refuseNewFinalizers(object.metadata, old.metadata, target)
  const recordable = isRecordable(object, target)
  const record = recorder(object, old, target, track)
  const next = restrictToTarget(object, old, target)
  kind.definition.behaviour.prepareUpdate?.(next, old)
  const final = finishObject(
    backend,
    target,
    { operation: 'UPDATE', object: next, old, track: recordable ? record : forgetManagers, keepNulls },
    context,
  )
  if (deepEqual(final, old)) return { code: 200, object: old, committed: backend.store.settled() }
  setGeneration(final, old, target)
  const unchanged = { code: 200, object: final, committed: backend.store.settled() }
  if (context.dryRun) return unchanged
  const { table } = kind.definition
  const stored = clone(kind.toStored(final, context.outside))
  if (isFinished(stored)) {
    // Watchers are shown the last state that was stored.
    const removed = backend.store.remove(table, targetKey(target))
    return { ...unchanged, committed: removed?.committed ?? unchanged.committed }
  }
  const put = backend.store.put(table, targetKey(target), stored)
  return { code: 200, object: written(put.entry, final, target), committed: put.committed }
}

/** Deleted, and nothing holds it any more. Namespaces are held by their spec too. */
function isFinished({ metadata, spec }: KubeObject): boolean {
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers ?? []).length > 0) return false
  const held = (spec as { finalizers?: unknown[] } | undefined)?.finalizers
  return !Array.isArray(held) || held.length === 0
}

/** Metadata that a write to the status of a custom resource may state, and is held to have owned, although it is dropped. */
const statedMetadata = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const

function recorder(asked: KubeObject, old: KubeObject, target: Target, track: Track): (after: KubeObject) => void {
  if (target.subresource !== 'status' || !target.kind.definition.custom) return (after) => track(old, after)
  const { metadata } = clone(asked)
  return (after) => {
    const claimed = { ...after, metadata: { ...after.metadata } }
    for (const field of statedMetadata) {
      if (metadata[field] === undefined) delete claimed.metadata[field]
      else Object.assign(claimed.metadata, { [field]: metadata[field] })
    }
    track(old, claimed)
    if (claimed.metadata.managedFields === undefined) delete after.metadata.managedFields
    else after.metadata.managedFields = claimed.metadata.managedFields
  }
}

function trackWrite(
  backend: Backend,
  target: Target,
  before: KubeObject,
  after: KubeObject,
  context: WriteContext,
): void {
  trackUpdate(before, after, fieldWriter(backend, target, context), target.version.schema)
}

function checkPreconditions(asked: ObjectMeta, present: ObjectMeta, target: Target): void {
  const { definition } = target.kind
  if ((asked.uid ?? '') !== '' && asked.uid !== present.uid) {
    throw conflict(
      definition,
      target.name,
      `StorageError: invalid object, Code: 4, Key: /registry/${registryPath(target)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${asked.uid}, UID in object meta: ${present.uid}`,
    )
  }
  const version = asked.resourceVersion ?? ''
  if (version !== '' && version !== '0' && version !== present.resourceVersion) throw conflict(definition, target.name)
}

/** An object that is going away is not held by anybody new. */
function refuseNewFinalizers(asked: ObjectMeta, present: ObjectMeta, target: Target): void {
  if (present.deletionTimestamp === undefined) return
  const added = (asked.finalizers ?? []).filter((finalizer) => present.finalizers?.includes(finalizer) !== true)
  if (added.length === 0) return
  const list = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`
  const error: FieldError = { type: 'FieldValueForbidden', field: 'metadata.finalizers', detail }
  // Custom resources are checked for it twice, and say so twice.
  throw invalid(target.kind.definition, target.name, target.kind.definition.custom ? [error, error] : [error])
}

/** Where kube-apiserver keeps an object, which its messages show. */
function registryPath(target: Target): string {
  const { custom, group, plural } = target.kind.definition
  return `${custom ? `${group}/` : ''}${plural}/${targetKey(target)}`
}

/** Only what this endpoint may write is taken from the request; the rest stays. */
function restrictToTarget(object: KubeObject, old: KubeObject, target: Target): KubeObject {
  const { custom } = target.kind.definition
  const next = object
  if (target.subresource === 'status') {
    const metadata = custom ? { ...clone(old.metadata), ...managedFieldsOf(object.metadata) } : object.metadata
    const kept = Object.keys(old).filter((key) => key !== 'status' && key !== 'metadata')
    for (const key of Object.keys(next)) if (key !== 'status') delete next[key as keyof KubeObject]
    for (const key of kept) next[key] = clone(old[key])
    next.metadata = metadata
  } else if (target.version.status) {
    if (old['status'] === undefined) delete next['status']
    else next['status'] = clone(old['status'])
  }
  keepSystemMetadata(next.metadata, old.metadata)
  return next
}

function managedFieldsOf({ managedFields }: ObjectMeta): Pick<ObjectMeta, 'managedFields'> {
  return managedFields === undefined ? {} : { managedFields }
}

const systemFields = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'resourceVersion',
  'namespace',
  'generateName',
] as const

function keepSystemMetadata(metadata: ObjectMeta, old: ObjectMeta): void {
  for (const field of systemFields) {
    if (old[field] === undefined) delete metadata[field]
    else Object.assign(metadata, { [field]: old[field] })
  }
  dropEmpty(metadata)
}

/** A change of what is wanted, as opposed to metadata and status, raises the generation. */
function setGeneration(object: KubeObject, old: KubeObject, target: Target): void {
  if (target.kind.definition.behaviour.withoutGeneration === true) return
  const wanted = (value: KubeObject) => {
    const { metadata: _, ...rest } = value
    if (target.version.status) delete rest['status']
    return rest
  }
  const same = deepEqual(wanted(object), wanted(old))
  object.metadata.generation = (old.metadata.generation ?? 1) + (same ? 0 : 1)
}
