import { planConformance, runConformanceCase } from '@machinepool/contract/testing'
import { describe, expect, test } from 'vitest'

import { awsSuite } from './aws-suite.ts'

describe(awsSuite.name, () => {
  const run = planConformance(awsSuite).flatMap((planned) => (planned.status === 'run' ? [planned.case] : []))

  test.each(run)('$id ($rule) $title', async (each) => {
    await expect(runConformanceCase(awsSuite, each)).resolves.toBeUndefined()
  })
})
