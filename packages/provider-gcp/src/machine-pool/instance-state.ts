import type { Instance, InstanceState } from '@machinepool/contract'

import type { ManagedInstance } from '../compute/resources.ts'

/** Actions that say more than the instance's own status. */
const byAction: Readonly<Record<string, InstanceState>> = {
  CREATING: 'Pending',
  CREATING_WITHOUT_RETRIES: 'Pending',
  // The next life of it is on its way; it keeps its place in the size.
  RECREATING: 'Pending',
  STARTING: 'Pending',
  RESUMING: 'Pending',
  DELETING: 'Terminating',
  // It goes on running, outside the group.
  ABANDONING: 'Terminating',
  STOPPING: 'Stopped',
  SUSPENDING: 'Stopped',
}

/** Where the group wants it, if not among those that serve. */
const byTarget: Readonly<Record<string, InstanceState>> = {
  DELETED: 'Terminating',
  ABANDONED: 'Terminating',
  // Of the standby pool: it has a size of its own.
  STOPPED: 'Warmed',
  SUSPENDED: 'Warmed',
}

const byStatus: Readonly<Record<string, InstanceState>> = {
  PENDING: 'Pending',
  PROVISIONING: 'Pending',
  STAGING: 'Pending',
  RUNNING: 'Running',
  STOPPING: 'Stopped',
  STOPPED: 'Stopped',
  PENDING_STOP: 'Stopped',
  SUSPENDING: 'Stopped',
  SUSPENDED: 'Stopped',
  TERMINATED: 'Stopped',
  DEPROVISIONING: 'Terminating',
  // Google mends it, or moves it.
  REPAIRING: 'Unknown',
}

/**
 * A managed instance in the contract's words. The group's intention comes first: an instance is listed before it exists
 * and while it is on its way out.
 * https://cloud.google.com/compute/docs/reference/rest/v1/instanceGroupManagers/listManagedInstances
 */
export function instanceState({ currentAction, instanceStatus, id, targetStatus }: ManagedInstance): InstanceState {
  const meant = byTarget[targetStatus ?? '']
  if (meant !== undefined) return meant
  const action = byAction[currentAction ?? '']
  if (action !== undefined) return action
  // It does not exist, and nothing is being done about it.
  if (id === undefined && instanceStatus === undefined) return 'Failed'
  return byStatus[instanceStatus ?? ''] ?? 'Unknown'
}

/** States that count towards the target size of the group. */
const live: ReadonlySet<InstanceState> = new Set(['Pending', 'Running', 'Unknown', 'Stopped', 'Failed'])

export function isLive({ state }: Pick<Instance, 'state'>): boolean {
  return live.has(state)
}

/** By the group's health check, where it has one. */
export function instanceHealth({ instanceHealth: checks = [] }: ManagedInstance): Instance['health'] {
  const states = checks.map(({ detailedHealthState }) => detailedHealthState)
  if (states.some((state) => state === 'UNHEALTHY' || state === 'TIMEOUT')) return 'Unhealthy'
  return states.length > 0 && states.every((state) => state === 'HEALTHY') ? 'Healthy' : 'Unknown'
}

/** Statuses that a preempted instance goes through before its group makes it anew. */
const leaving: ReadonlySet<string> = new Set(['STOPPING', 'PENDING_STOP', 'TERMINATED', 'STOPPED'])

/** Actions in whose course somebody wanted the instance to stop. */
const wanted: ReadonlySet<string> = new Set([
  'ABANDONING',
  'DELETING',
  'REFRESHING',
  'RESTARTING',
  'STOPPING',
  'SUSPENDING',
])

/** A spot instance that stops although nobody of us stopped it has been preempted. */
export function isPreempted({ currentAction, instanceStatus }: ManagedInstance, spot: boolean): boolean {
  return spot && !wanted.has(currentAction ?? '') && leaving.has(instanceStatus ?? '')
}

/** The group keeps something for this very instance. */
export function isStateful({ preservedStateFromConfig, preservedStateFromPolicy }: ManagedInstance): boolean {
  return [preservedStateFromConfig, preservedStateFromPolicy].some((state) =>
    Object.values(state ?? {}).some((things) => Object.keys(things ?? {}).length > 0),
  )
}
