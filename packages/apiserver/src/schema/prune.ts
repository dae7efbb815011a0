import { isObject, type JsonObject } from '../json.ts'
import { memberSchema, type Schema } from './schema.ts'

/**
 * Removes, in place, what the schema does not know. `metadata` of the object itself and of embedded resources follows
 * `metadata`, not the schema.
 *
 * @returns the paths of the fields that were removed, such as `spec.replica`.
 */
export function prune(object: JsonObject, schema: Schema, metadata: Schema): string[] {
  const unknown: string[] = []

  function pruneValue(value: unknown, node: Schema | undefined, path: string): void {
    if (node === undefined) return
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) pruneValue(item, node.items, `${path}[${index}]`)
    } else if (isObject(value)) pruneObject(value, node, path)
  }

  function pruneObject(value: JsonObject, node: Schema, path: string): void {
    const embedded = path === '' || node['x-kubernetes-embedded-resource'] === true
    const open = keepsUnknown(node)
    for (const key of Object.keys(value)) {
      const at = path === '' ? key : `${path}.${key}`
      if (embedded && (key === 'apiVersion' || key === 'kind')) continue
      if (embedded && key === 'metadata') pruneValue(value[key], metadata, at)
      else {
        const member = memberSchema(node, key)
        if (member !== undefined) pruneValue(value[key], member, at)
        else if (!open) {
          delete value[key]
          unknown.push(at)
        }
      }
    }
  }

  pruneValue(object, schema, '')
  return unknown
}

function keepsUnknown(node: Schema): boolean {
  return node['x-kubernetes-preserve-unknown-fields'] === true || node.additionalProperties === true
}
