import { badRequest } from '../failure.ts'
import { canonical, clone, deepEqual, isObject, type JsonObject } from '../json.ts'
import { memberSchema, type Schema } from '../schema/schema.ts'

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
    if (key.startsWith(deletePrefix)) deleteFromList(out, key.slice(deletePrefix.length), value)
    else if (value === null) delete out[key]
    else out[key] = mergeValue(out[key], value, memberSchema(schema, key))
  }
  for (const [key, order] of Object.entries(patch)) {
    if (key.startsWith(orderPrefix)) applyOrder(out, key.slice(orderPrefix.length), order, schema)
  }
  return out
}

function mergeValue(original: unknown, patch: unknown, schema: Schema | undefined): unknown {
  if (isObject(patch)) {
    const base = isObject(original) ? original : {}
    return mergeObject(base, patch, schema)
  }
  if (!Array.isArray(patch) || !mergesLists(schema)) return clone(patch)
  return mergeList(Array.isArray(original) ? original : [], patch, schema)
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
    if (key === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`)
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

/** Puts the listed items in the asked order; others keep their place behind those they followed. */
function applyOrder(target: JsonObject, key: string, order: unknown, schema: Schema | undefined): void {
  const list = target[key]
  if (!Array.isArray(list) || !Array.isArray(order)) return
  const mergeKey = memberSchema(schema, key)?.['x-kubernetes-patch-merge-key']
  const identity = (item: unknown) => canonical(mergeKey !== undefined && isObject(item) ? item[mergeKey] : item)
  const wanted = new Map(order.map((item, index) => [identity(item), index]))
  const ordered = list
    .filter((item) => wanted.has(identity(item)))
    .toSorted((a, b) => (wanted.get(identity(a)) ?? 0) - (wanted.get(identity(b)) ?? 0))
  const result: unknown[] = []
  let next = 0
  for (const item of list) {
    if (!wanted.has(identity(item))) result.push(item)
    else {
      result.push(ordered[next])
      next += 1
    }
  }
  target[key] = result
}

function withoutDirectives(patch: JsonObject): JsonObject {
  const { [directive]: _, ...rest } = patch
  return clone(rest)
}
