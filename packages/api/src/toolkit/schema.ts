import { Type, type Static, type TSchema } from 'typebox'

/**
 * Builders for structural schemas: TypeBox schemas that are also what a CustomResourceDefinition accepts.
 *
 * Every builder takes the description first (it becomes `kubectl explain`), then what it is made of, then bounds.
 * Bounds carry JSON-schema names; `rules` are CEL rules evaluated by the API server on this very value.
 *
 * A field is required unless wrapped in `optional`.
 */

/** A CEL rule on one value of an object. https://kubernetes.io/docs/reference/using-api/cel/ */
export interface ValidationRule {
  /** `self` is the value the rule is attached to, `oldSelf` its value before an update. */
  rule: string
  /** Says what is wrong and what would be right; the API server puts the field path in front. */
  message?: string
  messageExpression?: string
  reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate'
  /** The field to blame, relative to the value, e.g. `.clusterName`. */
  fieldPath?: string
  optionalOldSelf?: boolean
}

interface Common {
  rules?: readonly ValidationRule[]
}
export interface TextBounds extends Common {
  minLength?: number
  maxLength?: number
  pattern?: string
  format?: string
  default?: string
}
export interface IntegerBounds extends Common {
  minimum?: number
  maximum?: number
  default?: number
}
export interface BooleanBounds extends Common {
  default?: boolean
}
export interface ObjectBounds extends Common {
  minProperties?: number
  maxProperties?: number
  /** Replaced as a whole by server-side apply. */
  atomic?: boolean
  /** Keeps fields that the schema does not name. */
  preserveUnknownFields?: boolean
  default?: unknown
}
export interface ListBounds extends Common {
  minItems?: number
  maxItems?: number
  default?: readonly unknown[]
}
export interface EnumBounds<T extends string> extends Common {
  default?: T
}

type Options = Record<string, unknown>

/** Marks a field that may be absent. */
export const optional = Type.Optional

export function text(description: string, bounds: TextBounds = {}) {
  return Type.String(options(description, bounds))
}

export function int32(description: string, bounds: IntegerBounds = {}) {
  return Type.Integer({ ...options(description, bounds), format: 'int32' })
}

export function int64(description: string, bounds: IntegerBounds = {}) {
  return Type.Integer({ ...options(description, bounds), format: 'int64' })
}

export function boolean(description: string, bounds: BooleanBounds = {}) {
  return Type.Boolean(options(description, bounds))
}

/** One of a closed set of words. */
export function oneOf<const T extends readonly string[]>(
  description: string,
  values: T,
  bounds: EnumBounds<T[number]> = {},
) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options(description, bounds) })
}

export function object<P extends Record<string, TSchema>>(
  description: string,
  properties: P,
  bounds: ObjectBounds = {},
) {
  return Type.Object(properties, options(description, bounds))
}

/** A map with free keys. */
export function mapOf<V extends TSchema>(description: string, values: V, bounds: ObjectBounds = {}) {
  return Type.Record(Type.String(), values, options(description, bounds))
}

/** A map from text to text, like labels. */
export function textMap(description: string, bounds: ObjectBounds = {}) {
  return mapOf(description, Type.String(), bounds)
}

/** A list without a declared merge strategy (server-side apply replaces it as a whole). */
export function list<I extends TSchema>(description: string, items: I, bounds: ListBounds = {}) {
  return Type.Array(items, options(description, bounds))
}

/** A list that server-side apply replaces as a whole, said explicitly. */
export function atomicList<I extends TSchema>(description: string, items: I, bounds: ListBounds = {}) {
  return Type.Array(items, { ...options(description, bounds), 'x-kubernetes-list-type': 'atomic' })
}

/** A list of distinct plain values. */
export function setList<I extends TSchema>(description: string, items: I, bounds: ListBounds = {}) {
  return Type.Array(items, { ...options(description, bounds), 'x-kubernetes-list-type': 'set' })
}

/** A list whose items are identified by some of their fields. */
export function listMap<I extends TSchema>(
  description: string,
  keys: readonly (keyof Static<I> & string)[],
  items: I,
  bounds: ListBounds = {},
) {
  return Type.Array(items, {
    ...options(description, bounds),
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [...keys],
  })
}

/** An object of any shape, kept as it is. */
export function anyObject(description: string, bounds: ObjectBounds = {}) {
  return Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    ...options(description, { ...bounds, preserveUnknownFields: true }),
  })
}

/** A value of any type, kept as it is. */
export function anyValue(description: string) {
  return Type.Unknown({ description, 'x-kubernetes-preserve-unknown-fields': true })
}

/** A number of things or a percentage of them. */
export function intOrString(description: string, bounds: Common = {}) {
  return Type.Unsafe<number | string>({
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    'x-kubernetes-int-or-string': true,
    ...options(description, bounds),
  })
}

/** `500m`, `2Gi`, `3`. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
export function quantity(description: string, bounds: Common = {}) {
  return Type.Unsafe<number | string>({
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    pattern: quantityPattern,
    'x-kubernetes-int-or-string': true,
    ...options(description, bounds),
  })
}

/** A Go duration such as `1h30m`. See `parseDuration`. */
export function duration(description: string, bounds: TextBounds = {}) {
  return text(description, bounds)
}

/** An RFC 3339 time. */
export function time(description: string) {
  return text(description, { format: 'date-time' })
}

const quantityPattern =
  '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$'

function options(description: string, bounds: ObjectBounds): Options {
  const { rules, atomic, preserveUnknownFields, ...rest } = bounds
  return {
    ...(description === '' ? {} : { description }),
    ...rest,
    ...(atomic === true ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(preserveUnknownFields === true ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    ...(rules === undefined ? {} : { 'x-kubernetes-validations': rules.map((rule) => ({ ...rule })) }),
  }
}
