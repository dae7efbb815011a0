import { serverSideApply } from '../apply/apply.ts'
import { typedProblems } from '../apply/typed-problems.ts'
import { ApiFailure, badRequest, conflict, DecodeFailure, invalid, notFound, unsupportedMediaType } from '../failure.ts'
import { clone, isObject, type JsonObject } from '../json.ts'
import { metadataSchema } from '../kinds/builtin/shapes.ts'
import type { KubeObject } from '../object.ts'
import { formatGoValue } from '../patch/go-value.ts'
import { applyJsonPatch } from '../patch/json-patch.ts'
import { applyMergePatch } from '../patch/merge-patch.ts'
import { applyStrategicMerge } from '../patch/strategic-merge.ts'
import { findEntry, readEntry, type Backend, type WriteContext, type Written } from './backend.ts'
import { blankOf, insertObject } from './create.ts'
import { conformObject, decodeObject } from './decode.ts'
import { fieldWriter } from './field-writer.ts'
import { targetApiVersion, type Target } from './target.ts'
import { replaceEntry } from './update.ts'

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

export interface PatchRequest {
  readonly type: PatchType
  readonly body: unknown
  readonly force: boolean | undefined
}

/** PATCH on an object or its status. */
export function patchObject(backend: Backend, target: Target, patch: PatchRequest, context: WriteContext): Written {
  if (patch.type === 'apply') return applyObject(backend, target, patch, context)
  const { definition } = target.kind
  if (patch.force !== undefined) {
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      { type: 'FieldValueForbidden', field: 'force', detail: 'may not be specified for non-apply patch' },
    ])
  }
  refuseStrategic(patch, target)
  const entry = findEntry(backend, target)
  if (entry === undefined) throw notFound(definition, target.name)
  const live = readEntry(entry, target)
  const patched = patchValue(live, patch, target)
  if (!isObject(patched)) throw badRequest('the patched object must be a JSON object')
  const object = decodePatched(patched, patch, target, context)
  if (object.metadata.name !== target.name || (object.metadata.namespace ?? '') !== target.namespace) {
    throw badRequest(
      `the name of the object (${object.metadata.name ?? ''}) does not match the name on the URL (${target.name})`,
    )
  }
  return replaceEntry(backend, target, entry, object, context)
}

/** @throws ApiFailure 415 for a custom resource, whose lists say nothing of how they merge. */
export function refuseStrategic({ type }: PatchRequest, { kind }: Target): void {
  if (type === 'strategic' && kind.definition.custom) throw unsupportedMediaType(customPatchTypes)
}

/** A patch that makes something else than an object of the kind is at fault itself. */
function decodePatched(patched: JsonObject, patch: PatchRequest, target: Target, context: WriteContext): KubeObject {
  try {
    const object = decodeObject(clone(patched), target, context)
    return object
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error
    throw invalidPatch(patch.type === 'strategic' ? formatGoValue(patch.body) : JSON.stringify(patched), error.problem)
  }
}

/** A patch whose result cannot be read. */
export function invalidPatch(value: string, detail: string): ApiFailure {
  return invalid({ group: '', kind: '' }, '', [{ type: 'FieldValueInvalid', field: 'patch', value, detail }])
}

/** The result of a patch on an object, without any check of it. */
export function patchValue(live: unknown, patch: PatchRequest, target: Target): unknown {
  switch (patch.type) {
    case 'json':
      return applyJsonPatch(live, patch.body)
    case 'merge':
      if (!isObject(patch.body)) {
        const found = Array.isArray(patch.body) ? 'array' : typeof patch.body
        throw badRequest(
          `error decoding patch: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`,
        )
      }
      return applyMergePatch(live, patch.body)
    default:
      return applyStrategicMerge(live, patch.body, target.version.schema)
  }
}

const customPatchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml']

function applyObject(backend: Backend, target: Target, patch: PatchRequest, context: WriteContext): Written {
  const entry = findEntry(backend, target)
  if (entry === undefined && target.subresource !== '') throw notFound(target.kind.definition, target.name)
  const config = decodeConfiguration(patch.body, target, context)
  const writer = {
    ...fieldWriter(backend, target, context),
    ...(target.kind.definition.custom ? {} : { blank: blankOf(target.version.schema) }),
  }
  const options = { writer, force: patch.force === true, hasStatus: target.version.status }
  if (entry === undefined) {
    refuseUid(config, target)
    const object = serverSideApply(undefined, config, options, target.version.schema)
    decodeMerged(object, target)
    const { managedFields } = object.metadata
    return insertObject(
      backend,
      target,
      object,
      context,
      (final) => {
        if (managedFields !== undefined) final.metadata.managedFields = managedFields
      },
      true,
    )
  }
  const live = readEntry(entry, target)
  checkApplyVersion(config, live, target)
  const object = clone(serverSideApply(live, config, options, target.version.schema))
  decodeMerged(object, target)
  const { managedFields } = object.metadata
  return replaceEntry(
    backend,
    target,
    entry,
    object,
    context,
    (_, after) => {
      if (managedFields === undefined) delete after.metadata.managedFields
      else after.metadata.managedFields = managedFields
    },
    true,
  )
}

/** Who names the object that is to be changed does not want a new one. */
function refuseUid({ metadata: { uid = '' } }: KubeObject, target: Target): void {
  if (uid === '') return
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`
  throw conflict(target.kind.definition, target.name, why)
}

/** A configuration may state nulls; an object has none. */
function decodeMerged(object: KubeObject, target: Target): void {
  for (const [key, value] of Object.entries(object.metadata))
    if (value === null) delete object.metadata[key as keyof KubeObject['metadata']]
  readUnstructured(object, target, () => conformObject(object, target))
}

/**
 * What an object cannot hold is told in other words when the object is made of a patch.
 *
 * @throws ApiFailure 500
 */
function readUnstructured(object: KubeObject, target: Target, read: () => void): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof DecodeFailure) || target.kind.definition.custom) throw error
    const { name = '', namespace = '' } = object.metadata
    const type = `${target.kind.definition.group}/${target.version.name}, Kind=${target.kind.definition.kind}`
    const problem = `unable to convert unstructured object to ${type}: ${unstructuredProblem(error)}`
    throw new ApiFailure(
      500,
      '',
      `failed to convert new object (${namespace}/${name}; ${type}) to proper version: ${problem}`,
    )
  }
}

/** What is not base64 is found out in another way when an object is made of a patch. */
function unstructuredProblem({ problem }: DecodeFailure): string {
  return problem.startsWith('illegal base64') ? `error decoding from json: ${problem}` : problem
}

function checkApplyVersion(config: KubeObject, live: KubeObject, target: Target): void {
  const version = config.metadata.resourceVersion
  if ((version ?? '') !== '' && version !== live.metadata.resourceVersion)
    throw conflict(target.kind.definition, target.name)
  // It is no field that an applier could own.
  delete config.metadata.resourceVersion
}

function decodeConfiguration(body: unknown, target: Target, context: WriteContext): KubeObject {
  if (!isObject(body)) throw badRequest('the body of an apply patch must be an object')
  requireTypeMeta(body, target)
  failToType(body, typedProblems(body, target.version.schema ?? {}, metadataSchema), target)
  // What is stated as nothing is owned all the same, so the configuration stays as it was sent.
  const config = clone(body) as KubeObject
  config.metadata = { ...config.metadata }
  readUnstructured(config, target, () => decodeObject(body, target, context))
  if ((config.metadata.managedFields ?? undefined) !== undefined) throw badRequest('metadata.managedFields must be nil')
  config.metadata.name ??= target.name
  if (target.namespace !== '') config.metadata.namespace ??= target.namespace
  if (config.metadata.name !== target.name || (config.metadata.namespace ?? '') !== target.namespace) {
    throw badRequest(
      `the name of the object (${config.metadata.name}) does not match the name on the URL (${target.name})`,
    )
  }
  return config
}

/** Ownership of what does not fit the schema cannot be recorded: an apply that states such fails as a whole. */
function failToType(body: JsonObject, lines: readonly string[], target: Target): void {
  if (lines.length === 0) return
  const { name = '', namespace = '' } = (body['metadata'] ?? {}) as { name?: string; namespace?: string }
  const { group } = target.kind.definition
  const what = `${namespace}/${name}; ${group}/${target.version.name}, Kind=${target.kind.definition.kind}`
  const detail = lines.length === 1 ? lines.join('') : `errors:\n${lines.map((line) => `  ${line}`).join('\n')}`
  throw new ApiFailure(500, '', `failed to create typed patch object (${what}): ${detail}`)
}

function requireTypeMeta(body: JsonObject, target: Target): void {
  const [apiVersion, kind] = [body['apiVersion'], body['kind']]
  const { definition } = target.kind
  if (definition.custom && (apiVersion !== targetApiVersion(target) || kind !== definition.kind)) {
    if (apiVersion === undefined && kind === undefined) throw badRequest('invalid object type: /, Kind=')
    if (typeof apiVersion === 'string' && typeof kind === 'string')
      throw badRequest(`invalid object type: ${apiVersion.includes('/') ? '' : '/'}${apiVersion}, Kind=${kind}`)
  }
  for (const field of ['apiVersion', 'kind']) {
    if (typeof body[field] === 'string') continue
    throw new ApiFailure(
      400,
      'BadRequest',
      `error decoding YAML: Object '${field === 'kind' ? 'Kind' : 'apiVersion'}' is missing, expected a ${target.kind.definition.kind}`,
    )
  }
}
