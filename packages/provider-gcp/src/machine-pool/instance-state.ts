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
export function instanceState({ currentAction, instanceStatus, id }: ManagedInstance): InstanceState {
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

/** A spot instance that stops although nobody of us stopped it has been preempted. */
export function isPreempted({ currentAction, instanceStatus }: ManagedInstance, spot: boolean): boolean {
  const ownDoing = currentAction === 'STOPPING' || currentAction === 'DELETING' || currentAction === 'ABANDONING'
  return spot && !ownDoing && leaving.has(instanceStatus ?? '')
}
