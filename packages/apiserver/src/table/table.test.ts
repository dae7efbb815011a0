import { describe, expect, test } from 'vitest'

import { formatDuration } from './age.ts'
import { customColumns } from './columns.ts'
import { compileJsonPath } from './json-path.ts'

test.each([
  [5, '5s'],
  [119, '119s'],
  [120, '2m'],
  [200, '3m20s'],
  [599, '9m59s'],
  [660, '11m'],
  [3 * 3600, '3h'],
  [3 * 3600 + 300, '3h5m'],
  [9 * 3600, '9h'],
  [50 * 3600, '2d2h'],
  [20 * 86_400, '20d'],
  [800 * 86_400, '2y70d'],
  [3000 * 86_400, '8y'],
  [-1, '0s'],
  [-10, '<invalid>'],
])('%s seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds * 1000)).toBe(text)
})

describe('JSONPath', () => {
  const object = {
    spec: {
      a: { 'b.c/d': 1 },
      l: [
        { n: 'x', v: 1 },
        { n: 'y', v: 2 },
      ],
    },
    status: {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Up', status: 'False' },
      ],
    },
  }
  test.each<[string, unknown[]]>([
    ['.spec.a', [{ 'b.c/d': 1 }]],
    ['.spec.a.b\\.c/d', [1]],
    [".spec.a['b.c/d']", [1]],
    ['.spec.l[0].n', ['x']],
    ['.spec.l[-1].n', ['y']],
    ['.spec.l[*].n', ['x', 'y']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='Up')].status", ['False']],
    ['.status.conditions[?(@.type!="Up")].status', ['True']],
    ['.nothing.here', []],
  ])('%s', (path, expected) => {
    expect(compileJsonPath(path)(object)).toEqual(expected)
  })

  test('other forms are refused', () => {
    expect(() => compileJsonPath('.spec[')).toThrow('cannot read JSONPath')
  })
})

test('cells follow the type of their column', () => {
  const columns = customColumns([
    { name: 'N', type: 'integer', jsonPath: '.spec.n' },
    { name: 'Since', type: 'date', jsonPath: '.status.at' },
    { name: 'All', type: 'string', jsonPath: '.spec.l[*]' },
    { name: 'Flag', type: 'boolean', jsonPath: '.spec.flag' },
  ])
  const now = Date.parse('2026-01-01T00:01:00Z')
  const object = {
    apiVersion: 'v1',
    kind: 'K',
    metadata: { name: 'k' },
    spec: { n: 3, l: ['a', 1], flag: true },
    status: { at: '2026-01-01T00:00:00Z' },
  }
  expect(columns.map(({ cell }) => cell(object, now))).toEqual(['k', 3, '60s', 'a', true])
  const bare = { apiVersion: 'v1', kind: 'K', metadata: { name: 'k' } }
  expect(columns.map(({ cell }) => cell(bare, now))).toEqual(['k', null, null, null, null])
})
