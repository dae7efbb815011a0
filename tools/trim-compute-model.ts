// Cuts the Compute Engine API's discovery document (Apache-2.0) down to some methods and the bodies they take:
//   node tools/trim-compute-model.ts compute.v1.discovery.json[.gz] out.model.json resource.method...
// Documentation, and schemas that only answers have, are left out; one method or schema a line.
import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

interface Schema {
  $ref?: string
  type?: string
  format?: string
  enum?: string[]
  pattern?: string
  properties?: Record<string, Schema>
  additionalProperties?: Schema
  items?: Schema
  annotations?: { required?: string[] }
}

interface Method {
  httpMethod: string
  path: string
  parameters?: Record<string, { location: string; type: string; repeated?: boolean }>
  request?: { $ref: string }
  response?: { $ref: string }
}

interface Discovery {
  version: string
  revision: string
  parameters: Record<string, unknown>
  resources: Record<string, { methods: Record<string, Method> }>
  schemas: Record<string, Schema>
}

const [source = '', target = '', ...names] = process.argv.slice(2)
const bytes = readFileSync(source)
const document = JSON.parse((source.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as Discovery
const reachable = new Set<string>()

function slimMap(schemas: Record<string, Schema>): Record<string, Schema> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, slim(schema)]))
}

/** Also marks the schemas it refers to as reachable. */
function slim({
  $ref,
  type,
  format,
  enum: values,
  properties,
  additionalProperties,
  items,
  annotations,
}: Schema): Schema {
  if ($ref !== undefined) {
    visit($ref)
    return { $ref }
  }
  return {
    ...(type !== undefined && { type }),
    ...(format !== undefined && { format }),
    ...(values && { enum: values }),
    ...(properties && { properties: slimMap(properties) }),
    ...(additionalProperties && { additionalProperties: slim(additionalProperties) }),
    ...(items && { items: slim(items) }),
    ...(annotations?.required && { annotations: { required: annotations.required } }),
  }
}

const schemas = new Map<string, Schema>()

function visit(name: string) {
  if (reachable.has(name)) return
  reachable.add(name)
  const schema = document.schemas[name]
  if (!schema) throw new Error(`the document has no schema ${name}`)
  schemas.set(name, slim(schema))
}

const methods = names.toSorted().map((name) => {
  const [resource = '', verb = ''] = name.split('.')
  const method = document.resources[resource]?.methods[verb]
  if (!method) throw new Error(`the document has no method ${name}`)
  if (method.request) visit(method.request.$ref)
  const query = Object.entries(method.parameters ?? {})
    .filter(([, { location }]) => location === 'query')
    .map(([parameter, { type }]) => [parameter, type])
  return [
    name,
    {
      verb: method.httpMethod,
      path: method.path,
      ...(query.length > 0 && { query: Object.fromEntries(query) as unknown }),
      ...(method.request && { request: method.request.$ref }),
      ...(method.response && { response: method.response.$ref }),
    },
  ] as const
})

const { version, revision, parameters } = document
const lines = (entries: readonly (readonly [string, unknown])[]) =>
  entries.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(',\n')

writeFileSync(
  target,
  `{\n  "metadata": ${JSON.stringify({ version, revision })},\n` +
    `  "parameters": ${JSON.stringify(Object.keys(parameters))},\n` +
    `  "methods": {\n${lines(methods)}\n  },\n` +
    `  "schemas": {\n${lines([...schemas].toSorted(([a], [b]) => a.localeCompare(b)))}\n  }\n}\n`,
)
