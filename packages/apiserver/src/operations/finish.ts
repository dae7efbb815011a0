import { fieldErrorBody, type FieldError, type FieldErrorType } from '../failure.ts'
import type { AdmitError } from '../hooks.ts'
import { clone, isObject, valueAt } from '../json.ts'
import type { KubeObject } from '../object.ts'
import { formatGoValue, goTypeOf } from '../patch/go-value.ts'
import { applyDefaults } from '../schema/default.ts'
import { validateEmbeddedResources } from '../schema/embedded-resources.ts'
import { validateListTypes } from '../schema/list-types.ts'
import { prune } from '../schema/prune.ts'
import { metadataSchema } from '../kinds/builtin/shapes.ts'
import type { Backend, WriteContext } from './backend.ts'
import { conformObject, failOn } from './decode.ts'
import type { Target } from './target.ts'
import { validateMetadata } from './validate-metadata.ts'

interface Finish {
  readonly operation: 'CREATE' | 'UPDATE'
  readonly object: KubeObject
  readonly old: KubeObject | undefined
  /** Records who owns the fields: what mutating webhooks change after that is nobody's. */
  readonly track: (object: KubeObject) => void
  /** A null that the schema does not allow is at fault, instead of being dropped. */
  readonly keepNulls?: boolean
}

/**
 * Defaults, admission and validation of an object that is about to be written, in the version of the request. May change
 * `object`.
 *
 * @returns the object to store, still in the version of the request.
 * @throws ApiFailure 422 when it is not valid.
 */
export function finishObject(backend: Backend, target: Target, finish: Finish, context: WriteContext): KubeObject {
  const { operation, object, old, track } = finish
  const { kind, version } = target
  applyDefaults(object, version.schema, finish.keepNulls)
  kind.definition.behaviour.default?.(object)
  const asked = context.outside !== undefined && target.subresource !== 'scale' && backend.admission.any('mutating')
  const made = admit(target, finish, context)
  const admitted = asked ? mutate(backend, target, { ...finish, object: made }, context) : made
  const errors: FieldError[] = [...validateMetadata(admitted, old, target)]
  errors.push(...kind.validator(version)(admitted, old), ...customErrors(admitted, old, target))
  errors.push(...scaleErrors(admitted, target), ...ruleErrors(admitted, old, target, errors, context))
  const own = ownErrors(admitted, old, target, errors)
  failOn([...errors, ...own], target, admitted.metadata.name ?? '')
  warnOfFinalizers(admitted, old, target, context)
  kind.definition.behaviour.complete?.(admitted)
  if (!asked) track(admitted)
  if (context.outside !== undefined && target.subresource !== 'scale')
    backend.admission.validate(
      admission(target, { operation, object: admitted, old }, { ...context, outside: context.outside }),
    )
  return admitted
}

/** What the rules of a kind say. That a field is missing, they know better than its schema. */
function ownErrors(
  object: KubeObject,
  old: KubeObject | undefined,
  { kind }: Target,
  errors: FieldError[],
): FieldError[] {
  const own = kind.definition.behaviour.validate?.(object, old) ?? []
  const missing = new Set(own.filter(({ type }) => type === 'FieldValueRequired').map(({ field }) => field))
  for (const [index, { type, field }] of [...errors.entries()].toReversed())
    if (type === 'FieldValueRequired' && missing.has(field)) errors.splice(index, 1)
  return own
}

function warnOfFinalizers(
  { metadata }: KubeObject,
  old: KubeObject | undefined,
  target: Target,
  { warn }: WriteContext,
): void {
  if (!target.kind.definition.custom || target.subresource === 'status') return
  for (const name of metadata.finalizers ?? []) {
    if (name.includes('/') || standardFinalizers.has(name) || old?.metadata.finalizers?.includes(name) === true)
      continue
    const advice = 'prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers'
    warn(`metadata.finalizers: ${JSON.stringify(name)}: ${advice}`)
  }
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

/** What schemas of custom resources say beyond values; built-in kinds have rules of their own. */
function customErrors(object: KubeObject, old: KubeObject | undefined, { kind, version }: Target): FieldError[] {
  const { schema } = version
  if (!kind.definition.custom || schema === undefined) return []
  const embedded = validateEmbeddedResources(object, schema)
  // Lists that were wrong before may stay so.
  if (old !== undefined && validateListTypes(old, schema).length > 0) return embedded
  return [...validateListTypes(object, schema), ...embedded]
}

type AdmissionContext = WriteContext & { readonly outside: NonNullable<WriteContext['outside']> }

function admission(
  target: Target,
  { operation, object, old }: Omit<Finish, 'track'>,
  { outside, dryRun, options = {}, warn }: AdmissionContext,
) {
  // A patch makes an object or changes one, and is told as that.
  const kind = operation === 'CREATE' ? 'CreateOptions' : 'UpdateOptions'
  return { operation, target, object, old, outside, dryRun, options: { ...options, kind }, warn }
}

/** What the server itself says of a new object, which mutating webhooks do not see yet. */
const madeHere = ['uid', 'creationTimestamp', 'generation'] as const

function mutate(
  backend: Backend,
  target: Target,
  { operation, object, old, track }: Finish,
  context: WriteContext,
): KubeObject {
  const { outside } = context
  if (outside === undefined) return object
  track(object)
  const shown = { ...object, metadata: { ...object.metadata } }
  if (operation === 'CREATE') for (const field of madeHere) delete shown.metadata[field]
  const { generateName = '', name = '' } = object.metadata
  if (operation === 'CREATE' && generateName !== '' && name.endsWith(context.identity.suffix))
    delete shown.metadata.name
  const normalise = (changed: KubeObject): KubeObject => {
    prune(changed, target.version.schema ?? {}, metadataSchema)
    conformObject(changed, target)
    applyDefaults(changed, target.version.schema)
    target.kind.definition.behaviour.default?.(changed)
    return changed
  }
  const changed = clone(
    backend.admission.mutate(admission(target, { operation, object: shown, old }, { ...context, outside }), normalise),
  )
  for (const field of [...madeHere, 'name', 'namespace', 'managedFields', 'resourceVersion'] as const) {
    if (object.metadata[field] === undefined) delete changed.metadata[field]
    else Object.assign(changed.metadata, { [field]: object.metadata[field] })
  }
  return changed
}

/** Errors after which a value may have any form, so that rules about it make no sense. */
const blocking = new Set<FieldErrorType>([
  'FieldValueRequired',
  'FieldValueNotSupported',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])

const unchecked =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation'

function ruleErrors(
  object: KubeObject,
  old: KubeObject | undefined,
  target: Target,
  errors: readonly FieldError[],
  { warn }: WriteContext,
): FieldError[] {
  const rules = target.kind.rules(target.version)
  if (rules.empty) return []
  if (!errors.some(({ type }) => blocking.has(type))) {
    return rules.validate(object, old, (error) => warn(`${error.field}: ${fieldErrorBody(error)}`))
  }
  return [{ type: 'FieldValueInvalid', field: '<nil>', value: null, detail: unchecked }]
}

const mostReplicas = 2 ** 31 - 1

/** What the scale of a custom resource is read from has to be what a Scale can say. */
function scaleErrors(object: KubeObject, { kind, version, subresource }: Target): FieldError[] {
  if (!kind.definition.custom || version.scale === undefined) return []
  return replicasErrors(object, subresource === 'status' ? version.scale.status : version.scale.spec)
}

function replicasErrors(object: KubeObject, path: readonly string[]): FieldError[] {
  const field = `.${path.join('.')}`
  const wrong = (value: number, detail: string): FieldError[] => [{ type: 'FieldValueInvalid', field, value, detail }]
  const parents = path.slice(1).map((_, index) => valueAt(object, path.slice(0, index + 1)))
  const broken = parents.find((parent) => parent !== undefined && parent !== null && !isObject(parent))
  if (broken !== undefined)
    return wrong(
      0,
      `${field} accessor error: ${formatGoValue(broken)} is of the type ${goTypeOf(broken)}, expected map[string]interface{}`,
    )
  const replicas = valueAt(object, path)
  if (replicas === undefined || replicas === null) return []
  if (typeof replicas !== 'number' || !Number.isInteger(replicas))
    return wrong(
      0,
      `${field} accessor error: ${formatGoValue(replicas)} is of the type ${goTypeOf(replicas)}, expected int64`,
    )
  if (replicas > mostReplicas) return wrong(replicas, `should be less than or equal to ${mostReplicas}`)
  return replicas < 0 ? wrong(replicas, 'should be a non-negative integer') : []
}

function admit(target: Target, { operation, object, old }: Omit<Finish, 'track'>, context: WriteContext): KubeObject {
  const { kind, version } = target
  if (kind.hooks.admit === undefined) return object
  const result = kind.hooks.admit({
    operation,
    object: clone(kind.toStored(object)),
    ...(old === undefined ? {} : { old: kind.toStored(old) }),
    dryRun: context.dryRun,
    ...(target.subresource === '' ? {} : { subresource: target.subresource }),
  })
  if ('errors' in result) {
    failOn(result.errors.map(fieldErrorOf), target, object.metadata.name ?? '')
    return object
  }
  result.warnings?.forEach((warning) => context.warn(warning))
  const admitted = clone(kind.convert(result.object, version.name))
  applyDefaults(admitted, version.schema)
  return admitted
}

export function fieldErrorOf({ field, message, value, type = 'Invalid' }: AdmitError): FieldError {
  return { type: `FieldValue${type}`, field, detail: message, ...(value === undefined ? {} : { value }) }
}
