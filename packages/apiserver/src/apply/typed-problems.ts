import { isObject } from '../json.ts'
import { formatGoLiteral, formatGoValue, goTypeOf } from '../patch/go-value.ts'
import { memberSchema, type Schema } from '../schema/schema.ts'
import { formatFieldPath } from './field-set.ts'
import { identityOf } from './typed.ts'

/**
 * What keeps a value from being merged by its schema, one line each: fields that are not declared, values of another
 * type, items of lists that cannot be told apart. The words are those of structured-merge-diff.
 *
 * @see https://pkg.go.dev/sigs.k8s.io/structured-merge-diff/v6/typed
 */
export function typedProblems(value: unknown, schema: Schema, metadata: Schema): string[] {
  const properties = { apiVersion: text, kind: text, ...schema.properties, metadata }
  return problemsAt(value, { ...schema, properties }, '', metadata)
}

const text: Schema = { type: 'string' }

function problemsAt(value: unknown, schema: Schema | undefined, path: string, metadata: Schema): string[] {
  if (schema === undefined || value === null || value === undefined) return []
  const say = (what: string) => [`${path}: ${what}`]
  if (schema['x-kubernetes-int-or-string'] === true) return []
  switch (schema.type) {
    case 'object':
      return isObject(value)
        ? problemsOfMap(value, schema, path, metadata)
        : say(`expected map, got &{${formatGoValue(value)}}`)
    case 'array':
      return Array.isArray(value)
        ? problemsOfList(value, schema, path, metadata)
        : say(`expected list, got &{${formatGoValue(value)}}`)
    case 'string':
      return typeof value === 'string'
        ? []
        : say(`expected string, got &value.valueUnstructured{Value:${formatGoLiteral(value)}}`)
    case 'integer':
    case 'number':
      return typeof value === 'number' ? [] : say(`expected numeric (int or float), got ${goTypeOf(value)}`)
    case 'boolean':
      return typeof value === 'boolean' ? [] : say(`expected boolean, got &{${formatGoValue(value)}}`)
    default:
      return []
  }
}

function problemsOfMap(value: Record<string, unknown>, schema: Schema, path: string, metadata: Schema): string[] {
  const open =
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema.additionalProperties === true ||
    (schema.properties === undefined && schema.additionalProperties === undefined)
  const problems: string[] = []
  for (const [key, member] of Object.entries(value)) {
    const ofResource = schema['x-kubernetes-embedded-resource'] === true && key === 'metadata'
    const known = ofResource ? metadata : memberSchema(schema, key)
    if (known === undefined && !open) {
      // The first one ends the look at its object.
      problems.push(`${path}.${key}: field not declared in schema`)
      return problems
    }
    problems.push(...problemsAt(member, known, `${path}.${key}`, metadata))
  }
  return problems
}

function problemsOfList(value: readonly unknown[], schema: Schema, path: string, metadata: Schema): string[] {
  const listType = schema['x-kubernetes-list-type']
  const associative = listType === 'set' || listType === 'map'
  const seen = new Set<string>()
  const problems: string[] = []
  for (const [index, item] of value.entries()) {
    const whole = listType === 'set' && (item === null || typeof item === 'object')
    const identity = associative && !whole ? identityOf(item, schema) : undefined
    if (associative && identity === undefined) {
      problems.push(`${path}: element ${index}: ${withoutIdentity(item, schema)}`)
      // What it is cannot be said, nor what is in it, nor what comes after it.
      return problems
    }
    if (identity !== undefined && seen.has(identity))
      problems.push(`${path}: duplicate entries for key ${formatFieldPath([identity])}`)
    if (identity !== undefined) seen.add(identity)
    problems.push(
      ...problemsAt(
        item,
        schema.items,
        `${path}${identity === undefined ? `[${index}]` : formatFieldPath([identity])}`,
        metadata,
      ),
    )
  }
  return problems
}

function withoutIdentity(item: unknown, schema: Schema): string {
  if (schema['x-kubernetes-list-type'] === 'set') {
    if (item === null) return "associative list without keys has an element that's an explicit null"
    return Array.isArray(item)
      ? 'not supported: associative list with lists as elements'
      : "associative list without keys has an element that's a map type"
  }
  if (item === null) return 'associative list with keys may not have a null element'
  if (!isObject(item)) return 'associative list with keys may not have non-map elements'
  const keys = `[${(schema['x-kubernetes-list-map-keys'] ?? []).map((key) => JSON.stringify(key)).join(' ')}]`
  return `associative list with keys has an element that omits all key fields ${keys} (and doesn't have default values for any key fields)`
}
