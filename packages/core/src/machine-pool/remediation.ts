import { findCondition, isConditionTrue, projectAnnotations, type Machine, type MachinePool } from '@machinepool/api'

import { scaleIntOrPercent } from '../engine/decide/budget.ts'
import type { PoolMachine } from './status-input.ts'

/** Condition type by which a MachineHealthCheck asks the owner of a Machine to replace it, with status False. */
export const ownerRemediated = 'OwnerRemediated'
const healthCheckSucceeded = 'HealthCheckSucceeded'

/** What becomes of a health check's request. */
export type RemediationVerdict =
  /** The Machine is deleted; its instance is drained, removed and replaced. */
  | { readonly outcome: 'replaced' }
  /** Replacing one more now would leave too few. */
  | { readonly outcome: 'waiting'; readonly message: string }
  /** It is healthy again before its turn came. */
  | { readonly outcome: 'recovered' }

export interface Remediation {
  /** Machines to delete now. */
  readonly replace: readonly Machine[]
  readonly verdicts: ReadonlyMap<Machine, RemediationVerdict>
}

/**
 * Which unhealthy Machines to replace now; what is missing, going or not available for another reason counts against the same
 * budget, so that a bad rollout or a broken network never takes a whole pool (R11).
 */
export function remediate(pool: MachinePool, machines: readonly PoolMachine[]): Remediation {
  const live = machines.filter(({ machine }) => machine.metadata.deletionTimestamp === undefined)
  const verdicts = new Map<Machine, RemediationVerdict>()
  for (const { machine } of live) if (hasRecovered(machine)) verdicts.set(machine, { outcome: 'recovered' })
  const open = live.filter(({ machine }) => asksForRemediation(machine))
  if (open.length === 0) return { replace: [], verdicts }
  const going = machines.length - live.length
  const others = live.filter((entry) => !asksForRemediation(entry.machine) && !isAvailable(entry)).length
  const wanted = pool.spec.replicas ?? machines.length
  const missing = Math.max(0, wanted - machines.length)
  const allowed = maxUnavailable(pool, wanted)
  const free = Math.max(0, allowed - going - others - missing)
  const queue = open.map(({ machine }) => machine).toSorted(byRequestTime)
  const replace = queue.slice(0, free)
  const message =
    `waiting: of ${wanted} replicas ${allowed} may be unavailable for remediation, and ` +
    `${going + others + missing + replace.length} are`
  for (const machine of replace) verdicts.set(machine, { outcome: 'replaced' })
  for (const machine of queue.slice(free)) verdicts.set(machine, { outcome: 'waiting', message })
  return { replace, verdicts }
}

/**
 * Whether a health check asks for the Machine's replacement and the Machine is not healthy again: in `status.conditions`, or, by
 * health checks that know only API version v1beta1, in what that version's conditions become.
 */
export function asksForRemediation(machine: Machine): boolean {
  return requestOf(machine) !== undefined && !hasRecovered(machine)
}

/** Found unhealthy, without a request to replace it: somebody else sees to that, or nobody shall. */
export function isUnhealthyOnly(machine: Machine): boolean {
  return findCondition(machine.status?.conditions, healthCheckSucceeded)?.status === 'False' && !requestOf(machine)
}

/** A request that its health check no longer stands by. */
function hasRecovered(machine: Machine): boolean {
  return conditionLists(machine).some(
    (list) => findCondition(list, ownerRemediated)?.status === 'False' && isConditionTrue(list, healthCheckSucceeded),
  )
}

/** What conditions of both shapes have. */
interface AnyCondition {
  readonly type: string
  readonly status: string
  readonly lastTransitionTime: string
}

function conditionLists({ status }: Machine): readonly (readonly AnyCondition[] | undefined)[] {
  return [status?.conditions, status?.deprecated?.v1beta1?.conditions]
}

function requestOf(machine: Machine): AnyCondition | undefined {
  return conditionLists(machine)
    .map((list) => findCondition(list, ownerRemediated))
    .find((condition) => condition?.status === 'False')
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

function requestTime(machine: Machine): string {
  return requestOf(machine)?.lastTransitionTime ?? ''
}
