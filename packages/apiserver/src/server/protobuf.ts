import { badRequest, unsupportedMediaType } from '../failure.ts'
import type { JsonObject } from '../json.ts'
import { builtinShapes } from '../kinds/builtin/shapes.ts'
import type { Shape, ShapeField } from '../kinds/shape.ts'

export const protobufType = 'application/vnd.kubernetes.protobuf'

/** Precedes every message that Kubernetes sends. */
const magic = Buffer.from('k8s\0')

/**
 * Reads an object of a built-in kind from the protobuf encoding that Go clients send.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 * @throws ApiFailure 400 when the bytes are broken, 415 for a kind without a protobuf form.
 */
export function decodeProtobuf(bytes: Buffer): JsonObject {
  if (!bytes.subarray(0, magic.length).equals(magic))
    throw badRequest('the body of the request is not a Kubernetes protobuf message')
  try {
    return decodeUnknown(bytes.subarray(magic.length))
  } catch (error) {
    if (error instanceof RangeError)
      throw badRequest(`the body of the request is a broken protobuf message: ${error.message}`)
    throw error
  }
}

/** The envelope: `runtime.Unknown {typeMeta = 1, raw = 2}`. */
function decodeUnknown(bytes: Buffer): JsonObject {
  let apiVersion = ''
  let kind = ''
  let raw: Buffer = Buffer.alloc(0)
  for (const [number, value] of fieldsOf(bytes)) {
    if (number === 1 && Buffer.isBuffer(value)) {
      for (const [inner, text] of fieldsOf(value)) {
        if (inner === 1) apiVersion = String(text)
        if (inner === 2) kind = String(text)
      }
    } else if (number === 2 && Buffer.isBuffer(value)) raw = value
  }
  const shape = shapeOf(apiVersion, kind)
  if (shape === undefined) throw unsupportedMediaType(['application/json', 'application/yaml'])
  return { apiVersion, kind, ...decodeMessage(raw, shape, 0) }
}

function shapeOf(apiVersion: string, kind: string): Shape | undefined {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
  return builtinShapes.get(`${group.split('.')[0]}.${kind}`) ?? builtinShapes.get(kind)
}

type WireValue = bigint | Buffer

const deepest = 64

function decodeMessage(bytes: Buffer, shape: Shape, depth: number): JsonObject {
  if (depth > deepest) throw new RangeError('nested too deeply')
  const out: JsonObject = {}
  for (const [number, value] of fieldsOf(bytes)) {
    const field = shape.fields.find(({ number: [first, second] }) => first === number && second === undefined)
    if (field !== undefined) put(out, field, value, depth)
    else if (Buffer.isBuffer(value)) putInlined(out, shape, number, value, depth)
  }
  return out
}

/** Members of a message that JSON does not show as one. */
function putInlined(out: JsonObject, shape: Shape, number: number, bytes: Buffer, depth: number): void {
  const inlined = shape.fields.filter((field) => field.number[0] === number && field.number.length === 2)
  if (inlined.length === 0) return
  for (const [inner, value] of fieldsOf(bytes)) {
    const field = inlined.find((candidate) => candidate.number[1] === inner)
    if (field !== undefined) put(out, field, value, depth)
  }
}

function put(out: JsonObject, field: ShapeField, value: WireValue, depth: number): void {
  const { name, type } = field
  if (type.startsWith('[')) {
    const list = (out[name] ??= []) as unknown[]
    list.push(...decodeItems(type.slice(1, -1), value, depth))
  } else if (type.startsWith('{')) {
    const [key, item] = decodeMapEntry(type.slice(1, -1), value, depth)
    if (key === '__proto__') throw badRequest('a map has a key "__proto__", which is not allowed')
    const map = (out[name] ??= {}) as JsonObject
    map[key] = item
  } else {
    const decoded = decodeValue(type, value, depth)
    // Go clients send the zero of every plain field; JSON leaves it out.
    const zero = decoded === '' || decoded === 0 || decoded === false
    if (decoded !== undefined && !(zero && !field.zeroCounts)) out[name] = decoded
  }
}

function decodeItems(type: string, value: WireValue, depth: number): unknown[] {
  if (!Buffer.isBuffer(value) || !packed.has(type)) return [decodeValue(type, value, depth)]
  const items: unknown[] = []
  for (let offset = 0; offset < value.length;) {
    const [item, next] = readVarint(value, offset)
    items.push(decodeValue(type, item, depth))
    offset = next
  }
  return items
}

const packed = new Set(['int32', 'int64', 'integer', 'bool'])

function decodeMapEntry(type: string, entry: WireValue, depth: number): [string, unknown] {
  if (!Buffer.isBuffer(entry)) throw new RangeError('a map entry must be a message')
  let key = ''
  let value: unknown
  for (const [number, inner] of fieldsOf(entry)) {
    if (number === 1) key = String(inner)
    else if (number === 2)
      value = type.startsWith('[') ? decodeItems(type.slice(1, -1), inner, depth) : decodeValue(type, inner, depth)
  }
  return [key, value ?? (type === 'string' || type === 'bytes' || type === 'quantity' ? '' : {})]
}

function decodeValue(type: string, value: WireValue, depth: number): unknown {
  switch (type) {
    case 'string':
      return String(value)
    case 'bytes':
      return Buffer.isBuffer(value) ? value.toString('base64') : ''
    case 'bool':
      return value !== 0n
    case 'int32':
    case 'int64':
    case 'integer':
      return Number(BigInt.asIntN(64, value as bigint))
    case 'double':
      return Buffer.isBuffer(value) ? value.readDoubleLE(0) : 0
    default:
      if (!Buffer.isBuffer(value)) throw new RangeError(`a ${type} must be a message`)
      return decodeSpecial(type, value, depth)
  }
}

/** Messages that JSON shows as something else. */
function decodeSpecial(type: string, bytes: Buffer, depth: number): unknown {
  const members = () => new Map(fieldsOf(bytes))
  switch (type) {
    case 'quantity':
      return String(members().get(1) ?? '')
    case 'time':
    case 'microTime':
      return decodeTime(members(), type === 'microTime')
    case 'intOrString': {
      const fields = members()
      return fields.get(1) === 1n
        ? String(fields.get(3) ?? '')
        : Number(BigInt.asIntN(64, (fields.get(2) as bigint | undefined) ?? 0n))
    }
    case 'raw': {
      const raw = members().get(1)
      return Buffer.isBuffer(raw) && raw.length > 0 ? JSON.parse(raw.toString()) : undefined
    }
    case 'any':
      // A JSON schema: its protobuf form is not supported, and no client of built-in kinds sends it.
      throw unsupportedMediaType(['application/json', 'application/yaml'])
    default: {
      const shape = builtinShapes.get(type)
      if (shape === undefined) throw new RangeError(`no type ${type}`)
      // ExtraValue and the like are lists in JSON.
      return decodeMessage(bytes, shape, depth + 1)
    }
  }
}

/** `{seconds = 1, nanos = 2}`; no members at all is no time. */
function decodeTime(fields: ReadonlyMap<number, WireValue>, micro: boolean): string | undefined {
  if (fields.size === 0) return undefined
  const seconds = Number(BigInt.asIntN(64, (fields.get(1) as bigint | undefined) ?? 0n))
  const nanos = Number((fields.get(2) as bigint | undefined) ?? 0n)
  const text = new Date(seconds * 1000).toISOString().slice(0, 19)
  return micro ? `${text}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : `${text}Z`
}

/** The fields of a message in order, by number. Texts and messages are bytes, all else whole numbers or 8 bytes. */
function* fieldsOf(bytes: Buffer): Generator<[number, WireValue]> {
  let offset = 0
  while (offset < bytes.length) {
    const [tag, afterTag] = readVarint(bytes, offset)
    const number = Number(tag >> 3n)
    switch (Number(tag & 7n)) {
      case 0: {
        const [value, next] = readVarint(bytes, afterTag)
        yield [number, value]
        offset = next
        break
      }
      case 1:
        offset = bounded(bytes, afterTag + 8)
        yield [number, bytes.subarray(afterTag, offset)]
        break
      case 2: {
        const [length, start] = readVarint(bytes, afterTag)
        offset = bounded(bytes, start + Number(length))
        yield [number, bytes.subarray(start, offset)]
        break
      }
      case 5:
        offset = bounded(bytes, afterTag + 4)
        yield [number, BigInt(bytes.readUInt32LE(afterTag))]
        break
      default:
        throw new RangeError(`wire type ${tag & 7n} at byte ${offset}`)
    }
  }
}

function bounded(bytes: Buffer, end: number): number {
  if (end > bytes.length) throw new RangeError('it ends too early')
  return end
}

function readVarint(bytes: Buffer, start: number): [bigint, number] {
  let value = 0n
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[start + index]
    if (byte === undefined) throw new RangeError('it ends within a number')
    value |= BigInt(byte & 0x7f) << BigInt(index * 7)
    if (byte < 0x80) return [value, start + index + 1]
  }
  throw new RangeError('a number is too long')
}
