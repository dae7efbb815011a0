import { clone, isObject } from '../json.ts'
import { memberSchema, type Schema } from './schema.ts'

/**
 * Fills in, in place, the schema's defaults. A null where none is allowed counts as absent: it gives way to the default,
 * or is dropped unless `keepNulls` asks for it to be found out.
 */
export function applyDefaults(value: unknown, schema: Schema | undefined, keepNulls = false): void {
  if (schema === undefined) return
  if (Array.isArray(value)) {
    for (const item of value) applyDefaults(item, schema.items, keepNulls)
    return
  }
  if (!isObject(value)) return
  for (const [key, member] of Object.entries(schema.properties ?? {})) {
    if (value[key] === null && Object.hasOwn(value, key) && member.nullable !== true && member.type !== undefined) {
      if (!keepNulls || member.default !== undefined) delete value[key]
    }
    if (value[key] === undefined && member.default !== undefined) value[key] = clone(member.default)
  }
  for (const [key, item] of Object.entries(value)) applyDefaults(item, memberSchema(schema, key), keepNulls)
}
