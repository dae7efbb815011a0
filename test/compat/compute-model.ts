import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/**
 * The discovery document of the Compute Engine API is reference data beside the project, not part of it: a clone of its
 * own has none. Where it is missing, only the comparison with it is.
 */
export const computeModelFile = new URL(
  '../../../shared/recordings/models/gcp/compute.v1.discovery.json.gz',
  import.meta.url,
)

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly items?: Schema
}

export interface ComputeMethod {
  readonly httpMethod: string
  readonly path: string
  readonly parameters?: Readonly<Record<string, { readonly location: string; readonly type: string }>>
  readonly request?: { readonly $ref: string }
  readonly response?: { readonly $ref: string }
}

export interface ComputeModel {
  readonly resources: Readonly<Record<string, { readonly methods: Readonly<Record<string, ComputeMethod>> }>>
  readonly schemas: Readonly<Record<string, Schema>>
}

export function readComputeModel(): ComputeModel {
  return JSON.parse(gunzipSync(readFileSync(computeModelFile)).toString()) as ComputeModel
}

export function methodOf(model: ComputeModel, id: string): ComputeMethod | undefined {
  const [resource = '', method = ''] = id.split('.')
  return model.resources[resource]?.methods[method]
}

/** The method that answers a request; `path` begins with `projects/`. */
export function findMethod(
  model: ComputeModel,
  verb: string,
  path: string,
): [id: string, method: ComputeMethod] | undefined {
  const segments = path.split('/')
  const found = Object.entries(model.resources).flatMap(([resource, { methods }]) =>
    Object.entries(methods).flatMap(([name, method]): [string, ComputeMethod][] => {
      const pattern = method.path.split('/')
      const fits =
        method.httpMethod === verb &&
        pattern.length === segments.length &&
        pattern.every((part, index) => part.startsWith('{') || part === segments[index])
      return fits ? [[`${resource}.${name}`, method]] : []
    }),
  )
  // The one with the fewest variables.
  return found.toSorted(([, a], [, b]) => a.path.split('{').length - b.path.split('{').length)[0]
}

/** How a body departs from the document: unknown members, wrong types, values outside an enumeration. */
export function departures(model: ComputeModel, schema: Schema, value: unknown, path: string): string[] {
  if (schema.$ref !== undefined) {
    const target = model.schemas[schema.$ref]
    return target ? departures(model, target, value, path) : [`${path}: there is no schema ${schema.$ref}`]
  }
  switch (schema.type) {
    case 'object':
      return objectDepartures(model, schema, value, path)
    case 'array':
      if (!Array.isArray(value)) return [`${path} is no list`]
      return value.flatMap((item, index) => departures(model, schema.items ?? {}, item, `${path}[${index}]`))
    case 'integer':
      return Number.isInteger(value) ? [] : [`${path} is ${JSON.stringify(value)}, no integer`]
    case 'number':
    case 'boolean':
      return typeof value === schema.type ? [] : [`${path} is ${JSON.stringify(value)}, no ${schema.type}`]
    case 'string':
      return stringDepartures(schema, value, path)
    default:
      return []
  }
}

function objectDepartures(model: ComputeModel, schema: Schema, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`]
  return Object.entries(value).flatMap(([name, member]) => {
    const property = schema.properties?.[name] ?? schema.additionalProperties
    return property ? departures(model, property, member, `${path}.${name}`) : [`${path}.${name} is unknown`]
  })
}

function stringDepartures({ format, enum: values }: Schema, value: unknown, path: string): string[] {
  if (typeof value !== 'string') return [`${path} is ${JSON.stringify(value)}, no string`]
  if (values && !values.includes(value)) return [`${path} is ${value}, none of its values`]
  if ((format === 'uint64' || format === 'int64') && !/^-?\d+$/.test(value)) return [`${path} is ${value}, no number`]
  return []
}
