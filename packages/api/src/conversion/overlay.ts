import { deepEqual, isJsonObject, type JsonObject } from '../toolkit/deep-equal.ts'

/** One value that a conversion changed or lost: where `from` stands, `to` belongs. Absent means the field is absent. */
export interface Correction {
  path: string[]
  from?: unknown
  to?: unknown
}

/** What has to be corrected in `actual` to get `wanted`. Lists are compared as a whole. */
export function corrections(actual: JsonObject, wanted: JsonObject, path: string[] = []): Correction[] {
  const found: Correction[] = []
  for (const key of new Set([...Object.keys(actual), ...Object.keys(wanted)])) {
    const from = actual[key]
    const to = wanted[key]
    if (isJsonObject(from) && isJsonObject(to)) {
      found.push(...corrections(from, to, [...path, key]))
    } else if (!deepEqual(from, to)) {
      found.push({
        path: [...path, key],
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      })
    }
  }
  return found
}

/**
 * Applies each correction whose `from` is still what stands there: a value that somebody changed in the meantime wins.
 * Changes `target` in place.
 */
export function correct(target: JsonObject, list: readonly Correction[]): void {
  for (const { path, from, to } of list) {
    // Annotations are written by anyone: never follow one out of the object.
    if (path.includes('__proto__')) continue
    const last = path.at(-1)
    const parent = last === undefined ? undefined : parentOf(target, path, to !== undefined && from === undefined)
    if (last === undefined || parent === undefined || !deepEqual(parent[last], from)) continue
    if (to === undefined) delete parent[last]
    else parent[last] = structuredClone(to)
  }
}

function parentOf(target: JsonObject, path: readonly string[], create: boolean): JsonObject | undefined {
  let at = target
  for (const key of path.slice(0, -1)) {
    // A parent that is gone was removed on purpose, except that a lost field may have been its only one.
    if (!Object.hasOwn(at, key) && create) at[key] = {}
    const next = Object.hasOwn(at, key) ? at[key] : undefined
    if (!isJsonObject(next)) return undefined
    at = next
  }
  return at
}
