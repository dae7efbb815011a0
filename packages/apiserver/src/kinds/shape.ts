import type { Schema } from '../schema/schema.ts'

/**
 * The built-in kinds in a compact notation, one line a field:
 *
 *     type NAME [atomic]
 *       NUMBER FIELD[!|?] TYPE [atomic | set | map(KEY,...)] [merge | merge(KEY)] [retainKeys] [default(JSON)]
 *
 * `!` marks a required field, `?` a scalar whose zero is not the same as its absence. NUMBER is the field's number in the protobuf encoding, `2.5` when the message of field 2 is
 * inlined in JSON. TYPE is a scalar, the name of a type, `[T]` a list, `{T}` a map from strings. Source of names and
 * numbers: the published API reference and generated.proto of k8s.io/api v0.34.
 */
export interface ShapeField {
  readonly name: string
  /** Field number; two numbers for a field of an inlined message. */
  readonly number: readonly number[]
  readonly required: boolean
  /** An explicit zero or empty text means something else than none. */
  readonly zeroCounts: boolean
  readonly type: string
  readonly extras: Schema
}

export interface Shape {
  /** Without its group, such as `Pod`. */
  readonly name: string
  /** Its name in OpenAPI documents, such as `io.k8s.api.core.v1.Pod`. */
  readonly openApiName: string
  readonly fields: readonly ShapeField[]
  readonly extras: Schema
}

/** A catalog of shapes by the names that fields use. */
export type Shapes = ReadonlyMap<string, Shape>

const fieldLine = /^ {2}([\d.]+) (\S+?)([!?]?) (\S+)(.*)$/

export function parseShapes(texts: readonly string[]): Shapes {
  const shapes = new Map<string, Shape>()
  for (const text of texts) {
    const [header = '', ...blocks] = text.trim().split(/\n\n/)
    const openApiPackage = header.replace('package ', '')
    for (const block of blocks) {
      const shape = parseShape(block, openApiPackage)
      shapes.set(shape.key, shape)
    }
  }
  return shapes
}

function parseShape(block: string, openApiPackage: string): Shape & { key: string } {
  const [head = '', ...lines] = block.split('\n')
  const [, key = '', mapType] = head.split(' ')
  const name = key.split('.').at(-1) ?? key
  return {
    key,
    name,
    openApiName: `${openApiPackage}.${name}`,
    fields: lines.map(parseField),
    extras: mapType === undefined ? {} : { 'x-kubernetes-map-type': mapType },
  }
}

function parseField(line: string): ShapeField {
  const match = fieldLine.exec(line)
  if (match === null) throw new Error(`not a field: ${line}`)
  const [, number = '', name = '', mark, type = '', rest = ''] = match
  return {
    name,
    number: number.split('.').map(Number),
    required: mark === '!',
    zeroCounts: mark !== '',
    type,
    extras: parseExtras(rest.trim(), type),
  }
}

function parseExtras(text: string, type: string): Schema {
  const extras: Record<string, unknown> = {}
  const strategies: string[] = []
  for (const [, word, argument] of text.matchAll(/(\w+)(?:\(([^)]*)\))?/g)) {
    if (word === 'map') {
      extras['x-kubernetes-list-type'] = 'map'
      extras['x-kubernetes-list-map-keys'] = argument?.split(',') ?? []
    } else if (word === 'set') extras['x-kubernetes-list-type'] = 'set'
    else if (word === 'atomic')
      extras[type.startsWith('[') ? 'x-kubernetes-list-type' : 'x-kubernetes-map-type'] = 'atomic'
    else if (word === 'default') extras['default'] = JSON.parse(argument ?? 'null')
    else if (word === 'merge' || word === 'retainKeys') {
      strategies.push(word)
      if (argument !== undefined) extras['x-kubernetes-patch-merge-key'] = argument
    }
  }
  if (strategies.length > 0) extras['x-kubernetes-patch-strategy'] = strategies.join(',')
  return extras
}

const scalars: Record<string, Schema> = {
  string: { type: 'string' },
  bytes: { type: 'string', format: 'byte' },
  time: { type: 'string', format: 'date-time' },
  microTime: { type: 'string', format: 'date-time' },
  quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  integer: { type: 'integer' },
  double: { type: 'number', format: 'double' },
  bool: { type: 'boolean' },
  intOrString: { 'x-kubernetes-int-or-string': true },
  raw: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  any: { 'x-kubernetes-preserve-unknown-fields': true },
}

/** Resolved schemas: every type is one object, shared by all that refer to it. */
export function createSchemas(shapes: Shapes): (name: string) => Schema {
  const known = new Map<string, Schema>()

  function typeSchema(type: string): Schema {
    const scalar = scalars[type]
    if (scalar !== undefined) return scalar
    if (type.startsWith('[')) return { type: 'array', items: typeSchema(type.slice(1, -1)) }
    if (type.startsWith('{')) return { type: 'object', additionalProperties: typeSchema(type.slice(1, -1)) }
    return shapeSchema(type)
  }

  function shapeSchema(name: string): Schema {
    const found = known.get(name)
    if (found !== undefined) return found
    const shape = shapes.get(name)
    if (shape === undefined) throw new Error(`no type ${name}`)
    const properties: Record<string, Schema> = {}
    const schema: Schema = { type: 'object', properties, ...requiredOf(shape), ...shape.extras }
    known.set(name, schema)
    for (const field of shape.fields) {
      const base = typeSchema(field.type)
      properties[field.name] = Object.keys(field.extras).length === 0 ? base : { ...base, ...field.extras }
    }
    return schema
  }

  return shapeSchema
}

/** The shape as an OpenAPI definition that refers to others by `prefix` and name. */
export function openApiDefinition(shape: Shape, shapes: Shapes, prefix: string): Schema {
  function typeSchema(type: string): Schema {
    if (type.startsWith('[')) return { type: 'array', items: typeSchema(type.slice(1, -1)) }
    if (type.startsWith('{')) return { type: 'object', additionalProperties: typeSchema(type.slice(1, -1)) }
    if (type === 'intOrString') return { type: 'string', format: 'int-or-string' }
    const named = shapes.get(type)
    return named === undefined ? (scalars[type] ?? {}) : { $ref: `${prefix}${named.openApiName}` }
  }

  const properties: Record<string, Schema> = {}
  for (const field of shape.fields) {
    const base = typeSchema(field.type)
    // A `$ref` beside other keywords is ignored in OpenAPI 3.0: `allOf` carries it.
    const described = base.$ref !== undefined && Object.keys(field.extras).length > 0 ? { allOf: [base] } : base
    properties[field.name] = { ...described, ...field.extras }
  }
  return { type: 'object', properties, ...requiredOf(shape), ...shape.extras }
}

function requiredOf(shape: Shape): Pick<Schema, 'required'> {
  const required = shape.fields.filter((field) => field.required).map((field) => field.name)
  return required.length === 0 ? {} : { required }
}
