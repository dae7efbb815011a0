import { describe, expect, test } from 'vitest'

import { builtinSchema } from '../kinds/builtin/shapes.ts'
import { applyJsonPatch } from './json-patch.ts'
import { applyMergePatch } from './merge-patch.ts'
import { applyStrategicMerge } from './strategic-merge.ts'

const rejected = 'the server rejected our request due to an error in our request'

describe('JSON patch', () => {
  test.each([
    [{ a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    [{ a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    [{ a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
    [{ a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
    [{ a: { 'x/y': 1 } }, [{ op: 'replace', path: '/a/x~1y', value: 2 }], { a: { 'x/y': 2 } }],
    [{ a: 1 }, [{ op: 'move', from: '/a', path: '/b' }], { b: 1 }],
    [{ a: { c: 1 } }, [{ op: 'copy', from: '/a', path: '/b' }], { a: { c: 1 }, b: { c: 1 } }],
    [{ a: 1 }, [{ op: 'replace', path: '/b', value: 2 }], { a: 1, b: 2 }],
    [{ a: 1 }, [{ op: 'test', path: '/a', value: 1 }], { a: 1 }],
    [{ a: 1 }, [{ op: 'test', path: '/b', value: null }], { a: 1 }],
  ])('%j with %j', (document, patch, expected) => {
    expect(applyJsonPatch(document, patch)).toEqual(expected)
  })

  test.each([
    [[{ op: 'remove', path: '/b' }], rejected],
    [[{ op: 'test', path: '/a', value: 2 }], rejected],
    [[{ op: 'add', path: '/l/7', value: 1 }], rejected],
    [[{ op: 'add', path: 'a', value: 1 }], 'must start with /'],
    [[{ op: 'frobnicate', path: '/a' }], rejected],
    [{}, 'cannot unmarshal object into Go value of type []handlers.jsonPatchOp'],
  ])('%j is refused', (patch, message) => {
    expect(() => applyJsonPatch({ a: 1, l: [] }, patch)).toThrow(message)
  })

  test('leaves the document it is given alone', () => {
    const document = { a: [1] }
    applyJsonPatch(document, [{ op: 'add', path: '/a/-', value: 2 }])
    expect(document).toEqual({ a: [1] })
  })
})

test('merge patch follows the examples of RFC 7386', () => {
  const cases: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: 'b' }, ['c'], ['c']],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  for (const [document, patch, expected] of cases) expect(applyMergePatch(document, patch)).toEqual(expected)
})

describe('strategic merge', () => {
  const pod = {
    spec: {
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ],
      tolerations: [{ key: 'x' }],
    },
    metadata: { finalizers: ['one'] },
  }
  const patched = (patch: object) => applyStrategicMerge(pod, patch, builtinSchema('Pod')) as typeof pod

  test('merges lists by key and replaces those without one', () => {
    const { spec } = patched({
      spec: { containers: [{ name: 'b', image: '2' }, { name: 'c' }], tolerations: [{ key: 'y' }] },
    })
    expect(spec.containers).toEqual([{ name: 'a', image: '1' }, { name: 'b', image: '2' }, { name: 'c' }])
    expect(spec.tolerations).toEqual([{ key: 'y' }])
  })

  test('understands its directives', () => {
    expect(patched({ spec: { containers: [{ name: 'a', $patch: 'delete' }] } }).spec.containers).toEqual([
      { name: 'b', image: '1' },
    ])
    expect(patched({ spec: { containers: [{ $patch: 'replace' }, { name: 'z' }] } }).spec.containers).toEqual([
      { name: 'z' },
    ])
    expect(patched({ spec: { $patch: 'replace', hostNetwork: true } }).spec).toEqual({ hostNetwork: true })
    expect(patched({ metadata: { finalizers: ['two'] } }).metadata.finalizers).toEqual(['two', 'one'])
    expect(patched({ metadata: { '$deleteFromPrimitiveList/finalizers': ['one'] } }).metadata.finalizers).toEqual([])
    const order = { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] }
    expect(patched({ spec: order }).spec.containers.map(({ name }) => name)).toEqual(['b', 'a'])
  })

  test('needs the key', () => {
    expect(() => patched({ spec: { containers: [{ image: '2' }] } })).toThrow(
      'does not contain declared merge key: name',
    )
  })
})
