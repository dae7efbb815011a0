import { planConformance, runConformanceCase } from '@machinepool/contract/testing'
import { describe, expect, test } from 'vitest'

import { suites } from './suites.ts'

// Cases that do not apply, or are skipped with a reason, are rows of the support matrix and no tests.
describe.each(suites)('$name', (suite) => {
  const run = planConformance(suite).flatMap((planned) => (planned.status === 'run' ? [planned.case] : []))

  test.each(run)('$id ($rule) $title', async (each) => {
    await expect(runConformanceCase(suite, each)).resolves.toBeUndefined()
  })
})
