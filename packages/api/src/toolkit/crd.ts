import { stringify } from 'yaml'

import type { Kind, KindVersion, PrinterColumn, ScalePaths } from './kind.ts'
import type { ValidationRule } from './schema.ts'

/** The subset of OpenAPI v3 that a structural schema may use. */
export interface StructuralSchema {
  type?: string
  format?: string
  description?: string
  default?: unknown
  nullable?: boolean
  enum?: unknown[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  minProperties?: number
  maxProperties?: number
  required?: string[]
  properties?: Record<string, StructuralSchema>
  additionalProperties?: StructuralSchema | boolean
  items?: StructuralSchema
  anyOf?: StructuralSchema[]
  'x-kubernetes-preserve-unknown-fields'?: boolean
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-embedded-resource'?: boolean
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-map-type'?: 'atomic' | 'granular'
  'x-kubernetes-validations'?: ValidationRule[]
}

export interface CrdVersion {
  name: string
  served: boolean
  storage: boolean
  deprecated?: boolean
  deprecationWarning?: string
  additionalPrinterColumns?: PrinterColumn[]
  schema: { openAPIV3Schema: StructuralSchema }
  subresources?: { status?: Record<string, never>; scale?: ScalePaths }
}

/** How an API server reaches the conversion webhook of a kind with several versions. */
export interface WebhookClientConfig {
  url?: string
  service?: { namespace: string; name: string; path?: string; port?: number }
  /** Base64 of a PEM bundle. */
  caBundle?: string
}

export interface CustomResourceDefinition {
  apiVersion: 'apiextensions.k8s.io/v1'
  kind: 'CustomResourceDefinition'
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> }
  spec: {
    group: string
    names: {
      kind: string
      listKind: string
      plural: string
      singular: string
      shortNames?: string[]
      categories?: string[]
    }
    scope: 'Namespaced' | 'Cluster'
    versions: CrdVersion[]
    conversion?:
      | { strategy: 'None' }
      | { strategy: 'Webhook'; webhook: { clientConfig: WebhookClientConfig; conversionReviewVersions: string[] } }
  }
}

export interface CrdOptions {
  /** Set for a real API server; the embedded one converts in process. */
  conversionWebhook?: WebhookClientConfig
}

/** The CustomResourceDefinition of a kind, with a structural schema for every version. */
export function toCustomResourceDefinition(kind: Kind, options: CrdOptions = {}): CustomResourceDefinition {
  const names: CustomResourceDefinition['spec']['names'] = {
    kind: kind.kind,
    listKind: kind.listKind,
    plural: kind.plural,
    singular: kind.singular,
  }
  if (kind.shortNames.length > 0) names.shortNames = [...kind.shortNames]
  if (kind.categories.length > 0) names.categories = [...kind.categories]
  const metadata: CustomResourceDefinition['metadata'] = { name: `${kind.plural}.${kind.group}` }
  if (Object.keys(kind.labels).length > 0) metadata.labels = { ...kind.labels }
  if (Object.keys(kind.annotations).length > 0) metadata.annotations = { ...kind.annotations }
  const spec: CustomResourceDefinition['spec'] = {
    group: kind.group,
    names,
    scope: kind.scope,
    versions: Object.entries(kind.versions).map(([name, version]) => crdVersion(name, version)),
  }
  if (options.conversionWebhook !== undefined) {
    spec.conversion = {
      strategy: 'Webhook',
      webhook: { clientConfig: options.conversionWebhook, conversionReviewVersions: ['v1'] },
    }
  }
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata, spec }
}

/** CRDs as one YAML stream. */
export function toCrdYaml(crds: readonly CustomResourceDefinition[]): string {
  return crds.map((crd) => `---\n${stringify(crd, { lineWidth: 0, aliasDuplicateObjects: false })}`).join('')
}

/** The structural schema of one version, as the CRD carries it. */
export function toOpenApiSchema(version: KindVersion): StructuralSchema {
  const own = structural(version.schema)
  const required = [...(version.metadataRequired === true ? ['metadata'] : []), ...(own.required ?? [])]
  const { required: _, properties, ...rest } = own
  return {
    ...rest,
    ...(required.length > 0 ? { required } : {}),
    properties: {
      apiVersion: { type: 'string', description: 'Group and version of this object.' },
      kind: { type: 'string', description: 'Kind of this object.' },
      metadata: { type: 'object' },
      ...properties,
    },
  }
}

function crdVersion(name: string, version: KindVersion): CrdVersion {
  const result: CrdVersion = {
    name,
    served: version.served ?? true,
    storage: version.storage ?? false,
    schema: { openAPIV3Schema: toOpenApiSchema(version) },
  }
  if (version.deprecated === true) {
    result.deprecated = true
    if (version.deprecationWarning !== undefined) result.deprecationWarning = version.deprecationWarning
  }
  if (version.printerColumns !== undefined) {
    result.additionalPrinterColumns = version.printerColumns.map((column) => ({ ...column }))
  }
  const { status, scale } = version.subresources ?? {}
  if (status === true || scale !== undefined) {
    result.subresources = { ...(status === true ? { status: {} } : {}), ...(scale === undefined ? {} : { scale }) }
  }
  return result
}

const copiedKeywords = [
  'type',
  'format',
  'description',
  'default',
  'nullable',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'anyOf',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-int-or-string',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
] as const satisfies readonly (keyof StructuralSchema)[]

interface JsonSchema extends Omit<StructuralSchema, 'properties' | 'items'> {
  properties?: Record<string, JsonSchema>
  items?: JsonSchema
  patternProperties?: Record<string, JsonSchema>
}

/** TypeBox writes plain JSON schema; a structural schema has no `patternProperties` and none of TypeBox's own marks. */
function structural(schema: object): StructuralSchema {
  const source: JsonSchema = schema
  const result: Record<string, unknown> = {}
  for (const keyword of copiedKeywords) {
    if (source[keyword] !== undefined) result[keyword] = structuredClone(source[keyword])
  }
  if (source.required !== undefined && source.required.length > 0) result['required'] = [...source.required].toSorted()
  if (source.properties !== undefined && Object.keys(source.properties).length > 0) {
    result['properties'] = Object.fromEntries(
      Object.entries(source.properties).map(([name, property]) => [name, structural(property)]),
    )
  }
  if (source.items !== undefined) result['items'] = structural(source.items)
  const [values] = Object.values(source.patternProperties ?? {})
  if (values !== undefined) result['additionalProperties'] = structural(values)
  return result
}
