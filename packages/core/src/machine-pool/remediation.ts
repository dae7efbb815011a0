import { findCondition, isConditionTrue, projectAnnotations, type Machine, type MachinePool } from '@machinepool/api'

import { scaleIntOrPercent } from '../engine/decide/budget.ts'
import type { PoolMachine } from './status-input.ts'

export interface Remediation {
  /** Machines to delete now; their instances are drained, removed and replaced. */
  readonly replace: readonly Machine[]
  /** Machines that wait until replacing one more would leave enough. */
  readonly waiting: readonly Machine[]
}

/**
 * Which unhealthy Machines to replace now. A MachineHealthCheck asks by the condition `OwnerRemediated: False`; what is
 * missing, going or not available for another reason counts against the same budget, so that a bad rollout or a broken
 * network never takes a whole pool (R11).
 */
export function remediate(pool: MachinePool, machines: readonly PoolMachine[]): Remediation {
  const asked = machines.filter(({ machine }) => asksForRemediation(machine))
  const open = asked.filter(({ machine }) => machine.metadata.deletionTimestamp === undefined)
  if (open.length === 0) return { replace: [], waiting: [] }
  const going = machines.filter(({ machine }) => machine.metadata.deletionTimestamp !== undefined).length
  const others = machines.filter(
    (entry) =>
      entry.machine.metadata.deletionTimestamp === undefined &&
      !asksForRemediation(entry.machine) &&
      !isAvailable(entry),
  ).length
  const wanted = pool.spec.replicas ?? machines.length
  const missing = Math.max(0, wanted - machines.length)
  const free = Math.max(0, maxUnavailable(pool, wanted) - going - others - missing)
  const queue = open.map(({ machine }) => machine).toSorted(byRequestTime)
  return { replace: queue.slice(0, free), waiting: queue.slice(free) }
}

export function asksForRemediation(machine: Machine): boolean {
  return findCondition(machine.status?.conditions, 'OwnerRemediated')?.status === 'False'
}

function isAvailable({ machine, node }: PoolMachine): boolean {
  const reported = findCondition(machine.status?.conditions, 'Available')
  return reported === undefined ? (node?.available ?? false) : isConditionTrue([reported], 'Available')
}

/** At least one, so that a request is always honoured in the end. */
function maxUnavailable({ metadata }: MachinePool, wanted: number): number {
  const text = metadata.annotations?.[projectAnnotations.remediationMaxUnavailable]
  if (text === undefined || !/^\d{1,4}%?$/.test(text)) return 1
  return Math.max(1, scaleIntOrPercent(text, wanted, 'down', projectAnnotations.remediationMaxUnavailable))
}

function byRequestTime(a: Machine, b: Machine): number {
  return requestTime(a).localeCompare(requestTime(b)) || (a.metadata.name ?? '').localeCompare(b.metadata.name ?? '')
}

function requestTime({ status }: Machine): string {
  return findCondition(status?.conditions, 'OwnerRemediated')?.lastTransitionTime ?? ''
}
