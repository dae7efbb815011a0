import { isJsonObject } from '../toolkit/deep-equal.ts'
import type { StructuralSchema } from '../toolkit/crd.ts'

/**
 * True when a value has the types and required fields of a schema; bounds are not looked at. Admission runs before the
 * API server validates the schema, and must not trip over what the server is about to refuse.
 */
export function hasShape(schema: StructuralSchema, value: unknown): boolean {
  switch (schema.type) {
    case 'object':
      return isJsonObject(value) && objectHasShape(schema, value)
    case 'array':
      return Array.isArray(value) && value.every((item) => schema.items === undefined || hasShape(schema.items, item))
    case 'string':
      return typeof value === 'string'
    case 'boolean':
      return typeof value === 'boolean'
    case 'integer':
    case 'number':
      return typeof value === 'number'
    default:
      return true
  }
}

function objectHasShape(schema: StructuralSchema, value: Record<string, unknown>): boolean {
  if (schema.required?.some((name) => value[name] === undefined) === true) return false
  const { properties = {}, additionalProperties } = schema
  return Object.entries(value).every(([name, field]) => {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (known !== undefined) return hasShape(known, field)
    return typeof additionalProperties !== 'object' || hasShape(additionalProperties, field)
  })
}
