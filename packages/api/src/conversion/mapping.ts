import { isJsonObject, type JsonObject } from '../toolkit/deep-equal.ts'
import { ConversionError, type Body, type Conversion, type ConversionContext } from './conversion.ts'

/**
 * Where a field of the older version lives in the stored one. Paths are dotted; fields that no mapping names have the
 * same place in both.
 */
export interface Mapping {
  readonly spoke: string
  /** Left out: the stored version has no such field. */
  readonly hub?: string
  /** Changes the value on the way to the stored version; `undefined` leaves the field out. */
  readonly up?: (value: unknown, path: string) => unknown
  /** Changes the value on the way back. */
  readonly down?: (value: unknown, context: ConversionContext) => unknown
}

/** A conversion that moves and changes fields as a table says. */
export function mappedConversion(mappings: readonly Mapping[]): Conversion {
  return {
    up(body) {
      const result = structuredClone<JsonObject>({ ...body })
      const taken = mappings.map(({ spoke, hub }) => take(result, spoke, spoke !== hub))
      for (const [index, { spoke, hub, up }] of mappings.entries()) {
        const value = taken[index]
        if (value !== undefined && hub !== undefined) put(result, hub, up === undefined ? value : up(value, spoke))
      }
      return result
    },
    down(body, context) {
      const result = structuredClone<JsonObject>({ ...body })
      const taken = mappings.map(({ spoke, hub }) => (hub === undefined ? undefined : take(result, hub, spoke !== hub)))
      for (const [index, { spoke, down }] of mappings.entries()) {
        const value = taken[index]
        if (value !== undefined) put(result, spoke, down === undefined ? value : down(value, context))
      }
      return result
    },
  }
}

/** Runs further steps after a conversion; each changes the body in place. */
export function withSteps(
  conversion: Conversion,
  steps: { up?: (body: JsonObject) => void; down?: (body: JsonObject) => void },
): Conversion {
  return {
    up: (body) => runStep(conversion.up(body), steps.up),
    down: (body, context) => runStep(conversion.down(body, context), steps.down),
  }
}

function runStep(body: Body, step: ((body: JsonObject) => void) | undefined): Body {
  const result: JsonObject = { ...body }
  step?.(result)
  return result
}

/** The object at a dotted path, if there is one. */
export function objectAt(root: JsonObject, path: string): JsonObject | undefined {
  let at: unknown = root
  for (const key of path.split('.')) {
    if (!isJsonObject(at)) return undefined
    at = at[key]
  }
  return isJsonObject(at) ? at : undefined
}

/** The objects in the list at a dotted path. */
export function itemsAt(root: JsonObject, path: string): JsonObject[] {
  const dot = path.lastIndexOf('.')
  const list = objectAt(root, path.slice(0, dot))?.[path.slice(dot + 1)]
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

/** Removes the value at a path and, when told so, the containers that are left empty by that, but not the top ones. */
function take(root: JsonObject, path: string, pruneEmpty: boolean): unknown {
  const keys = path.split('.')
  const parents: JsonObject[] = [root]
  for (const key of keys.slice(0, -1)) {
    const next = parents.at(-1)?.[key]
    if (!isJsonObject(next)) return undefined
    parents.push(next)
  }
  const last = keys.at(-1) ?? ''
  const value = parents.at(-1)?.[last]
  if (value === undefined) return undefined
  delete parents.at(-1)?.[last]
  if (!pruneEmpty) return value
  for (let depth = parents.length - 1; depth > 1; depth--) {
    const parent = parents[depth]
    const key = keys[depth - 1]
    if (parent !== undefined && key !== undefined && Object.keys(parent).length === 0) delete parents[depth - 1]?.[key]
  }
  return value
}

function put(root: JsonObject, path: string, value: unknown): void {
  if (value === undefined) return
  const keys = path.split('.')
  let at = root
  for (const key of keys.slice(0, -1)) {
    const next = at[key]
    if (next === undefined) at[key] = {}
    else if (!isJsonObject(next)) throw new ConversionError(path, `${key} must be an object`)
    at = at[key] as JsonObject
  }
  at[keys.at(-1) ?? ''] = value
}
