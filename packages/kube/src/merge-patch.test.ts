import fc from 'fast-check'
import { expect, test } from 'vitest'

import { applyMergePatch, createPatch } from './merge-patch.ts'

// RFC 7386, appendix A.
test.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j with %j gives %j', (target, patch, result) => {
  expect(applyMergePatch(target, patch)).toEqual(result)
})

test('the smallest patch', () => {
  const before = {
    metadata: { labels: { a: '1', b: '2' }, finalizers: ['x'] },
    spec: { n: 1, list: [1, 2] },
    same: { deep: [1] },
  }
  const after = {
    metadata: { labels: { a: '1', c: '3' }, finalizers: ['x'] },
    spec: { n: 2, list: [2] },
    same: { deep: [1] },
  }
  expect(createPatch(before, after)).toEqual({
    metadata: { labels: { b: null, c: '3' } },
    spec: { n: 2, list: [2] },
  })
  expect(createPatch(before, structuredClone(before))).toBeUndefined()
  expect(createPatch({ a: 1 }, { a: undefined })).toEqual({ a: null })
})

const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor')
const { object } = fc.letrec<{ object: Record<string, unknown>; value: unknown }>((tie) => ({
  object: fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ max: 3 }),
    fc.constantFrom('x', true),
    fc.array(fc.integer(), { maxLength: 2 }),
    tie('object'),
  ),
}))

test('applied to what was before, a patch gives what is wanted', () => {
  fc.assert(
    fc.property(object, object, (before, after) => {
      const [old, wanted] = [before, after].map((value) => JSON.parse(JSON.stringify(value)) as object) as [
        object,
        object,
      ]
      const patch = createPatch(old, wanted)
      const result = patch === undefined ? old : applyMergePatch(old, JSON.parse(JSON.stringify(patch)))
      expect(JSON.stringify(sortKeys(result))).toBe(JSON.stringify(sortKeys(wanted)))
    }),
  )
})

function sortKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value
  }
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => [name, sortKeys(field)])
}
