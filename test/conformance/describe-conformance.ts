import { planConformance, runConformanceCase, type ConformanceSuite } from '@machinepool/contract/testing'
import { describe, expect, test } from 'vitest'

/** The suite as tests. Cases that do not apply, or are skipped with a reason, are rows of the support matrix and no tests. */
export function describeConformance(suite: ConformanceSuite): void {
  describe(`conformance of ${suite.name}`, () => {
    const run = planConformance(suite).flatMap((planned) => (planned.status === 'run' ? [planned.case] : []))

    test.each(run)('$id ($rule) $title', async (each) => {
      await expect(runConformanceCase(suite, each)).resolves.toBeUndefined()
    })
  })
}
