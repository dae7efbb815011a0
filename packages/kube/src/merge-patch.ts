import { isDeepStrictEqual } from 'node:util'

type Json = unknown

/**
 * The smallest RFC 7386 merge patch that turns `before` into `after`, or `undefined` when they are equal. Lists are
 * replaced whole, as merge patches must. A field that is `undefined` counts as absent; `null` in `after` cannot be told
 * from absence by a merge patch and is written as absence.
 */
export function createPatch(before: object, after: object): Record<string, unknown> | undefined {
  // Entries, because an assignment to a field named `__proto__` would not make a field.
  const changes: [string, Json][] = []
  for (const [field, value] of Object.entries(after)) {
    const difference = createFieldPatch(own(before, field), value)
    if (difference !== unchanged) {
      changes.push([field, difference])
    }
  }
  for (const [field, value] of Object.entries(before)) {
    if (value !== undefined && value !== null && own(after, field) === undefined) {
      changes.push([field, null])
    }
  }
  return changes.length === 0 ? undefined : Object.fromEntries(changes)
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
  const result = new Map(isPlainObject(target) ? Object.entries(target) : [])
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) {
      result.delete(field)
    } else {
      result.set(field, applyMergePatch(result.get(field), value))
    }
  }
  return Object.fromEntries(result)
}

function own(object: object, field: string): Json {
  return Object.hasOwn(object, field) ? (object as Record<string, Json>)[field] : undefined
}

function isPlainObject(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
