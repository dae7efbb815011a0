import type { FieldError } from '../failure.ts'
import { canonical, isObject } from '../json.ts'
import { formatPath } from './path.ts'
import { memberSchema, type Schema } from './schema.ts'

/** Duplicates in lists that are sets or maps by the schema. */
export function validateListTypes(value: unknown, schema: Schema): FieldError[] {
  const errors: FieldError[] = []

  function visit(node: unknown, nodeSchema: Schema | undefined, path: (string | number)[]): void {
    if (nodeSchema === undefined) return
    if (Array.isArray(node)) {
      checkDuplicates(node, nodeSchema, path)
      if (nodeSchema.items !== undefined) node.forEach((item, index) => visit(item, nodeSchema.items, [...path, index]))
    } else if (isObject(node)) {
      for (const key of Object.keys(node)) visit(node[key], memberSchema(nodeSchema, key), [...path, key])
    }
  }

  function checkDuplicates(list: unknown[], listSchema: Schema, path: (string | number)[]): void {
    const identity = identityOf(listSchema)
    if (identity === undefined) return
    const seen = new Set<string>()
    for (const [index, item] of list.entries()) {
      if (listSchema['x-kubernetes-list-type'] === 'map' && !isObject(item)) {
        const detail = 'must be an object for an array of list-type map'
        errors.push({ type: 'FieldValueInvalid', field: formatPath([...path, index]), value: item, detail })
        continue
      }
      const shown = identity(item)
      const text = canonical(shown)
      if (seen.has(text))
        errors.push({ type: 'FieldValueDuplicate', field: formatPath([...path, index]), value: shown })
      seen.add(text)
    }
  }

  visit(value, schema, [])
  return errors
}

function identityOf(schema: Schema): ((item: unknown) => unknown) | undefined {
  if (schema['x-kubernetes-list-type'] === 'set') return (item) => item
  const keys = schema['x-kubernetes-list-map-keys']
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined) return undefined
  return (item) => {
    if (!isObject(item)) return item
    // By name, as Go writes maps.
    const present = keys
      .toSorted()
      .filter((key) => item[key] !== undefined || schema.items?.properties?.[key]?.default !== undefined)
    return Object.fromEntries(present.map((key) => [key, item[key] ?? schema.items?.properties?.[key]?.default]))
  }
}
