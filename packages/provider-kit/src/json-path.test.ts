import { expect, test } from 'vitest'

import { at, keysAt, objectsAt, textAt, textMapAt, textsAt } from './json-path.ts'

const value = { a: { list: ['x', 1, 'y'], map: { k: 'v', n: 2 }, items: [{ b: 1 }, 'text'], empty: '' } }

test('reads along a path and answers nothing where it ends early', () => {
  expect(at(value, 'a', 'list', 0)).toBe('x')
  expect(at(value, 'a', 'missing', 'further')).toBeUndefined()
  expect(at(null, 'a')).toBeUndefined()
})

test('keeps only what is of the wanted type', () => {
  expect(textAt(value, 'a', 'empty')).toBeUndefined()
  expect(textAt(value, 'a', 'map', 'n')).toBeUndefined()
  expect(textsAt(value, 'a', 'list')).toEqual(['x', 'y'])
  expect(textMapAt(value, 'a', 'map')).toEqual({ k: 'v' })
  expect(keysAt(value, 'a', 'map')).toEqual(['k', 'n'])
  expect(keysAt(value, 'a', 'list')).toEqual([])
  expect(objectsAt(value, 'a', 'items')).toEqual([{ b: 1 }])
})
