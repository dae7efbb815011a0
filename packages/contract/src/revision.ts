import { createHash } from 'node:crypto'

import type { JsonValue } from './json.ts'

/**
 * One text for one value: keys sorted, absent entries left out, no spaces. Equal values give equal text in every
 * process and release, which is what a revision needs (DESIGN 3).
 *
 * @throws TypeError for numbers that JSON cannot hold
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} is no JSON number`)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const entries = Object.entries(value)
    .filter((entry): entry is [string, JsonValue] => entry[1] !== undefined)
    // Not localeCompare: the order must not depend on the machine's locale.
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`)
  return `{${entries.join(',')}}`
}

/** SHA-256 of the canonical text, hex. */
export function canonicalHash(value: JsonValue): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

// 64 bits: short enough for names and labels of every cloud, far more than the handful of revisions a pool ever has.
const hashLength = 16

/** `revision('1', value)` is `v1:<16 hex digits>`. `scheme` changes when the meaning of `value` changes. */
export function revision(scheme: string, value: JsonValue): string {
  if (!/^[1-9]\d*$/.test(scheme)) throw new TypeError(`revision scheme must be a positive integer, not "${scheme}"`)
  return `v${scheme}:${canonicalHash(value).slice(0, hashLength)}`
}

/** The two parts of a revision; `undefined` for text that is none. */
export function parseRevision(text: string): { readonly scheme: string; readonly hash: string } | undefined {
  const match = /^v([1-9]\d*):([0-9a-f]{16})$/.exec(text)
  return match ? { scheme: match[1]!, hash: match[2]! } : undefined
}
