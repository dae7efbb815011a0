import { isDeepStrictEqual } from 'node:util'

/** A JSON object, as opposed to a list or a plain value. */
export type JsonObject = Record<string, unknown>

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Equality of JSON values; the order of keys has no meaning. */
export const deepEqual: (a: unknown, b: unknown) => boolean = isDeepStrictEqual
