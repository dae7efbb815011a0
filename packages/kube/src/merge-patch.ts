import { isDeepStrictEqual } from 'node:util'

type Json = unknown

/**
 * The smallest RFC 7386 merge patch that turns `before` into `after`, or `undefined` when they are equal. Lists are
 * replaced whole, as merge patches must. A field that is `undefined` counts as absent; `null` in `after` cannot be told
 * from absence by a merge patch and is written as absence.
 */
export function createPatch(before: object, after: object): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {}
  const old = before as Record<string, Json>
  const wanted = after as Record<string, Json>
  for (const [field, value] of Object.entries(wanted)) {
    const difference = createFieldPatch(old[field], value)
    if (difference !== unchanged) {
      patch[field] = difference
    }
  }
  for (const [field, value] of Object.entries(old)) {
    if (value !== undefined && value !== null && wanted[field] === undefined) {
      patch[field] = null
    }
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}

const unchanged = Symbol('unchanged')

function createFieldPatch(before: Json, after: Json): Json {
  if (after === undefined) {
    return unchanged // the second pass of the caller decides
  }
  if (after === null) {
    return before === undefined || before === null ? unchanged : null
  }
  if (isPlainObject(before) && isPlainObject(after)) {
    return createPatch(before, after) ?? unchanged
  }
  return isDeepStrictEqual(before, after) ? unchanged : after
}

/** Applies an RFC 7386 merge patch; neither argument is changed. */
export function applyMergePatch(target: Json, patch: Json): Json {
  if (!isPlainObject(patch)) {
    return patch
  }
  const result: Record<string, Json> = isPlainObject(target) ? { ...target } : {}
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) {
      delete result[field]
    } else {
      Object.defineProperty(result, field, {
        value: applyMergePatch(result[field], value),
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
  }
  return result
}

function isPlainObject(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
