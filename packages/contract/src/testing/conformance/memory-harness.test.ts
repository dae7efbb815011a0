import { describe, expect, it } from 'vitest'

import { doubles } from '../doubles.ts'
import { createMemoryHarness } from './memory-harness.ts'
import { conformanceCases, planConformance, runConformanceCase, type ConformanceSuite } from './suite.ts'

const suites = Object.entries({ reference: {}, ...doubles }).map(([name, behaviour]): ConformanceSuite => {
  const harness = () => createMemoryHarness({ behaviour })
  return { name, harness, capabilities: harness().provider.capabilities }
})

describe.each(suites)('conformance of $name', (suite) => {
  const run = planConformance(suite).filter(({ status }) => status === 'run')
  it.each(run.map((planned) => planned.case))('$id $title ($rule)', async (each) => {
    await expect(runConformanceCase(suite, each)).resolves.toBeUndefined()
  })
})

describe('conformanceCases', () => {
  it('have identifiers of their own', () => {
    expect(new Set(conformanceCases.map(({ id }) => id)).size).toBe(conformanceCases.length)
  })
})
