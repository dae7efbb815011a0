import { describe, expect, test } from 'vitest'

import {
  mirrorV1Beta1Condition,
  setV1Beta1Condition,
  summarizeV1Beta1Conditions,
  v1beta1False,
  v1beta1True,
  v1beta1Unknown,
} from './v1beta1-condition.ts'

const t0 = new Date('2026-01-01T00:00:00Z')
const t1 = new Date('2026-01-01T00:01:00Z')
const time0 = '2026-01-01T00:00:00Z'
const time1 = '2026-01-01T00:01:00Z'

describe('setV1Beta1Condition', () => {
  test('Ready stands first, the others by name', () => {
    let list = setV1Beta1Condition(undefined, v1beta1True('ReplicasReady'), t0)
    list = setV1Beta1Condition(list, v1beta1True('BootstrapReady'), t0)
    list = setV1Beta1Condition(list, v1beta1True('Ready'), t0)
    expect(list.map(({ type }) => type)).toEqual(['Ready', 'BootstrapReady', 'ReplicasReady'])
  })

  test('the time moves with any change and only then', () => {
    const list = setV1Beta1Condition(undefined, v1beta1False('Ready', 'Waiting', 'Info', 'a'), t0)
    expect(setV1Beta1Condition(list, v1beta1False('Ready', 'Waiting', 'Info', 'a'), t1)).toBe(list)
    expect(setV1Beta1Condition(list, v1beta1False('Ready', 'Waiting', 'Info', 'b'), t1)).toEqual([
      { type: 'Ready', status: 'False', severity: 'Info', reason: 'Waiting', message: 'b', lastTransitionTime: time1 },
    ])
  })
})

test('a mirrored condition has the target type, or the fallback', () => {
  const fallback = { reason: 'WaitingForInfrastructure', severity: 'Info' } as const
  expect(
    mirrorV1Beta1Condition(v1beta1False('Ready', 'Broken', 'Error', 'm'), 'InfrastructureReady', fallback),
  ).toEqual(v1beta1False('InfrastructureReady', 'Broken', 'Error', 'm'))
  expect(mirrorV1Beta1Condition(undefined, 'InfrastructureReady', fallback)).toEqual(
    v1beta1False('InfrastructureReady', 'WaitingForInfrastructure', 'Info'),
  )
})

describe('summarizeV1Beta1Conditions', () => {
  const at = { lastTransitionTime: time0 }
  const good = { ...v1beta1True('A'), ...at }
  const unknown = { ...v1beta1Unknown('B', 'Asking'), ...at }
  const info = { ...v1beta1False('C', 'Waiting', 'Info'), ...at }
  const error = { ...v1beta1False('D', 'Broken', 'Error', 'm'), ...at }
  const types = ['A', 'B', 'C', 'D']

  test.each([
    ['nothing yet', [], undefined],
    ['all good', [good], v1beta1True('Ready')],
    ['Unknown is worse than True', [good, unknown], v1beta1Unknown('Ready', 'Asking')],
    ['Info is worse than Unknown', [good, unknown, info], v1beta1False('Ready', 'Waiting', 'Info')],
    ['Error is worst', [good, unknown, info, error], v1beta1False('Ready', 'Broken', 'Error', 'm')],
  ])('%s', (_, list, expected) => {
    expect(summarizeV1Beta1Conditions(list, types)).toEqual(expected)
  })

  test('counts only the types asked for', () => {
    expect(summarizeV1Beta1Conditions([good, error], ['A'])).toEqual(v1beta1True('Ready'))
  })
})
