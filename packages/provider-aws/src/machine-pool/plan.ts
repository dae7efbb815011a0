import type { Action } from '@machinepool/contract'

import { planDeletion } from './plan-deletion.ts'
import { planGroup } from './plan-group.ts'
import { planHold, planReleases } from './plan-hold.ts'
import { planRollout } from './plan-rollout.ts'
import { planResize, planRemovals } from './plan-size.ts'
import { planLifecycleHooks } from './lifecycle-hooks.ts'
import { planProcesses } from './processes.ts'
import { planTargetGroups } from './target-groups.ts'
import { planTags } from './plan-tags.ts'
import { planTemplate, planTemplateCleanup } from './plan-template.ts'
import { planWarmPool } from './warm-pool.ts'
import type { AwsDesired, AwsObservation } from './aws-desired.ts'

/**
 * The smallest ordered list of writes that makes the cloud as wished. PURE.
 *
 * The order is an order of urgency: what waits (holds) first, then what later writes build on (template, tags, settings),
 * then sizes, then what only tidies up. Each prefix leaves the pool no worse than before.
 */
export function plan(desired: AwsDesired, observed: AwsObservation): readonly Action[] {
  if (!observed.complete) return []
  if (desired.presence === 'absent') return planDeletion(desired, observed)
  if (observed.deleting) return []
  if (observed.exists && observed.owner !== 'ours' && observed.owner !== 'adoptable') return []
  return [
    ...planReleases(desired, observed),
    ...planTemplate(desired, observed),
    ...planTags(desired, observed),
    ...planGroup(desired, observed),
    ...planHold(desired, observed),
    ...planLifecycleHooks(desired, observed),
    ...planProcesses(desired, observed),
    ...planRemovals(desired, observed),
    ...planResize(desired, observed),
    ...planRollout(desired, observed),
    // What AWS may refuse for reasons of its own comes when nothing else can be kept waiting by it.
    ...planTargetGroups(desired, observed),
    ...planWarmPool(desired, observed),
    ...planTemplateCleanup(desired, observed),
  ]
}
