import { isJsonObject } from '../toolkit/deep-equal.ts'

// Programs in Go that read an object and write it again add zeroes and empty objects for fields that were absent, and leave out
// flags that are false.

/** In v1beta1 these mean the same as nothing. */
export function isZero(value: unknown): boolean {
  if (isJsonObject(value)) return Object.values(value).every(isZero)
  return value === undefined || value === false || value === 0 || value === ''
}

/** In a spec single values are kept as they are written. */
export function saysNothing([top]: readonly string[], value: unknown): boolean {
  return top === 'status'
    ? isZero(value)
    : isJsonObject(value) && Object.values(value).every((field) => isZero(field) && field !== false)
}

/** Leaves out such values where the object did not have them before. */
export function dropZeroes(status: unknown, before: unknown): void {
  if (!isJsonObject(status)) return
  const known = isJsonObject(before) ? before : {}
  for (const [key, value] of Object.entries(status)) {
    dropZeroes(value, known[key])
    if (known[key] === undefined && isZero(value)) delete status[key]
  }
}

/** Programs in Go leave out flags that are false; what was false on purpose is so again. */
export function restoreFalse(stored: unknown, before: unknown): void {
  if (Array.isArray(stored) && Array.isArray(before) && stored.length === before.length) {
    for (const [index, item] of stored.entries()) restoreFalse(item, before[index])
  }
  if (!isJsonObject(stored) || !isJsonObject(before)) return
  for (const [key, value] of Object.entries(before)) {
    if (value === false && stored[key] === undefined) stored[key] = false
    else restoreFalse(stored[key], value)
  }
}
