import { defineKind, schema as s, toCustomResourceDefinition } from '@machinepool/api'
import { describe, expect, test } from 'vitest'

import { compareCrd } from './compare-crd.ts'
import { describeDifference, judge } from './deliberate.ts'

type Spec = Parameters<typeof s.object>[1]

function crd(spec: Spec, extra: { shortNames?: string[]; scale?: boolean; column?: string } = {}) {
  const { shortNames = ['w'], scale = true, column = '.spec.size' } = extra
  return toCustomResourceDefinition(
    defineKind({
      group: 'example.org',
      kind: 'Widget',
      shortNames,
      versions: {
        v1: {
          storage: true,
          schema: s.object('A widget.', { spec: s.object('Wanted.', spec) }),
          subresources: {
            status: true,
            ...(scale ? { scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } } : {}),
          },
          printerColumns: [{ name: 'Size', type: 'integer', jsonPath: column }],
        },
      },
    }),
  )
}

const base = { size: s.int32('Size.', { minimum: 0, default: 1 }), mode: s.optional(s.oneOf('Mode.', ['A', 'B'])) }
const item = (name: ReturnType<typeof s.text>) => s.object('Item.', { name })
const paths = (ours: Spec, upstream: Spec) => compareCrd(crd(ours), crd(upstream)).map(({ path }) => path)

describe('compareCrd', () => {
  test('finds nothing between equal CRDs, whatever their descriptions say', () => {
    expect(paths(base, { ...base, size: s.int32('Other words.', { minimum: 0, default: 1 }) })).toEqual([])
  })

  test.each<[string, Spec, string[]]>([
    ['a missing field', { size: base.size }, ['v1:spec.mode']],
    ['an additional field', { ...base, more: s.optional(s.text('More.')) }, ['v1:spec.more']],
    ['a bound', { ...base, size: s.int32('Size.', { minimum: 1, default: 1 }) }, ['v1:spec.size.minimum']],
    ['a default', { ...base, size: s.int32('Size.', { minimum: 0, default: 2 }) }, ['v1:spec.size.default']],
    ['a format', { ...base, size: s.int64('Size.', { minimum: 0, default: 1 }) }, ['v1:spec.size.format']],
    ['an enum', { ...base, mode: s.optional(s.oneOf('Mode.', ['A', 'C'])) }, ['v1:spec.mode.enum']],
    ['requiredness', { ...base, mode: s.oneOf('Mode.', ['A', 'B']) }, ['v1:spec.required']],
    [
      'a rule',
      { ...base, size: s.int32('Size.', { minimum: 0, default: 1, rules: [{ rule: 'self < 9' }] }) },
      ['v1:spec.size.rules'],
    ],
  ])('finds %s', (_, ours, expected) => {
    expect(paths(ours, base)).toEqual(expected)
  })

  test('does not mind the order of an enum', () => {
    expect(paths({ ...base, mode: s.optional(s.oneOf('Mode.', ['B', 'A'])) }, base)).toEqual([])
  })

  test('finds differences inside lists and maps, and in how lists are merged', () => {
    const ours = {
      list: s.listMap('List.', ['name'], item(s.text('Name.', { maxLength: 3 }))),
      map: s.mapOf('Map.', s.text('Value.', { maxLength: 3 })),
    }
    const upstream = { list: s.list('List.', item(s.text('Name.'))), map: s.mapOf('Map.', s.text('Value.')) }
    expect(paths(ours, upstream)).toEqual([
      'v1:spec.list.x-kubernetes-list-type',
      'v1:spec.list.x-kubernetes-list-map-keys',
      'v1:spec.list[].name.maxLength',
      'v1:spec.map{}.maxLength',
    ])
  })

  test('finds differences in names, subresources, columns and versions', () => {
    const ours = crd(base, { shortNames: ['wi'], scale: false, column: '.spec.other' })
    const upstream = crd(base)
    upstream.spec.versions.push({ ...upstream.spec.versions[0]!, name: 'v2', storage: false })
    expect(compareCrd(ours, upstream).map(({ path }) => path)).toEqual([
      'names.shortNames',
      'v1:subresources.scale',
      'v1:columns',
      'v2',
    ])
  })
})

describe('judge', () => {
  const differences = [
    { path: 'v1:spec.a.minimum', ours: 0 },
    { path: 'v1:spec.b[].c', upstream: 'string' },
  ]

  test('accepts what is explained, by exact path, one star or a whole subtree', () => {
    const deliberate = [
      { path: '*:spec.a.minimum', reason: '' },
      { path: 'v1:spec.b[]**', reason: '' },
    ]
    expect(judge(differences, deliberate)).toEqual({ unexplained: [], stale: [] })
  })

  test('reports what is not explained and what is explained in vain', () => {
    const gone = { path: 'v1:spec.gone', reason: 'was once' }
    const { unexplained, stale } = judge(differences, [gone, { path: 'v1:spec.a', reason: 'not the whole path' }])
    expect(unexplained.map(describeDifference)).toEqual([
      'v1:spec.a.minimum: only ours: 0',
      'v1:spec.b[].c: only upstream: "string"',
    ])
    expect(stale.map(({ path }) => path)).toEqual(['v1:spec.gone', 'v1:spec.a'])
  })
})
