import type { Action } from '@machinepool/contract'

import { busy } from './busy.ts'
import { planDeletion } from './plan-deletion.ts'
import { planGroup } from './plan-group.ts'
import { planRollout } from './plan-rollout.ts'
import { planRemovals, planResize } from './plan-size.ts'
import { planTemplate, planTemplateCleanup } from './plan-template.ts'
import type { GcpDesired, GcpObservation } from './pool-state.ts'

/**
 * The smallest ordered list of writes that makes the cloud as wished. PURE.
 *
 * Templates first, because the group refers to them; then the group's settings, sizes, and what only tidies up. Each
 * prefix leaves the pool no worse than before. While a write on the group runs, no other is planned.
 */
export function plan(desired: GcpDesired, observed: GcpObservation): readonly Action[] {
  if (desired.presence === 'absent') return planDeletion(desired, observed)
  if ((observed.exists || observed.deleting) && observed.owner !== 'ours' && observed.owner !== 'adoptable') return []
  if (observed.deleting || !observed.complete) return []
  const { group } = busy(desired, observed)
  return [
    ...planTemplate(desired, observed),
    ...(group
      ? []
      : [
          ...planGroup(desired, observed),
          ...planRemovals(desired, observed),
          ...planResize(desired, observed),
          ...planRollout(desired, observed),
        ]),
    ...planTemplateCleanup(desired, observed),
  ]
}
