import { existsSync, readFileSync } from 'node:fs'

/** The parts of Google's discovery document that say what a request must look like. */
interface Schema {
  readonly type?: string
  readonly $ref?: string
  readonly format?: string
  readonly enum?: readonly string[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly annotations?: { readonly required?: readonly string[] }
}

interface DiscoveryMethod {
  readonly id: string
  readonly httpMethod: string
  readonly path: string
  readonly parameters?: Readonly<Record<string, { readonly location: string; readonly type: string }>>
  readonly request?: { readonly $ref: string }
}

interface Discovery {
  readonly parameters: Readonly<Record<string, unknown>>
  readonly schemas: Readonly<Record<string, Schema>>
  readonly resources: Readonly<Record<string, { readonly methods?: Readonly<Record<string, DiscoveryMethod>> }>>
}

export interface SentRequest {
  readonly verb: string
  readonly url: string
  readonly body: unknown
}

export const discoveryFile = new URL(
  '../../../shared/recordings/models/gcp/compute.v1.discovery.trimmed-nodoc.json',
  import.meta.url,
)

export const discoveryIsThere = existsSync(discoveryFile)

export function readDiscovery(): Discovery {
  return JSON.parse(readFileSync(discoveryFile, 'utf8')) as Discovery
}

/** What a request has that the API does not know, or lacks; and the method that it calls. */
export function checkRequest(
  discovery: Discovery,
  { verb, url, body }: SentRequest,
): { id: string; mistakes: string[] } {
  const { pathname, searchParams } = new URL(url)
  const path = pathname.replace(/^\/compute\/v1\//, '')
  const method = methodsOf(discovery).find((one) => one.httpMethod === verb && pattern(one.path).test(path))
  if (method === undefined) return { id: `${verb} ${path}`, mistakes: [`no method ${verb} ${path}`] }
  const mistakes: string[] = []
  for (const name of searchParams.keys()) {
    const known = method.parameters?.[name]?.location === 'query' || name in discovery.parameters
    if (!known) mistakes.push(`${method.id}: no query parameter ${name}`)
  }
  if (method.request === undefined) {
    if (body !== undefined) mistakes.push(`${method.id}: takes no body`)
  } else {
    check(discovery, { $ref: method.request.$ref }, body, method.id, mistakes)
    const required = Object.entries(discovery.schemas[method.request.$ref]?.properties ?? {}).filter(([, schema]) =>
      schema.annotations?.required?.includes(method.id),
    )
    for (const [name] of required) {
      if ((body as Record<string, unknown>)[name] === undefined) mistakes.push(`${method.id}: ${name} is required`)
    }
  }
  return { id: method.id, mistakes }
}

function methodsOf({ resources }: Discovery): readonly DiscoveryMethod[] {
  return Object.values(resources).flatMap(({ methods = {} }) => Object.values(methods))
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`)
}

function check(discovery: Discovery, schema: Schema, value: unknown, at: string, mistakes: string[]): void {
  // null in a merge patch clears the field.
  if (value === null) return
  if (schema.$ref !== undefined) return check(discovery, discovery.schemas[schema.$ref] ?? {}, value, at, mistakes)
  const wrong = (wanted: string) => void mistakes.push(`${at}: ${JSON.stringify(value)} is no ${wanted}`)
  switch (schema.type) {
    case 'object':
      if (typeof value !== 'object' || Array.isArray(value)) return wrong('object')
      for (const [name, item] of Object.entries(value as object)) {
        const member = schema.properties?.[name] ?? schema.additionalProperties
        if (member === undefined) mistakes.push(`${at}.${name}: there is no such field`)
        else check(discovery, member, item, `${at}.${name}`, mistakes)
      }
      return undefined
    case 'array':
      if (!Array.isArray(value)) return wrong('list')
      value.forEach((item, index) => check(discovery, schema.items ?? {}, item, `${at}[${index}]`, mistakes))
      return undefined
    case 'string':
      if (typeof value !== 'string') return wrong('text')
      if (schema.format === 'int64' && !/^-?\d+$/.test(value)) return wrong('64-bit number')
      if (schema.enum !== undefined && !schema.enum.includes(value)) return wrong(`one of ${schema.enum.join(', ')}`)
      return undefined
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrong('boolean')
    case 'integer':
    case 'number':
      return typeof value === 'number' ? undefined : wrong('number')
    default:
      return undefined
  }
}
