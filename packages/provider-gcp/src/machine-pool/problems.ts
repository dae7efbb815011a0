import type { Observation, Problem } from '@machinepool/contract'

import { ComputeFailure, gcpError } from '../compute/errors.ts'
import type { InstanceGroupManager, ManagedInstance } from '../compute/resources.ts'
import { lastPart } from './names.ts'
import { parseInstanceLink } from './group-ref.ts'
import type { GcpGroup } from './group-view.ts'
import { isStateful } from './instance-state.ts'

type Problems = Observation['problems']

/**
 * Why instances do not come: the errors of the last attempt at each, by code and zone. Those of an instance that is up
 * are history. PURE.
 */
export function instanceProblems(managed: readonly ManagedInstance[]): Problems {
  const found = new Map<string, Problem>()
  for (const { currentAction, instance, instanceStatus, lastAttempt } of managed) {
    if (currentAction === undefined || currentAction === 'NONE' || currentAction === 'DELETING') continue
    if (instanceStatus === 'RUNNING') continue
    const zone = parseInstanceLink(instance)?.zone
    for (const { code = '', message = '' } of lastAttempt?.errors?.errors ?? []) {
      const error = gcpError(new ComputeFailure({ code, message }), { operation: 'managed instance' })
      const reason = reasonOf(code)
      found.set(`${reason}/${zone ?? ''}`, {
        // A code that is not in the table is the cloud's business, not a defect of ours.
        code: error.code === 'Internal' ? 'Unavailable' : error.code,
        reason,
        message: zone === undefined ? message : `${zone}: ${message}`,
        ...(zone === undefined ? {} : { zone }),
      })
    }
  }
  return [...found.values()]
}

/** Google's own code, which is what people search for; the conditions' pattern allows letters, digits, `_`, `,` and `:`. */
function reasonOf(code: string): string {
  const word = code.replaceAll(/[^A-Za-z0-9_]/g, '_')
  return /^[A-Za-z].*[A-Za-z0-9_]$/.test(word) ? word : 'InstanceCreationFailed'
}

/** Links that lead to no instance: the rest of the listing is as good as ever. PURE. */
export function linkProblems(managed: readonly ManagedInstance[]): Problems {
  const wrong = managed.filter(({ instance }) => parseInstanceLink(instance) === undefined)
  if (wrong.length === 0) return []
  const message = `Google Cloud lists ${wrong.length} instances by links that cannot be read, such as "${wrong[0]?.instance ?? ''}".`
  return [{ code: 'Internal', reason: 'InstanceLinkUnreadable', message }]
}

/**
 * Instances with state of their own (a stateful policy, a configuration per instance): who replaces them loses it. Who
 * made the group may have set that up. PURE.
 */
export function statefulProblems(managed: readonly ManagedInstance[]): Problems {
  const some = managed.filter(isStateful)
  if (some.length === 0) return []
  const message = `${some.length} instances keep state that a replacement would lose, such as ${some[0]?.name ?? ''}: they are not replaced. Set spec.strategy.type OnDelete, or take the state away.`
  return [{ code: 'Unsupported', reason: 'StatefulInstances', message }]
}

export function nameProblems({ takenNames, ref }: GcpGroup): Problems {
  return takenNames.map((name) => ({
    code: 'AlreadyExists',
    reason: 'NameConflict',
    message: `Managed instance group ${name} belongs to somebody else and is not touched; this pool uses the name ${ref?.name ?? ''}.`,
  }))
}

/** A group does not move: other zones in the spec mean another group, which only a person can want. */
export function placementProblems(scope: string, group: InstanceGroupManager, wanted: readonly string[]): Problems {
  if (wanted.length === 0) return []
  const live = groupZones(scope, group)
  const same = live.length === wanted.length && live.every((zone) => wanted.includes(zone))
  if (live.length === 0 || same) return []
  return [
    {
      code: 'Unsupported',
      reason: 'ZonesImmutable',
      message: `The group is in ${live.join(', ')} and cannot move to ${wanted.join(', ')}; make another pool for these zones.`,
    },
  ]
}

/** Zones of a group, sorted. */
export function groupZones(scope: string, { distributionPolicy }: InstanceGroupManager): readonly string[] {
  if (scope.startsWith('zones/')) return [lastPart(scope)]
  return (distributionPolicy?.zones ?? []).map(({ zone }) => lastPart(zone)).toSorted()
}
