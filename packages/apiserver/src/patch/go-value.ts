import { isObject, textOf } from '../json.ts'

/** A JSON value as Go prints it with `%v`, which some messages of kube-apiserver do. */
export function formatGoValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatGoValue).join(' ')}]`
  if (isObject(value)) {
    const members = Object.keys(value).toSorted()
    return `map[${members.map((key) => `${key}:${formatGoValue(value[key])}`).join(' ')}]`
  }
  return textOf(value, '<nil>')
}

/** The Go type in which a JSON value is held. */
export function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (isObject(value)) return 'map[string]interface {}'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

/** A JSON value as Go prints it with `%#v`. */
export function formatGoLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(formatGoLiteral).join(', ')}}`
  if (isObject(value)) {
    const members = Object.keys(value).toSorted()
    return `map[string]interface {}{${members.map((key) => `${JSON.stringify(key)}:${formatGoLiteral(value[key])}`).join(', ')}}`
  }
  return value === null ? 'interface {}(nil)' : JSON.stringify(value)
}
