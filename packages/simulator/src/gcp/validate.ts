import { GcpError, missing } from './error.ts'
import type { Method, Model, Schema } from './model.ts'

/** Refuses a body that the API's front end would refuse: unknown names, wrong types, values outside an enumeration. */
export function checkBody(model: Model, id: string, method: Method, body: unknown) {
  if (method.request === undefined) return
  const wrong = departures(model, { $ref: method.request }, body, '')
  if (wrong.length > 0) {
    const text = wrong.map((line) => `Invalid JSON payload received. ${line}`).join('\n')
    throw new GcpError(400, 'badRequest', text)
  }
  const absent = requiredFields(model, method.request, `compute.${id}`).find(
    (name) => (body as Record<string, unknown>)[name] === undefined,
  )
  if (absent !== undefined) throw missing(`resource.${absent}`)
}

export function checkQuery(model: Model, method: Method, query: URLSearchParams) {
  for (const [name, value] of query) {
    const type = method.query?.[name]
    if (type === undefined) {
      if (model.parameters.includes(name) || name.startsWith('$')) continue
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

/** In the words of the API's own messages. */
export function departures(model: Model, schema: Schema, value: unknown, path: string): string[] {
  if (schema.$ref !== undefined) {
    const target = model.schemas[schema.$ref]
    return target ? departures(model, target, value, path) : [`Unknown schema ${schema.$ref} at '${path}'`]
  }
  // A null stands for an absent field, or in a patch for one to clear.
  if (value === null) return []
  switch (schema.type) {
    case 'object':
      return objectDepartures(model, schema, value, path)
    case 'array':
      if (!Array.isArray(value)) return [`Proto field is not repeating, cannot start list at '${path}'.`]
      return value.flatMap((item, index) => departures(model, schema.items ?? {}, item, `${path}[${index}]`))
    case 'boolean':
      return typeof value === 'boolean' ? [] : [badValue(path, 'TYPE_BOOL', value)]
    case 'integer':
      // The front end takes numbers in strings too.
      return /^-?\d+$/.test(String(value)) ? [] : [badValue(path, 'TYPE_INT32', value)]
    case 'number':
      return Number.isFinite(Number(value)) ? [] : [badValue(path, 'TYPE_DOUBLE', value)]
    case 'string':
      return stringDepartures(schema, value, path)
    default:
      return []
  }
}

function objectDepartures(model: Model, schema: Schema, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || Array.isArray(value)) return [badValue(path, 'MESSAGE', value)]
  return Object.entries(value as object).flatMap(([name, member]) => {
    const property = schema.properties?.[name] ?? schema.additionalProperties
    const inside = path === '' ? name : `${path}.${name}`
    if (property) return departures(model, property, member, inside)
    return [`Unknown name "${name}"${path === '' ? '' : ` at '${path}'`}: Cannot find field.`]
  })
}

function stringDepartures({ format, enum: values }: Schema, value: unknown, path: string): string[] {
  // 64-bit numbers are strings on the wire; plain numbers are taken too.
  if (format === 'int64' || format === 'uint64') {
    return /^-?\d+$/.test(String(value)) ? [] : [badValue(path, `TYPE_${format.toUpperCase()}`, value)]
  }
  if (typeof value !== 'string') return [badValue(path, 'TYPE_STRING', value)]
  return values && !values.includes(value) ? [badValue(path, 'TYPE_ENUM', value)] : []
}

function badValue(path: string, type: string, value: unknown): string {
  return `Invalid value at '${path}' (${type}), ${JSON.stringify(value)}`
}
