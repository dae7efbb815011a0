import { conflict, invalid, notFound, unsupportedOption } from '../failure.ts'
import { clone, isObject, type JsonObject } from '../json.ts'
import type { KubeObject } from '../object.ts'
import type { Entry } from '../storage/object-store.ts'
import {
  findEntry,
  needVersion,
  readEntry,
  renderItem,
  timestamp,
  type Backend,
  type WriteContext,
  type Written,
} from './backend.ts'
import { failOn } from './decode.ts'
import { fieldErrorOf } from './finish.ts'
import { storeKey, targetKey, type Target } from './target.ts'

export const orphanFinalizer = 'orphan'
export const foregroundFinalizer = 'foregroundDeletion'

type Propagation = 'Background' | 'Foreground' | 'Orphan'

export interface DeleteOptions {
  readonly propagation: Propagation | undefined
  readonly uid: string | undefined
  readonly resourceVersion: string | undefined
}

/** Reads the options of a DELETE from its body and query. */
export function parseDeleteOptions(body: unknown, parameters: URLSearchParams): DeleteOptions {
  // Options in a body are all that counts.
  const query = body === undefined ? parameters : new URLSearchParams()
  const options: JsonObject = isObject(body) ? body : {}
  const preconditions = isObject(options['preconditions']) ? options['preconditions'] : {}
  const orphan =
    options['orphanDependents'] ??
    (query.has('orphanDependents') ? query.get('orphanDependents') === 'true' : undefined)
  const asked = options['propagationPolicy'] ?? query.get('propagationPolicy') ?? undefined
  if (asked !== undefined && asked !== 'Background' && asked !== 'Foreground' && asked !== 'Orphan') {
    throw unsupportedOption('DeleteOptions', 'propagationPolicy', asked, ['Foreground', 'Background', 'Orphan', 'nil'])
  }
  if (asked !== undefined && orphan !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set'
    throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
      { type: 'FieldValueInvalid', field: 'propagationPolicy', value: asked, detail },
    ])
  }
  const fromOrphan = orphan === undefined ? undefined : orphan === true ? 'Orphan' : 'Background'
  return {
    propagation: asked ?? fromOrphan,
    uid: typeof preconditions['uid'] === 'string' ? preconditions['uid'] : undefined,
    resourceVersion:
      typeof preconditions['resourceVersion'] === 'string' ? preconditions['resourceVersion'] : undefined,
  }
}

/**
 * DELETE on an object.
 *
 * @param admit false: whoever may refuse has been asked.
 */
export function deleteObject(
  backend: Backend,
  target: Target,
  options: DeleteOptions,
  context: WriteContext,
  admit = true,
): Written {
  const { definition } = target.kind
  const entry = findEntry(backend, target)
  if (entry === undefined) throw notFound(definition, target.name)
  checkPreconditions(entry.object, options, target)
  if (admit) admitDeletion(backend, entry, target, context)
  const next = markDeleted(backend, entry.object, options)
  const object = { code: 200, object: readEntry(entry, target), committed: backend.store.settled() }
  if (!isHeld(next)) {
    const removed = context.dryRun ? undefined : backend.store.remove(definition.table, targetKey(target))
    const committed = removed?.committed ?? object.committed
    if (definition.behaviour.returnsDeleted === true) {
      return { code: 200, object: removed === undefined ? object.object : readEntry(removed.entry, target), committed }
    }
    return { code: 200, object: success(entry.object, target), committed }
  }
  if (entry.object.metadata.deletionTimestamp !== undefined && sameFinalizers(next, entry.object)) return object
  if (context.dryRun) return object
  const written = backend.store.put(definition.table, targetKey(target), next)
  return { code: 200, object: readEntry(written.entry, target), committed: written.committed }
}

/** DELETE on a collection: every object that `keep` lets through. */
export function deleteCollection(
  backend: Backend,
  target: Target,
  keep: (entry: Entry) => boolean,
  options: DeleteOptions,
  context: WriteContext,
): Written {
  const { definition } = target.kind
  const prefix = target.namespace === '' ? '' : `${target.namespace}/`
  const entries = [...backend.store.all(definition.table, prefix)].filter(keep)
  const targetOf = ({ object: { metadata } }: Entry) => ({
    ...target,
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
  })
  // None is deleted before all may be: work that waits for an answer begins again.
  needVersion(entries, target)
  // Of a collection, webhooks are told no name.
  for (const entry of entries) admitDeletion(backend, entry, { ...targetOf(entry), name: '' }, context)
  const committed = entries.map((entry) => {
    return deleteObject(backend, targetOf(entry), options, context, false).committed
  })
  const list = {
    kind: definition.listKind,
    apiVersion: readable(target),
    metadata: { ...(definition.custom ? { continue: '' } : {}), resourceVersion: String(backend.store.revision) },
    items: entries.map((entry) => JSON.parse(renderItem(entry, target)) as object),
  }
  return { code: 200, object: list, committed: Promise.all(committed) }
}

function readable(target: Target): string {
  const { group } = target.kind.definition
  return group === '' ? target.version.name : `${group}/${target.version.name}`
}

function checkPreconditions({ metadata }: KubeObject, options: DeleteOptions, target: Target): void {
  const { definition } = target.kind
  if (options.uid !== undefined && options.uid !== metadata.uid) {
    const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`
    throw conflict({ group: definition.group, plural: definition.kind }, target.name, why)
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`
    throw conflict({ group: definition.group, plural: definition.kind }, target.name, why)
  }
}

function admitDeletion(backend: Backend, entry: Entry, target: Target, context: WriteContext): void {
  const { hooks } = target.kind
  const result = hooks.admit?.({ operation: 'DELETE', object: entry.object, old: entry.object, dryRun: context.dryRun })
  if (result !== undefined && 'errors' in result) failOn(result.errors.map(fieldErrorOf), target, target.name)
  const { outside, dryRun, options = {}, warn } = context
  if (outside === undefined || !(backend.admission.any('validating') || backend.admission.any('mutating'))) return
  const old = readEntry(entry, target)
  const admission = { operation: 'DELETE', target, object: undefined, old, outside, dryRun, options, warn } as const
  backend.admission.mutateDeletion(admission)
  backend.admission.validate(admission)
}

/** The object as deleted, still to be stored or removed. */
function markDeleted(backend: Backend, object: KubeObject, { propagation }: DeleteOptions): KubeObject {
  const next = clone(object)
  const { metadata } = next
  const others = (metadata.finalizers ?? []).filter(
    (finalizer) => finalizer !== orphanFinalizer && finalizer !== foregroundFinalizer,
  )
  const present = (metadata.finalizers ?? []).filter((finalizer) => !others.includes(finalizer))
  const wanted = propagation === undefined ? present : propagationFinalizers[propagation]
  const finalizers = [...others, ...wanted]
  if (finalizers.length === 0) delete metadata.finalizers
  else metadata.finalizers = finalizers
  if (metadata.deletionTimestamp === undefined) {
    metadata.deletionTimestamp = timestamp(backend.now())
    metadata.deletionGracePeriodSeconds = 0
    if (metadata.generation !== undefined) metadata.generation += 1
    if (next.kind === 'Namespace' && next.apiVersion === 'v1')
      next['status'] = { ...(next['status'] as object), phase: 'Terminating' }
  }
  return next
}

const propagationFinalizers: Record<Propagation, readonly string[]> = {
  Background: [],
  Foreground: [foregroundFinalizer],
  Orphan: [orphanFinalizer],
}

/** Something has to be done before it may go. */
function isHeld(object: KubeObject): boolean {
  if ((object.metadata.finalizers ?? []).length > 0) return true
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return false
  const finalizers = (object['spec'] as { finalizers?: string[] } | undefined)?.finalizers
  return (finalizers ?? []).length > 0
}

function sameFinalizers(a: KubeObject, b: KubeObject): boolean {
  return (a.metadata.finalizers ?? []).join() === (b.metadata.finalizers ?? []).join()
}

function success({ metadata }: KubeObject, target: Target): object {
  const { group, plural } = target.kind.definition
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: metadata.name, ...(group === '' ? {} : { group }), kind: plural, uid: metadata.uid },
  }
}

/** Removes an object that the server itself disposes of, unless finalizers hold it: then it is only marked. */
export function disposeOf(
  backend: Backend,
  table: string,
  { object }: Entry,
  propagation: Propagation | undefined,
): void {
  const { namespace = '', name = '' } = object.metadata
  const key = storeKey(namespace, name)
  const next = markDeleted(backend, object, { propagation, uid: undefined, resourceVersion: undefined })
  if (!isHeld(next)) backend.store.remove(table, key)
  else if (object.metadata.deletionTimestamp === undefined) backend.store.put(table, key, next)
}
