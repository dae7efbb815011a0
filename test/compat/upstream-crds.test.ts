import { existsSync } from 'node:fs'

import { toCustomResourceDefinition } from '@machinepool/api'
import { describe, expect, test } from 'vitest'

import { compareCrd } from './compare-crd.ts'
import { describeDifference, judge } from './deliberate.ts'
import { comparedKinds } from './kinds.ts'
import { readUpstreamCrd, upstreamFolder } from './upstream.ts'

const present = existsSync(upstreamFolder)

test('upstream CRDs are there to compare with', ({ annotate }) => {
  if (present) return
  const message = `${upstreamFolder.pathname} is missing: our CRDs were not compared with upstream's`
  // A clone of its own has no reference data; where the project is checked for merging it must be there.
  if (process.env['CI'] === 'true') throw new Error(message)
  return annotate(message)
})

describe.each(present ? comparedKinds : [])('$kind.kind', ({ kind, upstream, deliberate }) => {
  test(`equals ${upstream} except where the difference is deliberate`, () => {
    const { unexplained, stale } = judge(
      compareCrd(toCustomResourceDefinition(kind), readUpstreamCrd(upstream)),
      deliberate,
    )
    expect(unexplained.map(describeDifference), 'differences without a reason').toEqual([])
    expect(
      stale.map(({ path }) => path),
      'reasons for differences that are gone',
    ).toEqual([])
  })

  test('every deliberate difference says why', () => {
    expect(deliberate.filter(({ reason }) => reason.trim() === '')).toEqual([])
  })
})
