import {
  apiVersionOf,
  clusterKind,
  convert,
  kubeadmConfigKind,
  machineKind,
  machinePoolKind,
  type Kind,
} from '@machinepool/api'
import fc from 'fast-check'
import { Value } from 'typebox/value'
import { describe, expect, test } from 'vitest'

import { arbitraryObject, schemaPaths, settled, valuePaths } from './arbitrary-object.ts'

const kinds: readonly Kind[] = [machinePoolKind, machineKind, clusterKind, kubeadmConfigKind]
const annotation = 'cluster.x-k8s.io/conversion-data'
const runs = { numRuns: 150 }

describe.each(kinds.map((kind) => ({ name: kind.kind, kind })))('$name', ({ kind }) => {
  const v1beta1 = apiVersionOf(kind, 'v1beta1')
  const v1beta2 = apiVersionOf(kind, 'v1beta2')

  test('CAPI-071 v1beta2 -> v1beta1 -> v1beta2 loses nothing', () => {
    fc.assert(
      fc.property(arbitraryObject(kind, 'v1beta2'), (object) => {
        expect(convert(convert(object, v1beta1), v1beta2)).toEqual(object)
      }),
      runs,
    )
  })

  test('CAPI-071 v1beta1 -> v1beta2 -> v1beta1 loses nothing', () => {
    fc.assert(
      fc.property(arbitraryObject(kind, 'v1beta1'), (object) => {
        expect(settled(convert(convert(object, v1beta2), v1beta1))).toEqual(settled(object))
      }),
      runs,
    )
  })

  test('going round twice changes nothing more', () => {
    fc.assert(
      fc.property(arbitraryObject(kind, 'v1beta1'), (object) => {
        const stored = convert(object, v1beta2)
        expect(convert(convert(stored, v1beta1), v1beta2)).toEqual(stored)
      }),
      runs,
    )
  })

  test('an object valid in v1beta1 is valid in v1beta2', () => {
    const schema = kind.versions['v1beta2']?.schema
    fc.assert(
      fc.property(arbitraryObject(kind, 'v1beta1'), (object) => {
        const stored = convert(object, v1beta2)
        // A v1beta1 object without a spec is legal and has no counterpart.
        fc.pre(object['spec'] !== undefined && stored['spec'] !== undefined)
        expect(schema === undefined ? ['no schema'] : Value.Errors(schema, stored)).toEqual([])
      }),
      runs,
    )
  })

  test('does not change the object it is given, nor leave annotations of its own behind', () => {
    fc.assert(
      fc.property(arbitraryObject(kind, 'v1beta2'), (object) => {
        const before = structuredClone(object)
        const back = convert(convert(object, v1beta1), v1beta2)
        expect(object).toEqual(before)
        expect(back.metadata.annotations?.[annotation]).toBeUndefined()
      }),
      { numRuns: 25 },
    )
  })

  test.each(['v1beta1', 'v1beta2'])('the objects of %s have every field there is', (version) => {
    const seen = new Set(
      fc.sample(arbitraryObject(kind, version), { numRuns: 400, seed: 1 }).flatMap((object) => [...valuePaths(object)]),
    )
    expect(schemaPaths(kind, version).filter((path) => !seen.has(path))).toEqual([])
  })
})
