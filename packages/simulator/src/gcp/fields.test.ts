import { expect, test } from 'vitest'

import { createFieldMask } from './fields.ts'

const list = {
  kind: 'list',
  nextPageToken: 'x',
  items: [{ name: 'a', status: { isStable: true, autoscaler: 'b' }, size: 1 }],
  scopes: { one: { name: 'c', size: 2 } },
}

test.each([
  ['kind', { kind: 'list' }],
  ['items/name,nextPageToken', { nextPageToken: 'x', items: [{ name: 'a' }] }],
  ['items(name,status/isStable)', { items: [{ name: 'a', status: { isStable: true } }] }],
  ['scopes/*/name', { scopes: { one: { name: 'c' } } }],
  ['*', list],
  ['nothing', {}],
])('a selection %s', (fields, selected) => {
  expect(createFieldMask(fields)(list)).toEqual(selected)
})

test.each(['items(name', 'items)', ',', 'items/'])('refuses %s', (fields) => {
  expect(() => createFieldMask(fields)).toThrow('Invalid field selection')
})
