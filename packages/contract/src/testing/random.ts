/** Random numbers that a seed repeats, for schedules that can be replayed. */
export interface Random {
  /** At least 0, below 1. */
  next(): number
  /** At least 0, below `limit`. */
  integer(limit: number): number
  /** @throws RangeError for an empty list */
  pick<T>(items: readonly T[]): T
}

/** Mulberry32 by Tommy Ettinger (public domain algorithm): 32 bits of state, plenty for a test schedule. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    integer,
    pick(items) {
      if (items.length === 0) throw new RangeError('nothing to pick from')
      return items[integer(items.length)]!
    },
  }
}
