import fc from 'fast-check'
import { expect, test } from 'vitest'

import { formatDuration, parseDuration } from './duration.ts'

test.each([
  ['0', 0],
  ['0s', 0],
  ['10s', 10],
  ['1h30m', 5400],
  ['1.5h', 5400],
  ['300ms', 0.3],
  ['-2m', -120],
  ['1m1s', 61],
])('%s is %d s', (text, seconds) => {
  expect(parseDuration(text)).toBeCloseTo(seconds, 9)
})

test.each(['', '10', 's', '10 s', '1d', '1h-1m', 'h1'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})

test.each([
  [0, '0s'],
  [59, '59s'],
  [60, '1m0s'],
  [3600, '1h0m0s'],
  [90061, '25h1m1s'],
  [-5, '-5s'],
])('%d s is written %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), (n) => {
      expect(parseDuration(formatDuration(n))).toBe(n)
    }),
  )
})
