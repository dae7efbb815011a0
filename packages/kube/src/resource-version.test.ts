import { expect, test } from 'vitest'

import { isBefore } from './resource-version.ts'

test.each([
  ['9', '10', true],
  ['10', '9', false],
  ['10', '10', false],
  ['18446744073709551614', '18446744073709551615', true],
  ['a', 'b', false],
  ['1', 'b', false],
  ['01', '2', false],
  ['', '2', false],
  [undefined, '2', false],
])('%s is before %s: %s', (version, other, expected) => {
  expect(isBefore(version, other)).toBe(expected)
})
