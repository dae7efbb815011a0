import { isJsonObject, type JsonObject } from '../toolkit/deep-equal.ts'
import { toOpenApiSchema, type StructuralSchema } from '../toolkit/crd.ts'
import type { KindVersion } from '../toolkit/kind.ts'
import type { UnknownApiObject } from '../toolkit/object.ts'
import type { Body } from './conversion.ts'

/** A body without the fields that a version does not have, as an API server would store it. */
export type KnownFields = (body: Body) => Body

export function knownFieldsOf(version: KindVersion | undefined): KnownFields {
  if (version === undefined) return (body) => body
  const schema = toOpenApiSchema(version)
  return (body) => {
    const known = structuredClone<JsonObject>({ ...body })
    prune(schema, known, '')
    return known
  }
}

/** Paths of the fields below spec and status that a version does not have. Pure. */
export function unknownFields(version: KindVersion, object: UnknownApiObject): string[] {
  const { spec, status } = object
  const body: JsonObject = structuredClone({
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
  })
  return prune(toOpenApiSchema(version), body, '')
}

/** Removes them in place. */
function prune(schema: StructuralSchema, value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    const { items } = schema
    return items === undefined ? [] : value.flatMap((item, index) => prune(items, item, `${path}[${index}]`))
  }
  if (!isJsonObject(value) || schema['x-kubernetes-preserve-unknown-fields'] === true) return []
  const { properties, additionalProperties } = schema
  if (properties === undefined && typeof additionalProperties !== 'object') return []
  return Object.entries(value).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`
    const known = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
    const inner = known ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    if (inner !== undefined) return prune(inner, field, at)
    delete value[name]
    return [at]
  })
}
