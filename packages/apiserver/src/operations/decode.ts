import { badRequest, invalid, type FieldError } from '../failure.ts'
import { isObject } from '../json.ts'
import { metadataSchema } from '../kinds/builtin/shapes.ts'
import type { KubeObject } from '../object.ts'
import { prune } from '../schema/prune.ts'
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
  if (!isObject(body)) throw badRequest(`the body of the request must be a JSON object, a ${definition.kind}`)
  if (definition.custom) requireTypeMeta(body, definition.kind)
  body['apiVersion'] ??= apiVersion
  body['kind'] ??= definition.kind
  if (body['apiVersion'] !== apiVersion) {
    throw badRequest(
      `the API version in the data (${String(body['apiVersion'])}) does not match the expected API version (${apiVersion})`,
    )
  }
  if (body['kind'] !== definition.kind) {
    throw badRequest(
      `${definition.kind} in version "${target.version.name}" cannot be handled as a ${String(body['kind'])}: the kind in the data (${String(body['kind'])}) does not match the expected kind (${definition.kind})`,
    )
  }
  if (body['metadata'] === undefined || body['metadata'] === null) body['metadata'] = {}
  if (!isObject(body['metadata'])) throw badRequest('metadata must be an object')
  checkMetadataTypes(body['metadata'], target)
  reportUnknownFields(prune(body, target.version.schema ?? {}, metadataSchema), target, context)
  return body as KubeObject
}

export function reportUnknownFields(unknown: readonly string[], target: Target, context: WriteContext): void {
  if (unknown.length === 0 || context.fieldValidation === 'Ignore') return
  const messages = unknown.map((path) => `unknown field "${path}"`)
  if (context.fieldValidation === 'Warn') messages.forEach((message) => context.warn(message))
  else {
    const { kind } = target.kind.definition
    throw badRequest(
      `${kind} in version "${target.version.name}" cannot be handled as a ${kind}: strict decoding error: ${messages.join(', ')}`,
    )
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
    const start = text.length > 36 ? `${text.slice(0, 36)} ...` : text
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): Object '${name}' is missing in '${text}' (${start})`,
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
    throw badRequest(
      `${kind} in version "${target.version.name}" cannot be handled as a ${kind}: json: cannot unmarshal ${found} into Go struct field ObjectMeta.metadata.${field} of type ${wanted}`,
    )
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
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
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
    if (!label.test(name) || name.length > 63) invalidField('name', name, labelHelp)
  } else if (!subdomain.test(name) || name.length > 253)
    invalidField('name', name, name.length > 253 ? 'must be no more than 253 bytes' : subdomainHelp)
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
const qualifiedHelp =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const labelValueHelp =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

/** @throws ApiFailure 422 when there are any. */
export function failOn(errors: readonly FieldError[], target: Target, name: string): void {
  if (errors.length > 0) throw invalid(target.kind.definition, name, errors)
}
