import { randomBytes, randomUUID } from 'node:crypto'

import { trackUpdate } from '../apply/apply.ts'
import { alreadyExists, ApiFailure, badRequest, forbidden, notFound } from '../failure.ts'
import { clone, type JsonObject } from '../json.ts'
import type { KubeObject } from '../object.ts'
import type { Schema } from '../schema/schema.ts'
import { findEntry, readEntry, timestamp, type Backend, type WriteContext, type Written } from './backend.ts'
import { dropEmpty } from '../object.ts'
import { conformObject, decodeObject } from './decode.ts'
import { finishObject } from './finish.ts'
import { storeKey, targetApiVersion, type Target } from './target.ts'

/** POST on a collection. */
export function createObject(backend: Backend, target: Target, body: unknown, context: WriteContext): Written {
  const object = decodeObject(body, target, context)
  conformObject(object, target)
  if ((object.metadata.resourceVersion ?? '') !== '') {
    throw new ApiFailure(500, '', 'resourceVersion should not be set on objects to be created')
  }
  return insertObject(backend, target, object, context, (final) => trackCreation(backend, target, final, context))
}

/** Records the writer as manager of what it stated. */
export function trackCreation(backend: Backend, target: Target, object: KubeObject, context: WriteContext): void {
  const writer = {
    manager: context.fieldManager,
    apiVersion: targetApiVersion(target),
    subresource: '',
    time: timestamp(backend.now()),
    ...(target.kind.definition.custom ? {} : { blank: blankOf(target.version.schema) }),
    disowned: [
      ...(target.version.status || target.kind.definition.review === true ? [['f:status']] : []),
      ...(target.kind.definition.behaviour.unowned ?? []),
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
): Written {
  const { kind, version } = target
  prepareMetadata(backend, target, object)
  const named = { ...target, name: object.metadata.name ?? '' }
  checkNamespace(backend, named)
  if (version.status && kind.definition.custom) delete object['status']
  kind.definition.behaviour.prepareCreate?.(object)
  const final = finishObject(named, { operation: 'CREATE', object, old: undefined }, context)
  if (findEntry(backend, named) !== undefined) throw alreadyExists(kind.definition, named.name)
  track(final)
  const stored = kind.toStored(final)
  if (context.dryRun) return { code: 201, object: final, committed: Promise.resolve() }
  const { entry, committed } = backend.store.put(
    kind.definition.table,
    storeKey(named.namespace, named.name),
    clone(stored),
  )
  return { code: 201, object: readEntry(entry, target), committed }
}

/** Parts that Go's types hold by value, so that even an empty object has them. */
const heldByValue = new Set(['spec', 'status', 'template', 'metadata', 'strategy', 'updateStrategy'])

function blankOf(schema: Schema | undefined): JsonObject {
  const parts = Object.entries(schema?.properties ?? {}).filter(
    ([name, part]) => heldByValue.has(name) && part.properties !== undefined,
  )
  const blank: JsonObject = Object.fromEntries(parts.map(([name, part]) => [name, blankOf(part)]))
  // A list that is never left out is there, empty.
  if (schema?.properties?.['containers'] !== undefined) blank['containers'] = null
  return blank
}

function prepareMetadata(backend: Backend, target: Target, object: KubeObject): void {
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
      metadata.name = generateName(metadata.generateName)
  }
  dropEmpty(metadata)
  metadata.uid = randomUUID()
  metadata.creationTimestamp = timestamp(backend.now())
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  delete metadata.resourceVersion
  // Kinds without one keep what the client says, which means nothing.
  if (behaviour.withoutGeneration !== true) metadata.generation = 1
}

/** Without vowels and characters that look alike, so that no words come out. */
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789'
const longestBase = 58

function generateName(base: string): string {
  const suffix = [...randomBytes(5)].map((byte) => nameAlphabet[byte % nameAlphabet.length]).join('')
  return `${base.slice(0, longestBase)}${suffix}`
}

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
