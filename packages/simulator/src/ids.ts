import { createHash } from 'node:crypto'

/** Identifiers in the shapes clouds give them, the same ones for the same seed. */
export interface Ids {
  /** `length` lower-case hexadecimal digits. */
  hex(length: number): string
  uuid(): string
  /** A number in [0, 1). */
  random(): number
  /** How many have been given out. */
  readonly count: number
}

/** `start`: how many were given out before; it goes on from there. */
export function createIds(seed: string, start = 0): Ids {
  let count = start
  const digest = () => createHash('sha256').update(`${seed}/${count++}`).digest('hex')
  return {
    hex: (length) => digest().slice(0, length),
    uuid() {
      const hex = digest()
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
    },
    get count() {
      return count
    },
    random: () => Number.parseInt(digest().slice(0, 12), 16) / 2 ** 48,
  }
}
