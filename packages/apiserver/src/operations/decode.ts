import { badRequest, DecodeFailure, invalid, type FieldError } from '../failure.ts'
import { isObject } from '../json.ts'
import { builtinShapes, metadataSchema } from '../kinds/builtin/shapes.ts'
import { conformToShape, WireTypeError } from '../kinds/wire-types.ts'
import { isBuiltinKind } from '../kinds/builtin/definitions.ts'
import { groupVersion, type KubeObject } from '../object.ts'
import { prune } from '../schema/prune.ts'
import type { WriteContext } from './backend.ts'
import { targetApiVersion, type Target } from './target.ts'

/**
 * Checks that a body is an object of the target's kind, brings it to the form of its type and drops fields that its schema does not know, saying so as the
 * request wants. Changes `body`.
 *
 * @throws ApiFailure 400 when it is something else, has a value that its field cannot hold, or has unknown fields under strict validation.
 */
export function decodeObject(body: unknown, target: Target, context: WriteContext): KubeObject {
  const { definition } = target.kind
  const apiVersion = targetApiVersion(target)
  if (!isObject(body)) throw notAnObject(body, definition.kind)
  if (definition.custom) requireTypeMeta(body, definition.kind)
  body['apiVersion'] ??= apiVersion
  body['kind'] ??= definition.kind
  if (body['apiVersion'] !== apiVersion || body['kind'] !== definition.kind) throw ofAnotherKind(body, target)
  if (body['metadata'] === undefined || body['metadata'] === null) body['metadata'] = {}
  if (!isObject(body['metadata'])) throw badRequest('metadata must be an object')
  checkMetadataTypes(body['metadata'], target)
  const unknown = prune(body, target.version.schema ?? {}, metadataSchema)
  const object = body as KubeObject
  conformObject(object, target)
  reportUnknownFields(definition.custom ? inOrderOfCustom(unknown) : unknown, target, context)
  return object
}

const inMetadata = (path: string): number => Number(/\.metadata\./.test(path))

/** By name; what is unknown in the metadata of a resource inside of the object is found later. */
function inOrderOfCustom(unknown: readonly string[]): string[] {
  return unknown.toSorted((a, b) => inMetadata(a) - inMetadata(b) || (a < b ? -1 : 1))
}

/**
 * Brings an object of a built-in kind to the form of its type.
 *
 * @throws DecodeFailure for a value that its field cannot hold.
 */
export function conformObject(object: KubeObject, target: Target): void {
  const { shape, name } = target.version
  if (shape === undefined) return
  try {
    conformToShape(object, shape, builtinShapes)
  } catch (error) {
    if (error instanceof WireTypeError) throw new DecodeFailure(target.kind.definition.kind, name, error.message)
    throw error
  }
}

function notAnObject(body: unknown, kind: string): Error {
  const data = JSON.stringify(body) ?? ''
  const found = Array.isArray(body) ? 'array' : typeof body
  const typeMeta =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type ${typeMeta} (${summary(data)})`,
  )
}

/** The start of what was sent, as messages show it. */
function summary(data: string): string {
  if (data === '') return '<empty>'
  const text = data.startsWith('{') ? data : Buffer.from(data).toString('hex')
  const most = data.startsWith('{') ? 30 : 60
  return text.length > most ? `${text.slice(0, most)} ...` : text
}

function ofAnotherKind(body: Record<string, unknown>, { kind: { definition }, version }: Target): Error {
  const [apiVersion, kind] = [String(body['apiVersion']), String(body['kind'])]
  const expected = groupVersion(definition.group, version.name)
  if (definition.custom) {
    if (apiVersion === expected) {
      const wrong: FieldError = {
        type: 'FieldValueInvalid',
        field: 'kind',
        value: kind,
        detail: `must be ${definition.kind}`,
      }
      return invalid({ group: definition.group, kind }, nameOf(body), [wrong])
    }
    return badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    )
  }
  const [name = '', group = ''] = apiVersion.split('/').toReversed()
  const prefix = `${kind} in version ${JSON.stringify(name)} cannot be handled as a ${definition.kind}`
  return badRequest(
    isBuiltinKind(apiVersion, kind)
      ? `${prefix}: converting (${packageOf(group, name)}.${kind}) to (${packageOf(definition.group, 'core')}.${definition.kind}): unknown conversion`
      : `${prefix}: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:110"`,
  )
}

function nameOf(body: Record<string, unknown>): string {
  const name = isObject(body['metadata']) ? body['metadata']['name'] : undefined
  return typeof name === 'string' ? name : ''
}

/** The Go package of a group's types: versioned ones are known by their version. */
function packageOf(group: string, version: string): string {
  return group === '' || version !== 'core' ? version : (group.split('.')[0] ?? '')
}

export function reportUnknownFields(unknown: readonly string[], target: Target, context: WriteContext): void {
  const { duplicates = [], fieldValidation } = context
  if (unknown.length + duplicates.length === 0 || fieldValidation === 'Ignore') return
  const messages = [
    ...duplicates.map((path) => `duplicate field "${path}"`),
    ...unknown.map((path) => `unknown field "${path}"`),
  ]
  if (fieldValidation === 'Warn') messages.forEach((message) => context.warn(message))
  else {
    const { kind } = target.kind.definition
    throw new DecodeFailure(kind, target.version.name, `strict decoding error: ${messages.join(', ')}`)
  }
}

/** Custom resources are read without knowing their type, so they have to state it. */
function requireTypeMeta(body: Record<string, unknown>, kind: string): void {
  for (const [field, name] of [
    ['kind', 'Kind'],
    ['apiVersion', 'apiVersion'],
  ] as const) {
    if (typeof body[field] === 'string' && body[field] !== '') continue
    const text = JSON.stringify(body)
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): Object '${name}' is missing in '${text}' (${summary(text)})`,
    )
  }
}

const stringFields = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
]
const objectFields = ['labels', 'annotations']
const listFields = ['finalizers', 'ownerReferences', 'managedFields']

/** Metadata of a wrong type cannot be read at all, so it is no matter of validation. */
function checkMetadataTypes(metadata: Record<string, unknown>, target: Target): void {
  const fail = (field: string, wanted: string) => {
    const { kind } = target.kind.definition
    const found = Array.isArray(metadata[field]) ? 'array' : typeof metadata[field]
    // The metadata of custom resources is read by itself.
    const place = target.kind.definition.custom ? `ObjectMeta.${field}` : `ObjectMeta.metadata.${field}`
    const problem = `json: cannot unmarshal ${found} into Go struct field ${place} of type ${wanted}`
    throw new DecodeFailure(kind, target.version.name, problem)
  }
  for (const field of [...stringFields, ...objectFields, ...listFields])
    if (metadata[field] === null) delete metadata[field]
  for (const field of stringFields)
    if (metadata[field] !== undefined && typeof metadata[field] !== 'string') fail(field, 'string')
  for (const field of listFields)
    if (metadata[field] !== undefined && !Array.isArray(metadata[field])) fail(field, 'list')
  for (const field of objectFields) {
    const map = metadata[field]
    if (map === undefined) continue
    if (!isObject(map)) fail(field, 'map[string]string')
    else if (Object.values(map).some((value) => typeof value !== 'string')) fail(field, 'string')
  }
  for (const field of ['creationTimestamp', 'deletionTimestamp']) checkTime(metadata[field], target)
  if (metadata['generation'] !== undefined && typeof metadata['generation'] !== 'number') fail('generation', 'int64')
}

function checkTime(value: unknown, { kind, version }: Target): void {
  if (value === undefined || (typeof value === 'string' && !Number.isNaN(Date.parse(value)) && value.includes('T')))
    return
  const shown = JSON.stringify(value)
  const problem = `parsing time ${shown} as "2006-01-02T15:04:05Z07:00": cannot parse ${shown} as "2006"`
  throw new DecodeFailure(kind.definition.kind, version.name, problem)
}

/** @throws ApiFailure 422 when there are any. */
export function failOn(errors: readonly FieldError[], target: Target, name: string): void {
  if (errors.length > 0) throw invalid(target.kind.definition, name, errors)
}
