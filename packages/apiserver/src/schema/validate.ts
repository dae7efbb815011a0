import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'

import type { FieldError } from '../failure.ts'
import { isObject, type JsonObject } from '../json.ts'
import { formatsOfKubernetes } from './formats.ts'
import { formatPath } from './path.ts'
import { isUnchanged } from './unchanged.ts'
import type { Schema } from './schema.ts'

/** @param old the object before a change: what is wrong there and did not change may stay. */
export type Validator = (object: JsonObject, old?: JsonObject) => FieldError[]

/**
 * Compiles the value rules of a structural schema. The messages are those of a Kubernetes API server. `metadata` is not
 * looked at: its rules are the same for all kinds.
 *
 * @throws Error when the schema itself is wrong, such as a pattern that does not compile.
 */
export function compileValidator(schema: Schema): Validator {
  const compiled = toJsonSchema(schema, true)
  let validate: ValidateFunction | undefined
  return (object, old) => {
    // Compiling takes tens of milliseconds: only kinds that are written pay it.
    validate ??= newAjv().compile(compiled)
    if (validate(object)) return []
    const errors = (validate.errors ?? []).filter(
      ({ instancePath }) => old === undefined || !isUnchanged(pathParts(instancePath, object), object, old, schema),
    )
    return [
      ...reported(errors).flatMap((error) => fieldErrors(error, object)),
      ...allOfErrors(errors, object, compiled),
    ]
  }
}

function newAjv(): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, verbose: true, unicodeRegExp: false, validateFormats: true })
  for (const [name, check] of Object.entries(formatsOfKubernetes)) ajv.addFormat(name, check)
  return ajv
}

const copied = [
  'enum',
  'minimum',
  'maximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
  'format',
] as const

/** JSON Schema with the meaning of the structural schema. */
function toJsonSchema(schema: Schema, root: boolean): JsonObject {
  const out: JsonObject = {}
  for (const keyword of copied) if (schema[keyword] !== undefined) out[keyword] = schema[keyword]
  if (typeof schema.format === 'string' && !Object.hasOwn(formatsOfKubernetes, schema.format)) delete out['format']
  const types =
    schema['x-kubernetes-int-or-string'] === true
      ? ['integer', 'string']
      : schema.type === undefined
        ? []
        : [schema.type]
  if (types.length > 0)
    out['type'] = schema.nullable === true ? [...types, 'null'] : types.length === 1 ? types[0] : types
  if (schema.nullable === true && schema.enum !== undefined) out['enum'] = [...schema.enum, null]
  if (schema.exclusiveMinimum === true) moveBound(out, 'minimum', 'exclusiveMinimum')
  if (schema.exclusiveMaximum === true) moveBound(out, 'maximum', 'exclusiveMaximum')
  if (schema.properties !== undefined) {
    const entries = Object.entries(schema.properties).filter(
      ([key]) => !(root && ['metadata', 'apiVersion', 'kind'].includes(key)),
    )
    out['properties'] = Object.fromEntries(entries.map(([key, member]) => [key, toJsonSchema(member, false)]))
  }
  if (typeof schema.additionalProperties === 'object')
    out['additionalProperties'] = toJsonSchema(schema.additionalProperties, false)
  if (schema.items !== undefined) out['items'] = toJsonSchema(schema.items, false)
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    const branches = schema[keyword]
    if (branches !== undefined) out[keyword] = branches.map((branch) => toJsonSchema(branch, false))
  }
  if (schema.not !== undefined) out['not'] = toJsonSchema(schema.not, false)
  return out
}

function moveBound(out: JsonObject, from: string, to: string): void {
  out[to] = out[from]
  delete out[from]
}

/** Rules of texts; only the first that is broken is told. */
const textRules = ['maxLength', 'minLength', 'pattern']

/** A text as one schema sees it: several may speak of the same. */
function place({ instancePath, schemaPath }: ErrorObject): string {
  return `${instancePath} ${schemaPath.slice(0, schemaPath.lastIndexOf('/'))}`
}

/** The errors that an API server tells of. */
function reported(errors: readonly ErrorObject[]): ErrorObject[] {
  const unmatched = new Set(
    errors
      .filter(
        ({ keyword, params }) => keyword === 'anyOf' || (keyword === 'oneOf' && params['passingSchemas'] === null),
      )
      .map(({ schemaPath }) => schemaPath),
  )
  const broken = new Map<string, number>()
  for (const error of errors) {
    const rank = textRules.indexOf(error.keyword)
    if (rank >= 0) broken.set(place(error), Math.min(rank, broken.get(place(error)) ?? rank))
  }
  return errors.filter((error) => {
    const rank = textRules.indexOf(error.keyword)
    return (rank < 0 || broken.get(place(error)) === rank) && isTold(error.schemaPath, unmatched)
  })
}

/** A list of schemas of which some do not hold is told of as such, besides what does not hold. */
function allOfErrors(errors: readonly ErrorObject[], object: JsonObject, compiled: JsonObject): FieldError[] {
  const found = new Map<string, { field: string; list: string; broken: Set<string> }>()
  for (const { schemaPath, instancePath, parentSchema } of errors) {
    const match = /^(.*\/allOf)\/(\d+)\//.exec(schemaPath)
    if (match === null || parentSchema === undefined) continue
    const [, list = '', index = ''] = match
    // Below the list, a pointer has one part for every `properties/x` or `items` of the schema's path.
    const below = schemaPath
      .slice(list.length)
      .split('/')
      .filter((part) => part === 'properties' || part === 'items').length
    const parts = pathParts(instancePath, object)
    const field = formatPath(parts.slice(0, Math.max(0, parts.length - below)))
    const entry = found.get(`${list} ${field}`) ?? { field, list, broken: new Set() }
    entry.broken.add(index)
    found.set(`${list} ${field}`, entry)
  }
  return [...found.values()].flatMap(({ field, list, broken }) => {
    const branches = valueAtPointer(compiled, list)
    const none = Array.isArray(branches) && branches.length === broken.size
    return combined(field, 'must validate all the schemas (allOf)', none ? '. None validated' : '')
  })
}

function valueAtPointer(value: unknown, pointer: string): unknown {
  let current = value
  for (const part of pointer.split('/').slice(1)) {
    current = (current as JsonObject | undefined)?.[
      decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    ]
  }
  return current
}

/** Where nothing matches, the first alternative explains why; other errors inside of alternatives say nothing. */
function isTold(schemaPath: string, unmatched: ReadonlySet<string>): boolean {
  const parent = schemaPath.slice(0, schemaPath.lastIndexOf('/') + 1)
  for (const match of parent.matchAll(branch)) {
    const combination = parent.slice(0, match.index + match[0].length).replace(/\/\d*\/?$/, '')
    if (match[1] === 'not' || match[2] !== '0' || !unmatched.has(combination)) return false
  }
  return true
}

const branch = /\/(anyOf|oneOf|not)\/(?:(\d+)\/)?/g

function fieldErrors(error: ErrorObject, object: JsonObject): FieldError[] {
  const parts = pathParts(error.instancePath, object)
  const field = formatPath(parts)
  const value: unknown = error.data
  const params = error.params as Record<string, unknown>
  const say = (text: string, shown: unknown = value): FieldError[] => [
    {
      type: 'FieldValueInvalid',
      field: field === '' ? '<nil>' : field,
      value: shown,
      detail: `${field} in body ${text}`,
    },
  ]
  switch (error.keyword) {
    case 'required':
      return [{ type: 'FieldValueRequired', field: formatPath([...parts, String(params['missingProperty'])]) }]
    case 'type': {
      const found = typeName(value)
      const wanted = (Array.isArray(params['type']) ? params['type'] : [params['type']]).filter(
        (type) => type !== 'null',
      )
      const detail = `${field} in body must be of type ${wanted.join(',')}: ${JSON.stringify(found)}`
      return [{ type: 'FieldValueTypeInvalid', field, value: found, detail }]
    }
    case 'enum': {
      const allowed = (params['allowedValues'] as unknown[]).filter((item) => item !== null)
      const shown = allowed.map((item) => JSON.stringify(typeof item === 'string' ? item : JSON.stringify(item)))
      return [{ type: 'FieldValueNotSupported', field, value, detail: `supported values: ${shown.join(', ')}` }]
    }
    case 'minimum':
      return say(`should be greater than or equal to ${String(params['limit'])}`)
    case 'exclusiveMinimum':
      return say(`should be greater than ${String(params['limit'])}`)
    case 'maximum':
      return say(`should be less than or equal to ${String(params['limit'])}`)
    case 'exclusiveMaximum':
      return say(`should be less than ${String(params['limit'])}`)
    case 'multipleOf':
      return say(`should be a multiple of ${String(params['multipleOf'])}`)
    case 'minLength':
      return say(`should be at least ${String(params['limit'])} chars long`)
    case 'maxLength':
      return [{ type: 'FieldValueTooLong', field, detail: `may not be more than ${counted(params['limit'], 'byte')}` }]
    case 'pattern':
      return say(`should match '${String(params['pattern'])}'`)
    case 'format':
      return say(`must be of type ${String(params['format'])}: ${JSON.stringify(value)}`).map((invalid) => ({
        ...invalid,
        type: 'FieldValueTypeInvalid',
      }))
    case 'minItems':
      return say(`should have at least ${String(params['limit'])} items`, sizeOf(value))
    case 'maxItems':
    case 'maxProperties':
      return [
        {
          type: 'FieldValueTooMany',
          field,
          value: sizeOf(value),
          detail: `must have at most ${counted(params['limit'], 'item')}`,
        },
      ]
    case 'minProperties':
      return say(`should have at least ${String(params['limit'])} properties`, sizeOf(value))
    case 'oneOf':
      return combined(field, 'must validate one and only one schema (oneOf)', oneOfTail(params))
    case 'anyOf':
      return combined(field, 'must validate at least one schema (anyOf)', '')
    case 'not':
      return combined(field, 'must not validate the schema (not)', '')
    default:
      return say(error.message ?? `breaks ${error.keyword}`)
  }
}

function combined(field: string, text: string, tail: string): FieldError[] {
  return [{ type: 'FieldValueInvalid', field: '<nil>', value: '', detail: `${JSON.stringify(field)} ${text}${tail}` }]
}

function oneOfTail(params: Record<string, unknown>): string {
  const passing = params['passingSchemas']
  return passing === null || passing === undefined
    ? '. Found none valid'
    : `. Found ${(passing as unknown[]).length} valid alternatives`
}

function counted(limit: unknown, noun: string): string {
  return `${String(limit)} ${noun}${limit === 1 ? '' : 's'}`
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length
  return isObject(value) ? Object.keys(value).length : 0
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

/** Parts of a JSON pointer; digits are indexes only where the object has a list. */
function pathParts(pointer: string, object: JsonObject): (string | number)[] {
  let current: unknown = object
  return pointer
    .split('/')
    .slice(1)
    .map((raw) => {
      const part = raw.replaceAll('~1', '/').replaceAll('~0', '~')
      const list = Array.isArray(current)
      current = (current as JsonObject | undefined)?.[part]
      return list ? Number(part) : part
    })
}
