import type { Action, IntOrPercent } from '@machinepool/contract'
import { actionBase, plainJson } from '@machinepool/provider-kit'

import type { InstanceGroupManager } from '../compute/resources.ts'
import { templateNameOf } from './current-template.ts'
import { redistribution } from './group-settings.ts'
import { wantedTemplate } from './plan-template.ts'
import type { GcpDesired, GcpObservation } from './pool-state.ts'
import { planned } from './requests.ts'
import { readInputs } from './resolved-inputs.ts'
import { isRolling } from './rollout.ts'
import { budgetOf, updaterProblem } from './strategy.ts'

/** Has Google replace outdated instances, or stop doing so. PURE. */
export function planRollout(desired: GcpDesired, observed: GcpObservation): readonly Action[] {
  const { ref, group } = observed.group ?? {}
  if (ref === undefined || group === undefined || !observed.exists) return []
  const send = (updatePolicy: NonNullable<InstanceGroupManager['updatePolicy']>) =>
    planned('instanceGroupManagers.patch', ref, {
      body: plainJson({ fingerprint: group.fingerprint, updatePolicy }),
    })
  if (desired.rollout === 'cancel' && isRolling(observed)) {
    const parameters = send({ type: 'OPPORTUNISTIC' })
    const base = actionBase(desired.pool, 'CancelRollout', 'the rollout is not wanted any more', parameters)
    return [{ ...base, rollout: observed.rollout!.id }]
  }
  if (desired.rollout !== 'start' || isRolling(observed)) return []
  // The group must have moved on to the template first.
  if (wantedTemplate(desired, observed)?.name !== templateNameOf(group)) return []
  const { spec } = desired.pool
  const zones = readInputs(desired.resolved).zones.length
  if (updaterProblem(spec, zones, observed.size?.desired ?? 0) !== undefined) return []
  const { maxSurge, maxUnavailable } = budgetOf(spec, zones)
  const parameters = send({
    type: 'PROACTIVE',
    minimalAction: 'REPLACE',
    mostDisruptiveAllowedAction: 'REPLACE',
    replacementMethod: spec.strategy?.replacementMethod === 'Recreate' ? 'RECREATE' : 'SUBSTITUTE',
    maxSurge: fixedOrPercent(maxSurge),
    maxUnavailable: fixedOrPercent(maxUnavailable),
    ...(ref.scope.startsWith('regions/') ? { instanceRedistributionType: redistribution(spec) } : {}),
  })
  const base = actionBase(desired.pool, 'StartRollout', 'instances are of an older revision', parameters)
  return [{ ...base, revision: desired.revision }]
}

function fixedOrPercent(value: IntOrPercent): { readonly fixed: number } | { readonly percent: number } {
  if (typeof value === 'number') return { fixed: value }
  const number = Number.parseInt(value, 10)
  return value.endsWith('%') ? { percent: number } : { fixed: number }
}
