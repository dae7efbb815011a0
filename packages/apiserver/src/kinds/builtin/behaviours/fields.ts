import type { FieldError } from '../../../failure.ts'
import { deepEqual, isObject, setAt, valueAt, type JsonObject } from '../../../json.ts'
import type { KubeObject } from '../../../object.ts'

/** Sets `path` to `value` when it is absent. */
export function fill(object: KubeObject, path: string, value: unknown): void {
  const parts = path.split('.')
  const parent = valueAt(object, parts.slice(0, -1))
  if (isObject(parent) && parent[parts.at(-1) ?? ''] === undefined) setAt(object, parts, value)
}

export function items(object: unknown, path: string): JsonObject[] {
  const value = valueAt(object, path.split('.'))
  return Array.isArray(value) ? value.filter(isObject) : []
}

export function emptyStatus(object: KubeObject): void {
  object['status'] = {}
}

/** Changes to these parts are refused. */
export function immutable(object: KubeObject, old: KubeObject | undefined, path: string): FieldError[] {
  const parts = path.split('.')
  if (old === undefined || deepEqual(valueAt(object, parts), valueAt(old, parts))) return []
  return [
    { type: 'FieldValueInvalid', field: path, value: valueAt(object, parts) ?? null, detail: 'field is immutable' },
  ]
}

/** Times of conditions are never left out: not known is null. */
export function fillTimes(condition: JsonObject, seen: string): void {
  condition[seen] ??= null
  condition['lastTransitionTime'] ??= null
}
