import { isObject } from '../json.ts'
import { memberSchema, type Schema } from './schema.ts'

const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

/**
 * The name of a field in an expression, where not all characters are allowed.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-selection
 */
function escapeName(name: string): string {
  if (reserved.has(name)) return `__${name}__`
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__')
}

/** JSON as CEL sees it: integers are ints and not doubles, times are timestamps. */
export function toCel(value: unknown, schema: Schema | undefined): unknown {
  if (typeof value === 'number') {
    const integral = schema?.type === 'integer' || schema?.['x-kubernetes-int-or-string'] === true
    return (integral || schema?.type === undefined) && Number.isInteger(value) ? BigInt(value) : value
  }
  if (typeof value === 'string' && schema?.format === 'date-time') return new Date(value)
  if (Array.isArray(value)) return value.map((item) => toCel(item, schema?.items))
  if (!isObject(value)) return value
  // Only fields that the schema names are fields of a type; all others are keys of a map, which may be any text.
  const named = schema?.properties ?? {}
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      Object.hasOwn(named, key) ? escapeName(key) : key,
      toCel(item, memberSchema(schema, key)),
    ]),
  )
}
