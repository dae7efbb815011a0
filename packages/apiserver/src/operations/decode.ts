import { badRequest, DecodeFailure, invalid, type FieldError } from '../failure.ts'
import { isObject } from '../json.ts'
import { builtinShapes, metadataSchema } from '../kinds/builtin/shapes.ts'
import { conformToShape, WireTypeError } from '../kinds/wire-types.ts'
import { isBuiltinKind } from '../kinds/builtin/definitions.ts'
import { groupVersion, type KubeObject } from '../object.ts'
import { prune } from '../schema/prune.ts'
import { labelValue, labelValueHelp, qualifiedHelp } from '../selectors/label-syntax.ts'
import type { WriteContext } from './backend.ts'
import { targetApiVersion, type Target } from './target.ts'

/**
 * Checks that a body is an object of the target's kind and drops fields that its schema does not know, saying so as the
 * request wants. Changes `body`.
 *
 * @throws ApiFailure 400 when it is something else, or has unknown fields under strict validation.
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
  reportUnknownFields(prune(body, target.version.schema ?? {}, metadataSchema), target, context)
  return body as KubeObject
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
    return badRequest(
      apiVersion === expected
        ? `the kind in the data (${kind}) does not match the expected kind (${definition.kind})`
        : `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
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
    const problem = `json: cannot unmarshal ${found} into Go struct field ObjectMeta.metadata.${field} of type ${wanted}`
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
  if (metadata['generation'] !== undefined && typeof metadata['generation'] !== 'number') fail('generation', 'int64')
}

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const pathSegmentNames = new Set(['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'])

/** Rules that hold for the metadata of every kind. */
export function validateMetadata({ metadata }: KubeObject, target: Target): FieldError[] {
  const { definition } = target.kind
  const errors: FieldError[] = []
  const invalidField = (field: string, value: unknown, detail: string) =>
    errors.push({ type: 'FieldValueInvalid', field: `metadata.${field}`, value, detail })
  const name = metadata.name ?? ''
  if (name === '') {
    errors.push({ type: 'FieldValueRequired', field: 'metadata.name', detail: 'name or generateName is required' })
  } else if (pathSegmentNames.has(definition.plural) && definition.group === 'rbac.authorization.k8s.io') {
    if (/[/%]/.test(name) || name === '.' || name === '..') invalidField('name', name, `may not contain '/' or '%'`)
  } else if (definition.plural === 'namespaces' && definition.group === '') {
    if (name.includes('.')) invalidField('name', name, 'must not contain dots')
    else if (!label.test(name) || name.length > 63) invalidField('name', name, labelHelp)
  } else if (!subdomain.test(name) || name.length > 253)
    invalidField('name', name, name.length > 253 ? 'must be no more than 253 characters' : subdomainHelp)
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    checkKey(key, 'labels', invalidField)
    if (value.length > 63) invalidField('labels', value, 'must be no more than 63 bytes')
    else if (!labelValue.test(value)) invalidField('labels', value, labelValueHelp)
  }
  for (const key of Object.keys(metadata.annotations ?? {})) checkKey(key, 'annotations', invalidField)
  for (const owner of metadata.ownerReferences ?? []) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (typeof owner[field] !== 'string' || owner[field] === '') {
        errors.push({
          type: 'FieldValueInvalid',
          field: `metadata.ownerReferences.${field}`,
          value: owner[field] ?? '',
          detail: 'must not be empty',
        })
      }
    }
  }
  if ((metadata.ownerReferences ?? []).filter((owner) => owner.controller === true).length > 1) {
    invalidField('ownerReferences', metadata.ownerReferences, 'Only one reference can have Controller set to true')
  }
  for (const finalizer of metadata.finalizers ?? []) {
    if (!/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?$/.test(finalizer))
      invalidField('finalizers', finalizer, 'name part must consist of alphanumeric characters')
  }
  return errors
}

function checkKey(key: string, field: string, report: (field: string, value: unknown, detail: string) => void): void {
  const slash = key.indexOf('/')
  const prefix = slash < 0 ? undefined : key.slice(0, slash)
  const name = slash < 0 ? key : key.slice(slash + 1)
  if (prefix !== undefined && !subdomain.test(prefix)) report(field, key, `prefix part ${subdomainHelp}`)
  if (name === '' || name.length > 63 || !qualifiedName.test(name)) report(field, key, `name part ${qualifiedHelp}`)
}

const subdomainHelp =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const labelHelp =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

/** @throws ApiFailure 422 when there are any. */
export function failOn(errors: readonly FieldError[], target: Target, name: string): void {
  if (errors.length > 0) throw invalid(target.kind.definition, name, errors)
}
