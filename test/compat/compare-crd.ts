import { isDeepStrictEqual } from 'node:util'

import type { CrdVersion, CustomResourceDefinition, StructuralSchema } from '@machinepool/api'

/** One way in which two CRDs differ. */
export interface Difference {
  /** Where, e.g. `v1beta2:spec.replicas.minimum` or `names.shortNames`. List items are `[]`, map values `{}`. */
  path: string
  /** Undefined: only upstream has it. */
  ours?: unknown
  /** Undefined: only we have it. */
  upstream?: unknown
}

/**
 * Every difference that a client of the API could notice: names, scope, labels, versions, subresources, columns, and each
 * field's type, format, enum, default, bounds, requiredness, list and map type and CEL rules. Descriptions and messages
 * are ours and not compared; neither are a generator's annotations. Order counts only for columns.
 */
export function compareCrd(ours: CustomResourceDefinition, upstream: CustomResourceDefinition): Difference[] {
  const out = new Differences()
  out.compare('name', ours.metadata.name, upstream.metadata.name)
  out.compareMaps('labels', ours.metadata.labels, upstream.metadata.labels)
  out.compare('group', ours.spec.group, upstream.spec.group)
  out.compare('scope', ours.spec.scope, upstream.spec.scope)
  for (const field of ['kind', 'listKind', 'plural', 'singular'] as const) {
    out.compare(`names.${field}`, ours.spec.names[field], upstream.spec.names[field])
  }
  for (const field of ['shortNames', 'categories'] as const) {
    out.compareSets(`names.${field}`, ours.spec.names[field], upstream.spec.names[field])
  }
  const theirs = new Map(upstream.spec.versions.map((version) => [version.name, version]))
  for (const version of ours.spec.versions) {
    const other = theirs.get(version.name)
    theirs.delete(version.name)
    if (other === undefined) out.add({ path: version.name, ours: 'present' })
    else compareVersion(out, version, other)
  }
  for (const name of theirs.keys()) out.add({ path: name, upstream: 'present' })
  return out.found
}

function compareVersion(out: Differences, ours: CrdVersion, upstream: CrdVersion): void {
  const { name } = ours
  out.compare(`${name}:served`, ours.served, upstream.served)
  out.compare(`${name}:storage`, ours.storage, upstream.storage)
  out.compare(`${name}:deprecated`, ours.deprecated ?? false, upstream.deprecated ?? false)
  out.compare(`${name}:subresources.status`, ours.subresources?.status, upstream.subresources?.status)
  out.compare(`${name}:subresources.scale`, ours.subresources?.scale, upstream.subresources?.scale)
  out.compare(`${name}:columns`, columns(ours), columns(upstream))
  compareSchema(out, `${name}:`, ours.schema.openAPIV3Schema, upstream.schema.openAPIV3Schema)
}

function columns(version: CrdVersion): string[] {
  return (version.additionalPrinterColumns ?? []).map(
    ({ name, type, jsonPath, priority = 0 }) => `${name} (${type}, priority ${priority}): ${jsonPath}`,
  )
}

const plainKeywords = [
  'type',
  'format',
  'default',
  'nullable',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'anyOf',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-int-or-string',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
] as const satisfies readonly (keyof StructuralSchema)[]

function compareSchema(out: Differences, path: string, ours: StructuralSchema, upstream: StructuralSchema): void {
  for (const keyword of plainKeywords) out.compare(join(path, keyword), ours[keyword], upstream[keyword])
  for (const keyword of ['enum', 'required', 'x-kubernetes-list-map-keys'] as const) {
    out.compareSets(join(path, keyword), ours[keyword], upstream[keyword])
  }
  out.compareSets(join(path, 'rules'), rules(ours), rules(upstream))
  for (const name of names(ours.properties, upstream.properties)) {
    compareChild(out, join(path, name), ours.properties?.[name], upstream.properties?.[name])
  }
  compareChild(out, `${path}[]`, ours.items, upstream.items)
  compareChild(out, `${path}{}`, valuesOf(ours), valuesOf(upstream))
}

function compareChild(
  out: Differences,
  path: string,
  ours: StructuralSchema | undefined,
  upstream: StructuralSchema | undefined,
): void {
  if (ours !== undefined && upstream !== undefined) compareSchema(out, path, ours, upstream)
  else if (ours !== undefined) out.add({ path, ours: ours.type ?? 'any' })
  else if (upstream !== undefined) out.add({ path, upstream: upstream.type ?? 'any' })
}

function valuesOf(schema: StructuralSchema): StructuralSchema | undefined {
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
}

function rules(schema: StructuralSchema): string[] | undefined {
  return schema['x-kubernetes-validations']?.map(({ rule }) => rule)
}

function names(a: object | undefined, b: object | undefined): string[] {
  return [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])]
}

function join(path: string, name: string): string {
  return path.endsWith(':') ? `${path}${name}` : `${path}.${name}`
}

class Differences {
  readonly found: Difference[] = []

  add(difference: Difference): void {
    this.found.push(difference)
  }

  compare(path: string, ours: unknown, upstream: unknown): void {
    if (isDeepStrictEqual(ours, upstream)) return
    this.add({ path, ...(ours === undefined ? {} : { ours }), ...(upstream === undefined ? {} : { upstream }) })
  }

  compareSets(path: string, ours: readonly unknown[] | undefined, upstream: readonly unknown[] | undefined): void {
    this.compare(path, sorted(ours), sorted(upstream))
  }

  compareMaps(
    path: string,
    ours: Readonly<Record<string, string>> | undefined,
    upstream: Readonly<Record<string, string>> | undefined,
  ): void {
    for (const key of names(ours, upstream)) this.compare(`${path}[${key}]`, ours?.[key], upstream?.[key])
  }
}

/** An empty list says the same as none. */
function sorted(list: readonly unknown[] | undefined): unknown[] | undefined {
  return list === undefined || list.length === 0
    ? undefined
    : list.toSorted((a, b) => String(a).localeCompare(String(b)))
}
