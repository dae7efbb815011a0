import { isJsonObject, type JsonObject } from './deep-equal.ts'
import type { Kind } from './kind.ts'
import { toOpenApiSchema, type StructuralSchema } from './crd.ts'
import { parseApiVersion, type UnknownApiObject } from './object.ts'

/**
 * A copy of the object with the defaults of its schema filled in, as an API server does it: only where a field is absent
 * and the object around it is present. Throws `TypeError` when the kind does not have the object's version.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
export function withDefaults<T extends UnknownApiObject>(kind: Kind, object: T): T {
  const { version } = parseApiVersion(object.apiVersion)
  const found = kind.versions[version]
  if (found === undefined) throw new TypeError(`${kind.kind} has no version ${version}`)
  const result = structuredClone(object)
  fill(toOpenApiSchema(found), result)
  return result
}

function fill(schema: StructuralSchema, value: unknown): void {
  if (Array.isArray(value) && schema.items !== undefined) {
    for (const item of value) fill(schema.items, item)
  }
  if (!isJsonObject(value)) return
  for (const [name, property] of Object.entries(schema.properties ?? {})) fillField(property, value, name)
  if (typeof schema.additionalProperties === 'object') {
    for (const item of Object.values(value)) fill(schema.additionalProperties, item)
  }
}

function fillField(schema: StructuralSchema, parent: JsonObject, name: string): void {
  if (parent[name] === undefined && schema.default !== undefined) parent[name] = structuredClone(schema.default)
  if (parent[name] !== undefined) fill(schema, parent[name])
}
