import type { Capabilities } from '../../capabilities.ts'
import type { ConformanceCloud, ConformanceHarness } from './harness.ts'

/** One rule, shown to hold by one scenario. */
export interface ConformanceCase {
  /** Never reused, never renumbered: skips and reports name it. */
  readonly id: `IMP-${string}`
  /** Where the rule is written: `R6` and so on. */
  readonly rule: string
  /** What must be true, in one sentence. */
  readonly title: string
  /** Why the case says nothing about such a pool; `undefined` when it applies. */
  readonly notApplicable?: (capabilities: Capabilities) => string | undefined
  /** Abilities of the harness without which the case cannot run. */
  readonly needs?: readonly (keyof ConformanceCloud)[]
  /** Throws when the rule is broken. */
  readonly run: (harness: ConformanceHarness) => Promise<void>
}

/** For `notApplicable`. */
export function unless(condition: boolean, reason: string): string | undefined {
  return condition ? undefined : reason
}
