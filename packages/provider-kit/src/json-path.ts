import type { JsonObject, JsonValue } from '@machinepool/contract'

/** The value at a path of plain data, `undefined` where the path ends early. Objects of other kinds are read by it. */
export function at(value: JsonValue | undefined, ...path: readonly (string | number)[]): JsonValue | undefined {
  let current = value
  for (const step of path) {
    if (current === null || typeof current !== 'object') return undefined
    current = Array.isArray(current) ? current[Number(step)] : current[step]
  }
  return current
}

/** Text at a path; `undefined` for anything else, and for no text. */
export function textAt(value: JsonValue | undefined, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' && found !== '' ? found : undefined
}

export function objectsAt(value: JsonValue | undefined, ...path: readonly (string | number)[]): readonly JsonObject[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found.filter(isObject) : []
}

/** The texts of a list at a path. */
export function textsAt(value: JsonValue | undefined, ...path: readonly (string | number)[]): readonly string[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found.filter((item) => typeof item === 'string') : []
}

/** The keys of a map at a path. */
export function keysAt(value: JsonValue | undefined, ...path: readonly (string | number)[]): readonly string[] {
  const found = at(value, ...path)
  return isObject(found) ? Object.keys(found) : []
}

/** A map from text to text at a path, without entries of any other type. */
export function textMapAt(value: JsonValue | undefined, ...path: readonly (string | number)[]): Record<string, string> {
  const found = at(value, ...path)
  if (!isObject(found)) return {}
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
