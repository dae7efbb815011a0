import {
  apiVersionOf,
  toOpenApiSchema,
  type Kind,
  type StructuralSchema,
  type UnknownApiObject,
} from '@machinepool/api'
import fc from 'fast-check'

// Inside the bounds that v1beta2 has and v1beta1 has not.
const lowest = 1
const highest = 1000

/** Objects of a kind that the schema of a version accepts, some with every field of it. */
export function arbitraryObject(kind: Kind, version: string): fc.Arbitrary<UnknownApiObject> {
  const definition = kind.versions[version]
  if (definition === undefined) throw new Error(`${kind.kind} has no ${version}`)
  const { spec, status } = toOpenApiSchema(definition).properties ?? {}
  return fc
    .record(
      {
        apiVersion: fc.constant(apiVersionOf(kind, version)),
        kind: fc.constant(kind.kind),
        metadata: fc.constantFrom(
          { name: 'np' },
          { name: 'np', namespace: 'default', labels: { a: 'b' }, annotations: { kept: 'yes' } },
        ),
        spec: valueOf(spec ?? {}, 'spec'),
        status: valueOf(status ?? {}, 'status'),
      },
      {
        requiredKeys: definition.schema.required?.includes('spec')
          ? ['apiVersion', 'kind', 'metadata', 'spec']
          : ['apiVersion', 'kind', 'metadata'],
      },
    )
    .map((object) => withClass(object, version))
}

function withClass(object: UnknownApiObject, version: string): UnknownApiObject {
  const { topology, ...spec } = (object['spec'] ?? {}) as { topology?: object }
  if (topology === undefined) return object
  const reference = version === 'v1beta1' ? { class: 'c' } : { classRef: { name: 'c' } }
  return { ...object, spec: { ...spec, topology: { ...topology, ...reference } } }
}

/** Values that a structural schema accepts. */
function valueOf(schema: StructuralSchema, name: string): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema['x-kubernetes-int-or-string'] === true) return fc.constantFrom(1, '10')
  switch (schema.type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: schema.minimum ?? lowest, max: schema.maximum ?? highest })
    case 'string':
      return textOf(schema, name)
    case 'array':
      return listOf(schema, name)
    default:
      return objectValue(schema, name)
  }
}

function textOf(schema: StructuralSchema, name: string): fc.Arbitrary<string> {
  if (schema.format === 'date-time') return fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z')
  if (schema.format === 'byte') return fc.constantFrom('YWJj', 'eA==')
  if (/(Timeout|timeout|ttl|timeoutForControlPlane)$/.test(name))
    return fc.constantFrom('0s', '90s', '1h', '1m30s', '2.6s')
  if (name === 'apiVersion')
    return fc.constantFrom('infrastructure.cluster.x-k8s.io/v1beta1', 'bootstrap.cluster.x-k8s.io/v1beta2')
  if (name === 'partitionType') return fc.constant('Linux')
  if (name === 'partition') return fc.constantFrom('auto', 'any', 'none')
  const words = ['a', 'b7', 'zeta']
  if (name === 'token') return fc.constant('abcdef.0123456789abcdef')
  return (schema.minLength ?? 0) > 0 || schema.pattern !== undefined
    ? fc.constantFrom(...words)
    : fc.constantFrom('', ...words)
}

function listOf(schema: StructuralSchema, name: string): fc.Arbitrary<unknown> {
  const keys = schema['x-kubernetes-list-map-keys']
  const bounds = { minLength: name === 'endpoints' ? 1 : (schema.minItems ?? 0), maxLength: 3 }
  const items = valueOf(schema.items ?? {}, '')
  // What is known by one of its fields is there once, also where only a webhook says so.
  const identity = Object.entries({ files: 'path', extraVolumes: 'hostPath', partitions: 'device' }).find(
    ([list]) => list === name,
  )?.[1]
  if (identity !== undefined) {
    return fc.uniqueArray(items, { ...bounds, selector: (item) => (item as Record<string, unknown>)[identity] })
  }
  if (keys === undefined) return fc.array(items, bounds)
  // Arguments may not repeat a name, which is stricter than their merge key.
  const selector = (item: unknown) => JSON.stringify((item as Record<string, unknown>)[keys[0] ?? ''])
  return fc.uniqueArray(items, { ...bounds, selector })
}

function objectValue(schema: StructuralSchema, name: string): fc.Arbitrary<unknown> {
  if (typeof schema.additionalProperties === 'object') {
    return fc.dictionary(fc.constantFrom('x', 'y', 'zone-a'), valueOf(schema.additionalProperties, ''), { maxKeys: 2 })
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) {
    // The one preserved object: a topology, whose class is a reference in v1beta2.
    return fc.constantFrom({ version: 'v1.34.0', variables: [{ name: 'a', value: 1 }] })
  }
  const properties = Object.entries(schema.properties ?? {})
  const model = Object.fromEntries(properties.map(([key, property]) => [key, valueOf(property, key)]))
  // References that name nothing are legal in v1beta1 and have no counterpart.
  const isReference = 'fieldPath' in model && 'kind' in model
  const requiredKeys = [...(schema.required ?? []), ...(isReference ? ['apiVersion', 'kind', 'name'] : [])]
  // Optional in v1beta1, although a pool without it means nothing.
  if (name === 'template') requiredKeys.push('spec')
  if (isReference) {
    model['kind'] = fc.constantFrom('AWSMachinePool', 'KubeadmConfig')
    model['name'] = fc.constantFrom('np', 'other')
  }
  if (name === 'partitions' || 'diskLayout' in model)
    return fc.record(model, { requiredKeys }).map(oneLayout(requiredKeys.includes('layout')))
  return fc
    .record(model, { requiredKeys })
    .filter((value) => Object.keys(value).length >= (name === 'user' ? 1 : (schema.minProperties ?? 0)))
}

/** v1beta2 wants exactly one of layout and diskLayout. */
function oneLayout(layoutRequired: boolean): (value: Record<string, unknown>) => unknown {
  return ({ layout, diskLayout, ...rest }) => {
    if (layoutRequired) return { ...rest, layout, ...(diskLayout === undefined ? {} : { diskLayout }) }
    return diskLayout === undefined ? { ...rest, layout: layout ?? true } : { ...rest, diskLayout }
  }
}

/** Paths of all fields of a version, without list indexes, and of maps only the map, e.g. `spec.template.spec.version`. */
export function schemaPaths(kind: Kind, version: string): string[] {
  const definition = kind.versions[version]
  if (definition === undefined) throw new Error(`${kind.kind} has no ${version}`)
  const { spec = {}, status = {} } = toOpenApiSchema(definition).properties ?? {}
  return [...pathsOf(spec, 'spec'), ...pathsOf(status, 'status')]
}

function pathsOf(schema: StructuralSchema, path: string): string[] {
  if (schema.items !== undefined) return pathsOf(schema.items, `${path}[]`)
  const fields = Object.entries(schema.properties ?? {})
  return [path, ...fields.flatMap(([name, field]) => pathsOf(field, `${path}.${name}`))]
}

/** The same of one object, with map keys. */
export function valuePaths(object: UnknownApiObject): Set<string> {
  const paths = new Set<string>()
  const walk = (value: unknown, path: string): void => {
    paths.add(path)
    if (typeof value !== 'object' || value === null) return
    for (const [name, field] of Object.entries(value)) {
      walk(field, Array.isArray(value) ? `${path}[]` : `${path}.${name}`)
    }
  }
  walk(object['spec'], 'spec')
  walk(object['status'], 'status')
  return paths
}

/**
 * An object without what says nothing: empty objects and lists, flags that are false, zeroes in the status, and what conversions keep in annotations for the
 * way back.
 */
export function settled(object: UnknownApiObject): UnknownApiObject {
  const { spec, status, metadata, ...rest } = object
  const { annotations: all = {}, ...others } = metadata
  const kept = Object.entries(all).filter(([name]) => !conversionAnnotations.has(name))
  return {
    ...rest,
    metadata: { ...others, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) },
    ...(withoutZeroes({ spec }, false) as object),
    ...(withoutZeroes({ status }, true) as object),
  }
}

const conversionAnnotations = new Set(['cluster.x-k8s.io/conversion-data', 'conversion.machinepool.dev/v1beta1-values'])

/** Flags whose absence does not mean false. */
const meaningfulFlags = new Set(['lockPassword', 'enabled'])

function withoutZeroes(value: unknown, scalars: boolean): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => withoutZeroes(item, scalars)).filter((item) => item !== undefined)
    return items.length === 0 ? undefined : items
  }
  if (typeof value !== 'object' || value === null) {
    return scalars && (value === false || value === 0 || value === '') ? undefined : value
  }
  const said = Object.entries(value).flatMap(([name, field]): [string, unknown][] => {
    // No taints at all is not the same as the default ones.
    if (name === 'taints' && Array.isArray(field) && field.length === 0) return [[name, field]]
    if (field === false && !meaningfulFlags.has(name)) return []
    const rest = withoutZeroes(field, scalars)
    return rest === undefined ? [] : [[name, rest]]
  })
  return said.every(([, field]) => field === '' || field === 0) ? undefined : Object.fromEntries(said)
}
