import type { Action } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import { busy } from './busy.ts'
import { isOwn, templatesInUse } from './current-template.ts'
import { deleteTemplate } from './plan-template.ts'
import type { GcpDesired, GcpObservation } from './pool-state.ts'
import { planned } from './requests.ts'

/**
 * The group first, with the instances left in it; then the templates, which Google keeps while anything uses them. What is
 * ours beside a group of somebody else goes as well. PURE.
 */
export function planDeletion(desired: GcpDesired, observed: GcpObservation): readonly Action[] {
  const running = busy(desired, observed)
  const ref = observed.group?.ref
  if (running.group || observed.deleting) return []
  if (observed.exists && observed.owner === 'ours' && ref !== undefined) {
    const parameters = planned('instanceGroupManagers.delete', ref)
    return [actionBase(desired.pool, 'DeleteGroup', 'the pool is being deleted', parameters)]
  }
  // A group that could be taken over still is upstream's, templates of ours in it included.
  const used = observed.exists ? templatesInUse(observed.group?.group) : new Set()
  return (observed.group?.templates ?? [])
    .filter(({ name }) => !used.has(name) && !running.templates.has(name))
    .filter((template) => isOwn(template) && template.inUse !== true)
    .map((template) => deleteTemplate(desired, template, 'the pool is being deleted'))
}
