import { describe, expect, it } from 'vitest'

import { doubles } from '../doubles.ts'
import type { ConformanceHarness } from './harness.ts'
import { createMemoryHarness } from './memory-harness.ts'
import { conformanceCases, planConformance, runConformanceCase, type ConformanceSuite } from './suite.ts'

const suite: ConformanceSuite = {
  name: 'memory',
  harness: () => createMemoryHarness(),
  capabilities: createMemoryHarness().provider.capabilities,
}

function harnessWithoutLostAnswers(): ConformanceHarness {
  const memory = createMemoryHarness()
  const { loseAnswer: _absent, ...cloud } = memory.cloud
  return { ...memory, provider: memory.provider, cloud }
}

describe('conformanceCases', () => {
  it('have identifiers of their own, in order', () => {
    const ids = conformanceCases.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].toSorted())
    expect(ids.every((id) => /^IMP-\d{3}$/.test(id))).toBe(true)
  })
})

describe('planConformance', () => {
  it('keeps a skip with its reason', () => {
    const planned = planConformance({ ...suite, skip: [{ id: 'IMP-042', reason: 'no such fault here' }] })
    expect(planned.find((each) => each.case.id === 'IMP-042')).toMatchObject({
      status: 'skipped',
      reason: 'no such fault here',
    })
  })

  it('says why a case does not apply', () => {
    const { capabilities } = createMemoryHarness({ behaviour: doubles.selfRolling }).provider
    const planned = planConformance({ ...suite, capabilities })
    expect(planned.find((each) => each.case.id === 'IMP-022')).toMatchObject({
      status: 'notApplicable',
      reason: 'the cloud chooses its victims',
    })
  })

  it.each([
    ['an unknown case', [{ id: 'IMP-999', reason: 'x' }], /no case IMP-999/],
    ['no reason', [{ id: 'IMP-042', reason: ' ' }], /gives no reason/],
    [
      'one case twice',
      [
        { id: 'IMP-042', reason: 'x' },
        { id: 'IMP-042', reason: 'y' },
      ],
      /skipped twice/,
    ],
    ['a case that does not apply', [{ id: 'IMP-080', reason: 'x' }], /does not apply/],
  ])('refuses a skip of %s', (_name, skip, message) => {
    expect(() => planConformance({ ...suite, skip })).toThrow(message)
  })
})

describe('runConformanceCase', () => {
  const lostAnswer = conformanceCases.find(({ id }) => id === 'IMP-042')!

  it('fails a case whose need the harness does not meet', async () => {
    const poor = { ...suite, harness: harnessWithoutLostAnswers }
    await expect(runConformanceCase(poor, lostAnswer)).rejects.toThrow(/cannot do "loseAnswer"/)
  })

  it('fails when the provider has other capabilities than declared', async () => {
    const other = { ...suite, capabilities: { ...suite.capabilities, machines: true } }
    await expect(runConformanceCase(other, lostAnswer)).rejects.toThrow(/other capabilities/)
  })

  it('closes the harness, also after a failure', async () => {
    let closed = 0
    const harness = () => ({
      ...createMemoryHarness(),
      close: async () => {
        closed += 1
      },
    })
    const failing = { ...lostAnswer, run: async () => Promise.reject(new Error('broken')) }
    await expect(runConformanceCase({ ...suite, harness }, failing)).rejects.toThrow('broken')
    expect(closed).toBe(1)
  })
})
