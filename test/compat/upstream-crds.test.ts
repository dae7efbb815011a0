import { existsSync } from 'node:fs'

import { toCustomResourceDefinition } from '@machinepool/api'
import { describe, expect, test } from 'vitest'

import { compareCrd } from './compare-crd.ts'
import { describeDifference, judge } from './deliberate.ts'
import { comparedKinds } from './kinds.ts'
import { readUpstreamCrd, upstreamFolder } from './upstream.ts'

const present = existsSync(upstreamFolder)

// A clone of its own has no reference data, and says so; where a change is checked for merging the data must be there.
test('upstream CRDs are there to compare with, or this is not CI', async ({ annotate }) => {
  if (!present) await annotate(`${upstreamFolder.pathname} is missing: our CRDs were not compared with upstream's`)
  expect(present || process.env['CI'] !== 'true', `${upstreamFolder.pathname} is missing`).toBe(true)
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
