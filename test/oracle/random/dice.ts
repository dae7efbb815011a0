/** Random choices that a seed repeats. */
export interface Dice {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number
  /** True once in `times`. */
  once(times: number): boolean
  pick<T>(items: readonly T[]): T
  /** Each item with the chance of one in `times`. */
  some<T>(items: readonly T[], times: number): T[]
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
  return {
    below,
    once: (times) => below(times) === 0,
    pick<T>(items: readonly T[]): T {
      const item = items[below(items.length)]
      if (item === undefined && items.length === 0) throw new Error('nothing to pick from')
      return item as T
    },
    some: (items, times) => items.filter(() => below(times) === 0),
  }
}
