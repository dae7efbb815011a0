import { describe, expect, test } from 'vitest'

import { addQuantities, compareQuantities, formatQuantity, parseQuantity, type Quantity } from './quantity.ts'

function read(text: string): Quantity {
  const quantity = parseQuantity(text)
  if (quantity === undefined) throw new Error(`${text} is no quantity`)
  return quantity
}

describe('quantities', () => {
  test.each([
    ['1', '1'],
    ['0', '0'],
    ['0Gi', '0'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1.5', '1500m'],
    ['0.1', '100m'],
    ['1000', '1k'],
    ['1500', '1500'],
    ['4000000', '4M'],
    ['16384Mi', '16Gi'],
    ['1.5Gi', '1536Mi'],
    ['1023Ki', '1023Ki'],
    ['1024', '1024'],
    ['0.5Mi', '512Ki'],
    ['1e3', '1e3'],
    ['12e1', '120'],
    ['-2500m', '-2500m'],
    ['1n', '1n'],
    ['0.0000000001', '1n'],
    ['+1', '1'],
    ['.5', '500m'],
  ])('%s is written %s', (text, expected) => {
    expect(formatQuantity(read(text))).toBe(expected)
  })

  test.each(['', 'x', '1x', '1 Gi', 'Gi', '.', '1e', '--1', '1Kii'])('%j is none', (text) => {
    expect(parseQuantity(text)).toBeUndefined()
  })

  test('compare and add across forms', () => {
    expect(compareQuantities(read('1Gi'), read('1024Mi'))).toBe(0)
    expect(compareQuantities(read('999m'), read('1'))).toBe(-1)
    expect(compareQuantities(read('-1'), read('-2'))).toBe(1)
    expect(formatQuantity(addQuantities(read('1500m'), read('500m')))).toBe('2')
    expect(formatQuantity(addQuantities(read('1Gi'), read('1Gi')))).toBe('2Gi')
  })
})
