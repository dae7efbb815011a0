import { expect, test } from 'vitest'

import { createTable } from './table.ts'

function manual() {
  let now = 0
  return { clock: { now: () => now, after: () => () => {} }, advance: (ms: number) => (now += ms) }
}

test('a reader sees every write late, a deletion included', () => {
  const { clock, advance } = manual()
  const table = createTable<number>(clock, () => 5000)
  table.put('a', 1)
  expect([table.get('a'), table.read('a'), table.readAll()]).toEqual([1, undefined, []])
  advance(3000)
  table.put('a', 2)
  advance(2000)
  expect(table.read('a')).toBe(1)
  advance(3000)
  expect(table.read('a')).toBe(2)
  table.delete('a')
  expect([table.get('a'), table.readAll()]).toEqual([undefined, [2]])
  advance(5000)
  expect(table.readAll()).toEqual([])
})

test('without a lag a reader sees the truth', () => {
  const table = createTable<number>(manual().clock, () => 0)
  table.put('a', 1)
  expect(table.readAll()).toEqual([1])
})
