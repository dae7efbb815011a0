import { isObject, type JsonObject } from '../json.ts'
import { formatQuantity, parseQuantity } from './quantity.ts'
import type { Shape, ShapeField, Shapes } from './shape.ts'

/** A value that the type of its field cannot hold, in the words of Go's decoder. */
export class WireTypeError extends Error {
  override readonly name = 'WireTypeError'
}

/**
 * Brings a decoded object of a built-in kind to the form in which its type is written: nulls and zeros that mean
 * "not set" go, quantities become canonical. Changes `object`.
 *
 * @throws WireTypeError for the first value of a wrong type.
 */
export function conformToShape(object: JsonObject, name: string, shapes: Shapes): void {
  const { metadata, ...rest } = object
  conformStruct(rest, shapeNamed(name, shapes), [], shapes)
  for (const key of Object.keys(object)) if (key !== 'metadata' && !Object.hasOwn(rest, key)) delete object[key]
  // The metadata is read by itself: an empty list means something there.
  Object.assign(object, rest, metadata === undefined ? {} : { metadata })
}

function shapeNamed(name: string, shapes: Shapes): Shape {
  const shape = shapes.get(name)
  if (shape === undefined) throw new Error(`no type ${name}`)
  return shape
}

function conformStruct(value: JsonObject, shape: Shape, path: readonly string[], shapes: Shapes): void {
  for (const key of Object.keys(value)) {
    const field = shape.fields.find(({ name }) => name === key)
    if (field === undefined) continue
    const place: Place = { shape, path: [...path, key], shapes }
    const conformed = value[key] === null ? undefined : conform(value[key], field.type, place)
    if (conformed === undefined || (!field.required && !field.zeroCounts && isZero(conformed, field))) delete value[key]
    else value[key] = conformed
  }
}

/** Where a value is, for messages. */
interface Place {
  readonly shape: Shape
  readonly path: readonly string[]
  readonly shapes: Shapes
}

function isZero(value: unknown, { type }: ShapeField): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (isObject(value)) return type.startsWith('{') && Object.keys(value).length === 0
  return zeroTypes.has(type) && (value === '' || value === 0 || value === false)
}

const zeroTypes = new Set(['string', 'bytes', 'int32', 'int64', 'integer', 'bool', 'double'])

function conform(value: unknown, type: string, place: Place): unknown {
  if (type.startsWith('[')) {
    if (!Array.isArray(value)) throw mismatch(value, type, place)
    const inner = type.slice(1, -1)
    return value.map((item) => (item === null ? emptyOf(inner) : conform(item, inner, place)))
  }
  if (type.startsWith('{')) {
    if (!isObject(value)) throw mismatch(value, type, place)
    const inner = type.slice(1, -1)
    for (const key of Object.keys(value)) {
      value[key] = value[key] === null ? emptyOf(inner) : conform(value[key], inner, place)
    }
    return value
  }
  const scalar = scalars[type]
  if (scalar !== undefined) return scalar(value, type, place)
  if (!isObject(value)) throw mismatch(value, type, place)
  conformStruct(value, shapeNamed(type, place.shapes), place.path, place.shapes)
  return value
}

function emptyOf(type: string): unknown {
  if (type.startsWith('[')) return null
  return type === 'string' || type === 'bytes' ? '' : {}
}

type ReadScalar = (value: unknown, type: string, place: Place) => unknown

const keep: ReadScalar = (value) => value
const text: ReadScalar = (value, type, place) => {
  if (typeof value !== 'string') throw mismatch(value, type, place)
  return value
}
const whole: ReadScalar = (value, type, place) => {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw mismatch(value, type, place)
  if (type === 'int32' && (value > 2 ** 31 - 1 || value < -(2 ** 31)))
    throw mismatch(value, type, place, `number ${value}`)
  return value
}
const base64: ReadScalar = (value, type, place) => {
  if (typeof value !== 'string') throw mismatch(value, type, place)
  const plain = value.replaceAll(/[\r\n]/g, '')
  const bad = /[^A-Za-z0-9+/=]/.exec(plain)?.index
  if (bad !== undefined) throw new WireTypeError(`illegal base64 data at input byte ${bad}`)
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(plain) || plain.length % 4 !== 0)
    throw new WireTypeError(`illegal base64 data at input byte ${plain.length - (plain.length % 4)}`)
  return plain
}
const time: ReadScalar = (value, type, place) => {
  if (typeof value !== 'string') throw mismatch(value, 'string', place)
  const layout = type === 'microTime' ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00'
  const sound = timePattern.test(value) && !Number.isNaN(Date.parse(value))
  const fraction = /T[\d:]{8}(\.\d{6}(?!\d))?(.*)$/.exec(value)
  if (sound && type === 'microTime' && fraction?.[1] === undefined) {
    const rest = JSON.stringify(fraction?.[2] ?? '')
    throw new WireTypeError(
      `parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse ${rest} as ".000000"`,
    )
  }
  if (sound) return inUtc(value, type)
  throw new WireTypeError(
    `parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(value)} as "2006"`,
  )
}

/** A time is written in UTC: in whole seconds, or in microseconds. */
function inUtc(written: string, type: string): string {
  const seconds = new Date(Math.floor(Date.parse(written) / 1000) * 1000).toISOString().slice(0, 19)
  if (type !== 'microTime') return `${seconds}Z`
  const fraction = /\.(\d+)/.exec(written)?.[1] ?? ''
  return `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`
}

const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[-+]\d{2}:\d{2})$/
const quantity: ReadScalar = (value) => {
  const parsed = typeof value === 'string' || typeof value === 'number' ? parseQuantity(String(value)) : undefined
  if (parsed !== undefined) return formatQuantity(parsed)
  throw new WireTypeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
}

const scalars: Readonly<Record<string, ReadScalar>> = {
  string: text,
  bytes: base64,
  time,
  microTime: time,
  quantity,
  int32: whole,
  int64: whole,
  integer: whole,
  double: (value, type, place) => {
    if (typeof value !== 'number') throw mismatch(value, type, place)
    return value
  },
  bool: (value, type, place) => {
    if (typeof value !== 'boolean') throw mismatch(value, type, place)
    return value
  },
  intOrString: (value, _, place) => {
    if (typeof value !== 'string' && !Number.isInteger(value)) throw mismatch(value, 'int32', place)
    return value
  },
  raw: keep,
  any: keep,
}

function mismatch(
  value: unknown,
  type: string,
  { shape, path, shapes }: Place,
  found = jsonType(value, type),
): WireTypeError {
  const wanted = goType(type, shapes)
  return new WireTypeError(
    `json: cannot unmarshal ${found} into Go struct field ${shape.name}.${path.join('.')} of type ${wanted}`,
  )
}

/** A number is shown where one was wanted, only of another sort. */
function jsonType(value: unknown, wanted: string): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) || !numeric.has(wanted) ? 'number' : `number ${value}`
  return typeof value
}

const numeric = new Set(['int32', 'int64', 'integer', 'double', 'intOrString'])

/** The name of a type in Go. */
function goType(type: string, shapes: Shapes): string {
  if (type.startsWith('[')) return `[]${goType(type.slice(1, -1), shapes)}`
  if (type.startsWith('{')) return `map[string]${goType(type.slice(1, -1), shapes)}`
  const named = shapes.get(type)
  if (named !== undefined) return `${named.openApiName.split('.').at(-2)}.${named.name}`
  return { bytes: '[]uint8', quantity: 'resource.Quantity', integer: 'int', double: 'float64' }[type] ?? type
}
