import type { FieldError, FieldErrorType } from '../failure.ts'
import type { AdmitError } from '../hooks.ts'
import { clone, valueAt } from '../json.ts'
import type { KubeObject } from '../object.ts'
import { formatGoValue, goTypeOf } from '../patch/go-value.ts'
import { applyDefaults } from '../schema/default.ts'
import { validateListTypes } from '../schema/list-types.ts'
import type { WriteContext } from './backend.ts'
import { failOn, validateMetadata } from './decode.ts'
import type { Target } from './target.ts'

interface Finish {
  readonly operation: 'CREATE' | 'UPDATE'
  readonly object: KubeObject
  readonly old: KubeObject | undefined
}

/**
 * Defaults, admission and validation of an object that is about to be written, in the version of the request. May change
 * `object`.
 *
 * @returns the object to store, still in the version of the request.
 * @throws ApiFailure 422 when it is not valid.
 */
export function finishObject(target: Target, { operation, object, old }: Finish, context: WriteContext): KubeObject {
  const { kind, version } = target
  applyDefaults(object, version.schema)
  kind.definition.behaviour.default?.(object)
  const admitted = admit(target, { operation, object, old }, context)
  const errors: FieldError[] = [...validateMetadata(admitted, target)]
  errors.push(...kind.validator(version)(admitted), ...validateListTypes(admitted, version.schema ?? {}))
  errors.push(...scaleErrors(admitted, target), ...ruleErrors(admitted, old, target, errors))
  errors.push(...(kind.definition.behaviour.validate?.(admitted, old) ?? []))
  failOn(errors, target, admitted.metadata.name ?? '')
  kind.definition.behaviour.complete?.(admitted)
  return admitted
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
): FieldError[] {
  const rules = target.kind.rules(target.version)
  if (rules.empty) return []
  if (!errors.some(({ type }) => blocking.has(type))) return rules.validate(object, old)
  return [{ type: 'FieldValueInvalid', field: '<nil>', value: null, detail: unchecked }]
}

function scaleErrors(object: KubeObject, { kind, version }: Target): FieldError[] {
  if (!kind.definition.custom || version.scale === undefined) return []
  const replicas = valueAt(object, version.scale.spec)
  if (replicas === undefined || replicas === null) return []
  const field = `.${version.scale.spec.join('.')}`
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    const detail = `${field} accessor error: ${formatGoValue(replicas)} is of the type ${goTypeOf(replicas)}, expected int64`
    return [{ type: 'FieldValueInvalid', field, value: 0, detail }]
  }
  if (replicas >= 0) return []
  return [{ type: 'FieldValueInvalid', field, value: replicas, detail: 'should be a non-negative integer' }]
}

function admit(target: Target, { operation, object, old }: Finish, context: WriteContext): KubeObject {
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
