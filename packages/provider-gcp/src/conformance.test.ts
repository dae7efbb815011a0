import { planConformance, runConformanceCase } from '@machinepool/contract/testing'
import { describe, expect, test } from 'vitest'

import { fakeSuite } from './testing/fake-harness.ts'

// The contract on a fake that answers at once: what breaks here needs no simulator to be found.
describe('conformance on a fake Compute Engine', () => {
  const run = planConformance(fakeSuite).flatMap((planned) => (planned.status === 'run' ? [planned.case] : []))

  test.each(run)('$id ($rule) $title', async (each) => {
    await expect(runConformanceCase(fakeSuite, each)).resolves.toBeUndefined()
  })
})
