import { GcpError, missing } from './error.ts'
import type { Method, Model, Schema } from './model.ts'

/**
 * Reads a body as the API's front end does: refuses unknown names, wrong types, and values outside an enumeration, and
 * makes one thing of numbers and of numbers in strings.
 */
export function readBody(model: Model, id: string, method: Method, body: unknown): unknown {
  if (method.request === undefined) return body
  const wrong: string[] = []
  const read = readValue({ model, wrong }, { $ref: method.request }, body, '')
  if (wrong.length > 0) {
    const text = wrong.map((line) => `Invalid JSON payload received. ${line}`).join('\n')
    throw new GcpError(400, 'badRequest', text)
  }
  const absent = requiredFields(model, method.request, `compute.${id}`).find(
    (name) => (read as Record<string, unknown>)[name] === undefined,
  )
  if (absent !== undefined) throw missing(`resource.${absent}`)
  return read
}

/** Taken by the API although the discovery document no longer names it: released gcloud versions send it. */
const undocumented = new Set(['returnPartialSuccess'])

export function checkQuery(model: Model, method: Method, query: URLSearchParams) {
  for (const [name, value] of query) {
    const type = method.query?.[name]
    if (type === undefined) {
      if (model.parameters.includes(name) || name.startsWith('$') || undocumented.has(name)) continue
      throw new GcpError(
        400,
        'badRequest',
        `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. Field '${name}' could not be found in request message.`,
      )
    }
    if (type === 'integer' && !/^-?\d+$/.test(value)) throw badParameter(name, value)
    if (type === 'boolean' && !/^(true|false)$/i.test(value)) throw badParameter(name, value)
  }
}

function badParameter(name: string, value: string): GcpError {
  return new GcpError(400, 'invalidParameter', `Invalid value at '${name}': "${value}"`)
}

function requiredFields(model: Model, schema: string, id: string): string[] {
  return Object.entries(model.schemas[schema]?.properties ?? {})
    .filter(([, { annotations }]) => annotations?.required?.includes(id))
    .map(([name]) => name)
}

interface Reading {
  readonly model: Model
  /** What is wrong, in the words of the API's own messages. */
  readonly wrong: string[]
}

function readValue(reading: Reading, schema: Schema, value: unknown, path: string): unknown {
  const { model, wrong } = reading
  if (schema.$ref !== undefined) return readValue(reading, model.schemas[schema.$ref]!, value, path)
  // A null stands for an absent field, or in a patch for one to clear.
  if (value === null) return value
  switch (schema.type) {
    case 'object':
      return readObject(reading, schema, value, path)
    case 'array':
      if (Array.isArray(value)) {
        return value.map((item: unknown, index) => readValue(reading, schema.items ?? {}, item, `${path}[${index}]`))
      }
      wrong.push(`Proto field is repeating, cannot read a single value at '${path}'.`)
      return value
    case 'boolean':
      if (typeof value !== 'boolean') wrong.push(badValue(path, 'TYPE_BOOL', value))
      return value
    case 'integer':
    case 'number':
      if (!isNumber(value, schema.type)) wrong.push(badValue(path, `TYPE_${schema.format?.toUpperCase()}`, value))
      return Number(value)
    default:
      return readString(reading, schema, value, path)
  }
}

function isNumber(value: unknown, type: string): boolean {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return false
  return type === 'integer' ? Number.isInteger(Number(value)) : Number.isFinite(Number(value))
}

function readObject(reading: Reading, schema: Schema, value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    reading.wrong.push(badValue(path, 'MESSAGE', value))
    return value
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => {
      const property = schema.properties?.[name] ?? schema.additionalProperties
      if (property) return [name, readValue(reading, property, member, path === '' ? name : `${path}.${name}`)]
      reading.wrong.push(`Unknown name "${name}"${path === '' ? '' : ` at '${path}'`}: Cannot find field.`)
      return [name, member]
    }),
  )
}

function readString({ wrong }: Reading, { format, enum: values }: Schema, value: unknown, path: string): unknown {
  // 64-bit numbers are strings on the wire; plain numbers are taken too.
  if (format === 'int64' || format === 'uint64') {
    if (isNumber(value, 'integer')) return String(value)
    wrong.push(badValue(path, `TYPE_${format.toUpperCase()}`, value))
  } else if (typeof value !== 'string') wrong.push(badValue(path, 'TYPE_STRING', value))
  else if (values && !values.includes(value)) wrong.push(badValue(path, 'TYPE_ENUM', value))
  return value
}

function badValue(path: string, type: string, value: unknown): string {
  return `Invalid value at '${path}' (${type}), ${JSON.stringify(value)}`
}
