import type { Action } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import { busy } from './busy.ts'
import { isOwn } from './current-template.ts'
import { deleteTemplate } from './plan-template.ts'
import type { GcpDesired, GcpObservation } from './plan.ts'
import { planned } from './requests.ts'

/** The group first, with the instances left in it; then the templates, which Google keeps while anything uses them. PURE. */
export function planDeletion(desired: GcpDesired, observed: GcpObservation): readonly Action[] {
  const running = busy(desired, observed)
  const ref = observed.group?.ref
  if (running.group || observed.deleting) return []
  if (observed.exists) {
    // Not ours yet, and not to be: only the mark would make it so.
    if (observed.owner !== 'ours' || ref === undefined) return []
    const parameters = planned('instanceGroupManagers.delete', ref)
    return [actionBase(desired.pool, 'DeleteGroup', 'the pool is being deleted', parameters)]
  }
  return (observed.group?.templates ?? [])
    .filter((template) => isOwn(template) && template.inUse !== true && !running.templates.has(template.name))
    .map((template) => deleteTemplate(desired, template, 'the pool is being deleted'))
}
