import { expect, test } from 'vitest'

import { createFilter } from './filter.ts'

const item = { name: 'np-a1b2', status: { isStable: false }, labels: { team: 'blue' }, size: 3 }

test.each([
  ['name = np-a1b2', true],
  ['name = "np"', false],
  ['name != np-a1b2', false],
  ['name eq np-.*', true],
  ['name eq np', false],
  ['name ne np-.*', false],
  ['name:np', true],
  ['labels.team:*', true],
  ['labels.other:*', false],
  ['status.isStable = false AND size = 3', true],
  ['(size = 4) OR (labels.team = blue)', true],
  ['(name = "np-a1b2") (size = 4)', false],
  ['NOT size = 4', true],
])('the filter %s', (filter, kept) => {
  expect(createFilter(filter)(item)).toBe(kept)
})

test.each(['name', 'name =', '(name = a', 'name = a)', 'name ~ a'])('refuses %s', (filter) => {
  expect(() => createFilter(filter)).toThrow('Invalid list filter expression')
})
