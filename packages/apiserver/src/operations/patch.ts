import { serverSideApply } from '../apply/apply.ts'
import { listProblems } from '../apply/typed.ts'
import { ApiFailure, badRequest, conflict, DecodeFailure, invalid, notFound, unsupportedMediaType } from '../failure.ts'
import { clone, isObject, type JsonObject } from '../json.ts'
import { metadataSchema } from '../kinds/builtin/shapes.ts'
import type { KubeObject } from '../object.ts'
import { formatGoValue } from '../patch/go-value.ts'
import { applyJsonPatch } from '../patch/json-patch.ts'
import { applyMergePatch } from '../patch/merge-patch.ts'
import { applyStrategicMerge } from '../patch/strategic-merge.ts'
import { prune } from '../schema/prune.ts'
import { findEntry, readEntry, timestamp, type Backend, type WriteContext, type Written } from './backend.ts'
import { insertObject } from './create.ts'
import { conformObject, decodeObject } from './decode.ts'
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

/** A patch that makes something else than an object of the kind is at fault itself. */
function decodePatched(patched: JsonObject, patch: PatchRequest, target: Target, context: WriteContext): KubeObject {
  try {
    const object = decodeObject(clone(patched), target, context)
    conformObject(object, target)
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
      if (target.kind.definition.custom) throw unsupportedMediaType(customPatchTypes)
      return applyStrategicMerge(live, patch.body, target.version.schema)
  }
}

const customPatchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml']

function applyObject(backend: Backend, target: Target, patch: PatchRequest, context: WriteContext): Written {
  const config = decodeConfiguration(patch.body, target, context)
  const entry = findEntry(backend, target)
  const writer = {
    manager: context.fieldManager,
    apiVersion: targetApiVersion(target),
    subresource: target.subresource,
    time: timestamp(backend.now()),
  }
  const options = { writer, force: patch.force === true, hasStatus: target.version.status }
  if (entry === undefined) {
    if (target.subresource !== '') throw notFound(target.kind.definition, target.name)
    const object = serverSideApply(undefined, config, options, target.version.schema)
    conformObject(object, target)
    const { managedFields } = object.metadata
    return insertObject(backend, target, object, context, (final) => {
      if (managedFields !== undefined) final.metadata.managedFields = managedFields
    })
  }
  const live = readEntry(entry, target)
  checkApplyVersion(config, live, target)
  const object = clone(serverSideApply(live, config, options, target.version.schema))
  conformObject(object, target)
  const { managedFields } = object.metadata
  return replaceEntry(backend, target, entry, object, context, (_, after) => {
    if (managedFields === undefined) delete after.metadata.managedFields
    else after.metadata.managedFields = managedFields
  })
}

function checkApplyVersion(config: KubeObject, live: KubeObject, target: Target): void {
  const version = config.metadata.resourceVersion
  if (version !== undefined && version !== live.metadata.resourceVersion)
    throw conflict(target.kind.definition, target.name)
  // It is no field that an applier could own.
  delete config.metadata.resourceVersion
}

function decodeConfiguration(body: unknown, target: Target, context: WriteContext): KubeObject {
  if (!isObject(body)) throw badRequest('the body of an apply patch must be an object')
  if (context.fieldManager === '') {
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      { type: 'FieldValueRequired', field: 'fieldManager', detail: 'is required for apply patch' },
    ])
  }
  requireTypeMeta(body, target)
  refuseUndeclared(body, target)
  // Items of a list-map that cannot be told apart cannot be merged.
  failToType(body, listProblems(body, target.version.schema), target)
  const config = decodeObject(body, target, context)
  if (config.metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil')
  config.metadata.name ??= target.name
  if (target.namespace !== '') config.metadata.namespace ??= target.namespace
  if (config.metadata.name !== target.name || (config.metadata.namespace ?? '') !== target.namespace) {
    throw badRequest(
      `the name of the object (${config.metadata.name}) does not match the name on the URL (${target.name})`,
    )
  }
  return config
}

/** Ownership of a field that the schema does not know cannot be recorded: an apply that states one fails as a whole. */
function refuseUndeclared(body: JsonObject, target: Target): void {
  const unknown = prune(clone(body), target.version.schema ?? {}, metadataSchema).filter(
    (path) => !path.startsWith('metadata.'),
  )
  const lines = unknown.map((path) => `.${path}: field not declared in schema`)
  failToType(body, lines, target)
}

function failToType(body: JsonObject, lines: readonly string[], target: Target): void {
  if (lines.length === 0) return
  const { name = '', namespace = '' } = (body['metadata'] ?? {}) as { name?: string; namespace?: string }
  const what = `${namespace}/${name}; ${targetApiVersion(target)}, Kind=${target.kind.definition.kind}`
  const detail = lines.length === 1 ? lines.join('') : `errors:\n${lines.map((line) => `  ${line}`).join('\n')}`
  throw new ApiFailure(500, '', `failed to create typed patch object (${what}): ${detail}`)
}

function requireTypeMeta(body: JsonObject, target: Target): void {
  if (target.kind.definition.custom && body['apiVersion'] === undefined && body['kind'] === undefined)
    throw badRequest('invalid object type: /, Kind=')
  for (const field of ['apiVersion', 'kind']) {
    if (typeof body[field] === 'string') continue
    throw new ApiFailure(
      400,
      'BadRequest',
      `error decoding YAML: Object '${field === 'kind' ? 'Kind' : 'apiVersion'}' is missing, expected a ${target.kind.definition.kind}`,
    )
  }
}
