import { ApiFailure, badRequest } from '../failure.ts'
import { canonical, clone, deepEqual, isObject, type JsonObject } from '../json.ts'
import { memberSchema, type Schema } from '../schema/schema.ts'
import { formatGoValue } from './go-value.ts'

const directive = '$patch'
const retainKeys = '$retainKeys'
const deletePrefix = '$deleteFromPrimitiveList/'
const orderPrefix = '$setElementOrder/'

/** A strategic merge patch: lists merge by the key that the kind's schema names. Returns a new document. */
export function applyStrategicMerge(document: unknown, patch: unknown, schema: Schema | undefined): unknown {
  if (!isObject(patch)) throw badRequest('a strategic merge patch must be an object')
  return mergeObject(isObject(document) ? document : {}, patch, schema)
}

function mergeObject(original: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
  if (patch[directive] === 'replace') return withoutDirectives(patch)
  if (patch[directive] === 'delete') return {}
  const out: JsonObject = { ...original }
  const retained = patch[retainKeys]
  if (Array.isArray(retained)) {
    for (const key of Object.keys(out)) if (!retained.includes(key)) delete out[key]
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key === directive || key === retainKeys || key.startsWith(orderPrefix)) continue
    const order = patch[`${orderPrefix}${key}`] ?? value
    if (key.startsWith(deletePrefix)) deleteFromList(out, key.slice(deletePrefix.length), value)
    else if (value === null) delete out[key]
    else out[key] = mergeValue(out[key], value, memberSchema(schema, key), order)
  }
  for (const [key, order] of Object.entries(patch)) {
    const name = key.slice(orderPrefix.length)
    if (!key.startsWith(orderPrefix) || Object.hasOwn(patch, name)) continue
    const [list, listSchema] = [out[name], memberSchema(schema, name)]
    if (Array.isArray(list) && Array.isArray(order)) out[name] = inOrder(list, order, list, listSchema)
  }
  return out
}

function mergeValue(original: unknown, patch: unknown, schema: Schema | undefined, order: unknown): unknown {
  if (isObject(patch)) {
    const base = isObject(original) ? original : {}
    return mergeObject(base, patch, schema)
  }
  if (!Array.isArray(patch) || !mergesLists(schema)) return clone(patch)
  const present: unknown[] = Array.isArray(original) ? original : []
  const merged = mergeList(present, patch, schema)
  return inOrder(merged, Array.isArray(order) ? order : patch, present, schema)
}

function mergesLists(schema: Schema | undefined): boolean {
  return schema?.['x-kubernetes-patch-strategy']?.split(',').includes('merge') === true
}

function mergeList(original: readonly unknown[], patch: readonly unknown[], schema: Schema | undefined): unknown[] {
  const mergeKey = schema?.['x-kubernetes-patch-merge-key']
  if (mergeKey === undefined) {
    const seen = new Set(original.map(canonical))
    return [...original, ...patch.filter((item) => !seen.has(canonical(item)))]
  }
  if (patch.some((item) => isObject(item) && item[directive] === 'replace')) {
    return patch
      .filter((item) => !(isObject(item) && item[directive] === 'replace' && item[mergeKey] === undefined))
      .map(clone)
  }
  const out: unknown[] = [...original]
  for (const item of patch) {
    if (!isObject(item)) throw badRequest(`items of a list merged by ${mergeKey} must be objects`)
    const key = item[mergeKey]
    if (key === undefined && original.length === 0) {
      // Nothing to merge it with.
      out.push(clone(item))
      continue
    }
    if (key === undefined)
      throw new ApiFailure(500, '', `map: ${formatGoValue(item)} does not contain declared merge key: ${mergeKey}`)
    const index = out.findIndex((present) => isObject(present) && deepEqual(present[mergeKey], key))
    if (item[directive] === 'delete') {
      if (index >= 0) out.splice(index, 1)
    } else if (index < 0) out.push(mergeObject({}, item, schema?.items))
    else out[index] = mergeObject(out[index] as JsonObject, item, schema?.items)
  }
  return out
}

function deleteFromList(target: JsonObject, key: string, values: unknown): void {
  const list = target[key]
  if (!Array.isArray(list) || !Array.isArray(values)) return
  const gone = new Set(values.map(canonical))
  target[key] = list.filter((item) => !gone.has(canonical(item)))
}

/**
 * Puts the listed items in the asked order. Others keep their order among themselves; where `before` does not say which
 * comes first, the listed ones do.
 */
function inOrder(
  list: readonly unknown[],
  order: readonly unknown[],
  before: readonly unknown[],
  schema: Schema | undefined,
): unknown[] {
  const mergeKey = schema?.['x-kubernetes-patch-merge-key']
  const identity = (item: unknown) => canonical(mergeKey !== undefined && isObject(item) ? item[mergeKey] : item)
  const places = (items: readonly unknown[]) => new Map(items.map((item, index) => [identity(item), index]))
  const [wanted, former] = [places(order), places(before)]
  const listed = list
    .filter((item) => wanted.has(identity(item)))
    .toSorted((a, b) => (wanted.get(identity(a)) ?? 0) - (wanted.get(identity(b)) ?? 0))
  const others = list.filter((item) => !wanted.has(identity(item)))
  const result: unknown[] = []
  while (listed.length > 0 && others.length > 0) {
    const [other, next] = [former.get(identity(others[0])), former.get(identity(listed[0]))]
    result.push(other !== undefined && next !== undefined && other < next ? others.shift() : listed.shift())
  }
  return [...result, ...others, ...listed]
}

function withoutDirectives(patch: JsonObject): JsonObject {
  const { [directive]: _, ...rest } = patch
  return clone(rest)
}
