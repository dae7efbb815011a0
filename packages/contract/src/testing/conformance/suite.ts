import assert from 'node:assert/strict'

import type { Capabilities } from '../../capabilities.ts'
import { crashCases } from './cases/crashes.ts'
import { operationCases } from './cases/operations.ts'
import { ownershipCases } from './cases/ownership.ts'
import { purityCases } from './cases/purity.ts'
import { sizeCases } from './cases/size.ts'
import { templateCases } from './cases/templates.ts'
import { troubleCases } from './cases/trouble.ts'
import type { ConformanceCase } from './conformance-case.ts'
import type { ConformanceHarness } from './harness.ts'

/** Every case, in the order of the identifiers. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...ownershipCases,
  ...purityCases,
  ...sizeCases,
  ...templateCases,
  ...crashCases,
  ...troubleCases,
  ...operationCases,
].toSorted((a, b) => (a.id < b.id ? -1 : 1))

/** A case that does not hold yet, as data: it shows up in the support matrix. */
export interface ConformanceSkip {
  readonly id: string
  readonly reason: string
}

export interface ConformanceSuite {
  /** For the matrix and for test names, such as `aws/asg`. */
  readonly name: string
  /** The very object the provider exports. */
  readonly capabilities: Capabilities
  /** Makes a new cloud with a new provider on it. */
  readonly harness: () => ConformanceHarness | Promise<ConformanceHarness>
  readonly skip?: readonly ConformanceSkip[]
}

/** What the suite does with one case for one provider. */
export type PlannedCase = { readonly case: ConformanceCase } & (
  | { readonly status: 'run' }
  | { readonly status: 'notApplicable' | 'skipped'; readonly reason: string }
)

/**
 * Decides what runs.
 *
 * @throws Error when a skip names no case, gives no reason, or is for a case that does not apply anyway
 */
export function planConformance(suite: ConformanceSuite): readonly PlannedCase[] {
  const skips = new Map((suite.skip ?? []).map((skip) => [skip.id, skip.reason]))
  if (skips.size !== (suite.skip ?? []).length) throw new Error(`${suite.name}: a case is skipped twice`)
  const planned = conformanceCases.map((each): PlannedCase => {
    const notApplicable = each.notApplicable?.(suite.capabilities)
    const skipped = skips.get(each.id)
    skips.delete(each.id)
    if (notApplicable !== undefined && skipped !== undefined) {
      throw new Error(`${suite.name}: ${each.id} does not apply, so it need not be skipped`)
    }
    if (notApplicable !== undefined) return { case: each, status: 'notApplicable', reason: notApplicable }
    if (skipped === undefined) return { case: each, status: 'run' }
    if (skipped.trim() === '') throw new Error(`${suite.name}: the skip of ${each.id} gives no reason`)
    return { case: each, status: 'skipped', reason: skipped }
  })
  const [unknown] = skips.keys()
  if (unknown !== undefined) throw new Error(`${suite.name}: there is no case ${unknown} to skip`)
  return planned
}

/** Runs one case on a new harness. Throws when the rule is broken. */
export async function runConformanceCase(suite: ConformanceSuite, each: ConformanceCase): Promise<void> {
  const harness = await suite.harness()
  try {
    assert.deepEqual(harness.provider.capabilities, suite.capabilities, 'the provider declares other capabilities')
    for (const need of each.needs ?? []) {
      assert.ok(harness.cloud[need], `the harness cannot do "${need}"; skip ${each.id} with the reason`)
    }
    await each.run(harness)
  } finally {
    await harness.close?.()
  }
}
