import { canonical, deepEqual, isObject } from '../json.ts'
import { memberSchema, type Schema } from './schema.ts'

/** Finds the former state of a list item: only items of list-maps have one. */
export function formerItems(old: unknown, schema: Schema): (item: unknown) => unknown {
  const keys = schema['x-kubernetes-list-map-keys']
  if (!Array.isArray(old) || schema['x-kubernetes-list-type'] !== 'map' || keys === undefined) return () => undefined
  const identity = (item: unknown) => canonical(isObject(item) ? keys.map((key) => item[key] ?? null) : item)
  const former = new Map(old.map((item) => [identity(item), item]))
  return (item) => former.get(identity(item))
}

/**
 * Whether the value at a path, or something around it, is what it was: then a rule that it breaks is not held against it.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting
 */
export function isUnchanged(path: readonly (string | number)[], value: unknown, old: unknown, schema: Schema): boolean {
  let [now, before, node]: [unknown, unknown, Schema | undefined] = [value, old, schema]
  for (const part of path) {
    if (before === undefined || node === undefined) return false
    if (deepEqual(now, before)) return true
    if (typeof part === 'number') {
      const item: unknown = Array.isArray(now) ? now[part] : undefined
      before = formerItems(before, node)(item)
      now = item
      node = node.items
    } else {
      before = isObject(before) && node['x-kubernetes-map-type'] !== 'atomic' ? before[part] : undefined
      now = isObject(now) ? now[part] : undefined
      node = memberSchema(node, part)
    }
  }
  return before !== undefined && deepEqual(now, before)
}
