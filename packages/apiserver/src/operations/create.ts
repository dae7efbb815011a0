import { trackUpdate } from '../apply/apply.ts'
import { alreadyExists, ApiFailure, badRequest, forbidden, notFound } from '../failure.ts'
import { clone, isObject, valueAt, type JsonObject } from '../json.ts'
import type { KubeObject } from '../object.ts'
import type { Schema } from '../schema/schema.ts'
import { findEntry, timestamp, written, type Backend, type WriteContext, type Written } from './backend.ts'
import { dropEmpty } from '../object.ts'
import { decodeObject } from './decode.ts'
import { finishObject } from './finish.ts'
import { fieldWriter } from './field-writer.ts'
import { forgetManagers, isRecordable } from './recordable.ts'
import { storeKey, type Target } from './target.ts'

/** POST on a collection. */
export function createObject(backend: Backend, target: Target, body: unknown, context: WriteContext): Written {
  const object = decodeObject(body, target, context)
  return insertObject(backend, target, object, context, (final) => trackCreation(backend, target, final, context))
}

/** Records the writer as manager of what it stated. */
export function trackCreation(backend: Backend, target: Target, object: KubeObject, context: WriteContext): void {
  const writer = {
    ...fieldWriter(backend, target, context, ''),
    ...(target.kind.definition.custom ? {} : { blank: blankOf(target.version.schema) }),
    disowned: [
      ...(target.version.status || target.kind.definition.review === true ? [['f:status']] : []),
      ...(target.kind.definition.behaviour.unowned ?? []).filter((path) =>
        saysNothing(
          valueAt(
            object,
            path.map((part) => part.slice(2)),
          ),
        ),
      ),
    ],
  }
  trackUpdate(undefined, object, writer, target.version.schema)
}

/**
 * The way of a new object into the store, after its body is read.
 *
 * @param track records who owns its fields.
 */
export function insertObject(
  backend: Backend,
  target: Target,
  object: KubeObject,
  context: WriteContext,
  track: (object: KubeObject) => void,
  keepNulls = false,
): Written {
  const { kind, version } = target
  const { resourceVersion = '' } = object.metadata
  prepareMetadata(backend, target, object, context)
  const named = { ...target, name: object.metadata.name ?? '' }
  checkNamespace(backend, named)
  const record = isRecordable(object, named) ? track : forgetManagers
  if (version.status && kind.definition.custom) delete object['status']
  kind.definition.behaviour.prepareCreate?.(object)
  const final = finishObject(
    backend,
    named,
    { operation: 'CREATE', object, old: undefined, track: record, keepNulls },
    context,
  )
  // What is no version is none.
  if (!context.dryRun && /^\d+$/.test(resourceVersion) && Number(resourceVersion) !== 0)
    throw new ApiFailure(500, '', 'resourceVersion should not be set on objects to be created')
  const present = findEntry(backend, named)
  if (present !== undefined)
    throw alreadyExists(kind.definition, named.name, present.object.metadata.deletionTimestamp !== undefined)
  kind.definition.behaviour.allocate?.(final, () => objectsOf(backend, kind.definition.table))
  const stored = kind.toStored(final, context.outside)
  if (context.dryRun) {
    if (resourceVersion !== '') final.metadata.resourceVersion = resourceVersion
    return { code: 201, object: final, committed: Promise.resolve() }
  }
  const { entry, committed } = backend.store.put(
    kind.definition.table,
    storeKey(named.namespace, named.name),
    clone(stored),
  )
  return { code: 201, object: written(entry, final, target), committed }
}

function* objectsOf(backend: Backend, table: string): Generator<KubeObject> {
  for (const { object } of backend.store.all(table)) yield object
}

function saysNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  return isObject(value)
    ? Object.keys(value).length === 0
    : Array.isArray(value) && value.every((item) => item === 'kubernetes')
}

/** Parts that Go's types hold by value, so that even an empty object has them. */
const heldByValue = new Set([
  'spec',
  'status',
  'template',
  'metadata',
  'strategy',
  'updateStrategy',
  'resources',
  'podSelector',
  'scaleTargetRef',
  'jobTemplate',
])

export function blankOf(schema: Schema | undefined): JsonObject {
  const parts = Object.entries(schema?.properties ?? {}).filter(
    ([name, part]) => heldByValue.has(name) && part.properties !== undefined,
  )
  const blank: JsonObject = Object.fromEntries(parts.map(([name, part]) => [name, blankOf(part)]))
  // A list that is never left out is there, empty.
  for (const list of ['containers', 'rules']) if (schema?.properties?.[list] !== undefined) blank[list] = null
  return blank
}

function prepareMetadata(backend: Backend, target: Target, object: KubeObject, { identity }: WriteContext): void {
  const { metadata } = object
  const { behaviour, namespaced } = target.kind.definition
  if (namespaced) {
    metadata.namespace ??= target.namespace
    if (metadata.namespace === '') metadata.namespace = target.namespace
    if (metadata.namespace !== target.namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
    }
  } else delete metadata.namespace
  if (metadata.name === undefined || metadata.name === '') {
    delete metadata.name
    if (metadata.generateName !== undefined && metadata.generateName !== '')
      metadata.name = `${metadata.generateName.slice(0, longestBase)}${identity.suffix}`
  }
  dropEmpty(metadata)
  metadata.uid = identity.uid
  metadata.creationTimestamp = timestamp(backend.now())
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  delete metadata.resourceVersion
  // Kinds without one keep what the client says, which means nothing.
  if (behaviour.withoutGeneration !== true) metadata.generation = 1
}

const longestBase = 58

/** New objects need a namespace that exists and is not going away. */
function checkNamespace(backend: Backend, target: Target): void {
  const { definition } = target.kind
  if (!definition.namespaced) return
  const namespace = backend.store.get('namespaces', target.namespace)
  if (namespace === undefined) throw notFound({ group: '', plural: 'namespaces' }, target.namespace)
  if (namespace.object.metadata.deletionTimestamp === undefined) return
  const why = `unable to create new content in namespace ${target.namespace} because it is being terminated`
  throw forbidden(definition, target.name, why, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${target.namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ])
}
