import type { Registry } from '../kinds/registry.ts'
import { isObject, type JsonObject } from '../json.ts'
import { openApiDocument } from './v3.ts'

/** The Swagger 2.0 document: all groups in one, schemas as definitions. */
export function swaggerDocument(registry: Registry): object {
  const definitions: JsonObject = {}
  const paths: JsonObject = {}
  const apis = new Map<string, { group: string; version: string }>()
  for (const { definition } of registry.all()) {
    for (const { name } of definition.versions.filter(({ served }) => served)) {
      apis.set(`${definition.group}/${name}`, { group: definition.group, version: name })
    }
  }
  for (const { group, version } of apis.values()) {
    const document = openApiDocument(registry, group, version)
    if (!isObject(document)) continue
    const schemas = (document['components'] as JsonObject)['schemas'] as JsonObject
    for (const [name, schema] of Object.entries(schemas)) definitions[name] = toSwagger(schema)
    for (const [path, item] of Object.entries(document['paths'] as JsonObject))
      paths[path] = swaggerPath(item as JsonObject)
  }
  return { swagger: '2.0', info: { title: 'Kubernetes', version: 'unversioned' }, paths, definitions }
}

/** Swagger 2 knows neither combinations nor nullable; references have another root. */
function toSwagger(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(toSwagger)
  if (!isObject(schema)) return schema
  const out: JsonObject = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'anyOf' || key === 'oneOf' || key === 'not' || key === 'nullable') continue
    if (key === 'allOf' && Array.isArray(value) && isObject(value[0]) && value[0]['$ref'] !== undefined)
      Object.assign(out, toSwagger(value[0]))
    else if (key === '$ref') out[key] = String(value).replace('#/components/schemas/', '#/definitions/')
    else if (key !== 'allOf') out[key] = toSwagger(value)
  }
  return out
}

function swaggerPath(item: JsonObject): JsonObject {
  const entries = Object.entries(item).map(([method, operation]) => [method, swaggerOperation(operation as JsonObject)])
  return Object.fromEntries(entries) as JsonObject
}

function swaggerOperation(operation: JsonObject): JsonObject {
  const parameters = (operation['parameters'] as JsonObject[]).map(({ name }) => ({
    name,
    in: 'query',
    type: 'string',
    uniqueItems: true,
  }))
  const { requestBody: _, ...rest } = operation
  return {
    ...rest,
    parameters,
    consumes: ['*/*'],
    produces: ['application/json'],
    responses: { '200': { description: 'OK' } },
  }
}
