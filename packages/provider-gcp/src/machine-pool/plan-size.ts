import type { Action, InstanceKey, Removal } from '@machinepool/contract'
import { actionBase } from '@machinepool/provider-kit'

import type { GroupRef } from './group-ref.ts'
import { instancePath } from './group-ref.ts'
import { isLive } from './instance-state.ts'
import { isTemplatePending } from './plan-template.ts'
import type { GcpDesired, GcpObservation } from './pool-state.ts'
import { planned } from './requests.ts'

/** deleteInstances takes so many at once. */
const largestRemoval = 1_000

/** Takes chosen instances out of the group. The size always goes down with them; who keeps it asks for it again. PURE. */
export function planRemovals(desired: GcpDesired, observed: GcpObservation): readonly Action[] {
  const ref = observed.group?.ref
  if (ref === undefined || !observed.exists) return []
  const wanted = removable(desired, observed)
  return [true, false].flatMap((keepSize) => {
    const instances = wanted.filter((removal) => removal.keepSize === keepSize).map(({ instance }) => instance)
    return chunks(instances, largestRemoval).map((some) => removeInstances(desired, ref, some, keepSize))
  })
}

function removable(desired: GcpDesired, observed: GcpObservation): readonly Removal[] {
  const present = new Set(observed.instances.filter(isLive).map(keyText))
  return desired.remove.filter(({ instance }) => present.has(keyText(instance)))
}

function keyText({ providerID, incarnation }: InstanceKey): string {
  return `${providerID}#${incarnation}`
}

function removeInstances(
  { pool }: GcpDesired,
  ref: GroupRef,
  instances: readonly InstanceKey[],
  keepSize: boolean,
): Action {
  const parameters = planned('instanceGroupManagers.deleteInstances', ref, {
    body: {
      instances: instances.map(({ providerID }) => instancePath(providerID)),
      // One that is gone already must not keep the others.
      skipInstancesOnValidationError: true,
    },
  })
  // The lives count, not the names: the key stands for these lives and no later ones of the same names.
  const lives = { ...parameters, lives: instances.map(({ incarnation }) => incarnation) }
  const reason = keepSize ? 'to be replaced' : 'the size goes down'
  const base = actionBase(pool, 'RemoveInstances', reason, lives)
  return { ...base, parameters, instances: instances.map(plainKey), keepSize }
}

function plainKey({ providerID, incarnation }: InstanceKey): InstanceKey {
  return { providerID, incarnation }
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}

/**
 * Sets the target size; never below the number of live instances, of which Google would choose the victims. After a
 * removal, because that changes the size too. PURE.
 */
export function planResize(desired: GcpDesired, observed: GcpObservation): readonly Action[] {
  const { size, group } = observed
  const ref = group?.ref
  if (desired.size === undefined || size === undefined || ref === undefined || !observed.exists) return []
  if (removable(desired, observed).length > 0) return []
  const there = observed.instances.filter(isLive).length
  const to = desired.size >= size.desired ? desired.size : Math.max(desired.size, Math.min(there, size.desired))
  if (to === size.desired) return []
  // New instances are to be made from the new template, which is on its way.
  if (to > size.desired && isTemplatePending(desired, observed)) return []
  const parameters = planned('instanceGroupManagers.resize', ref, { query: { size: String(to) } })
  const changes = [{ field: 'targetSize', from: size.desired, to }]
  const base = actionBase(desired.pool, 'Resize', `${to} instances are wanted`, parameters, changes)
  return [{ ...base, from: size.desired, to }]
}
