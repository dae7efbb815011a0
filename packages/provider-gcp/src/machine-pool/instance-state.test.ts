import { describe, expect, test } from 'vitest'

import type { ManagedInstance } from '../compute/resources.ts'
import { instanceHealth, instanceState, isPreempted, isStateful } from './instance-state.ts'

const vm = (currentAction: string, instanceStatus?: string, more: object = {}): ManagedInstance => ({
  currentAction,
  ...(instanceStatus === undefined ? {} : { id: '1', instanceStatus }),
  ...more,
})

/** Every action and status that the API knows. */
test.each<[managed: ManagedInstance, state: string]>([
  [vm('NONE', 'RUNNING'), 'Running'],
  [vm('NONE', 'PENDING'), 'Pending'],
  [vm('NONE', 'PROVISIONING'), 'Pending'],
  [vm('NONE', 'STAGING'), 'Pending'],
  [vm('NONE', 'STOPPING'), 'Stopped'],
  [vm('NONE', 'PENDING_STOP'), 'Stopped'],
  [vm('NONE', 'STOPPED'), 'Stopped'],
  [vm('NONE', 'TERMINATED'), 'Stopped'],
  [vm('NONE', 'SUSPENDING'), 'Stopped'],
  [vm('NONE', 'SUSPENDED'), 'Stopped'],
  [vm('NONE', 'REPAIRING'), 'Unknown'],
  [vm('NONE', 'DEPROVISIONING'), 'Terminating'],
  [vm('NONE', 'INVENTED_TOMORROW'), 'Unknown'],
  [vm('NONE'), 'Failed'],
  [vm('CREATING'), 'Pending'],
  [vm('CREATING', 'STAGING'), 'Pending'],
  [vm('CREATING_WITHOUT_RETRIES'), 'Pending'],
  [vm('RECREATING'), 'Pending'],
  [vm('RECREATING', 'STOPPING'), 'Pending'],
  [vm('VERIFYING', 'RUNNING'), 'Running'],
  [vm('REFRESHING', 'RUNNING'), 'Running'],
  [vm('RESTARTING', 'STOPPING'), 'Stopped'],
  [vm('STARTING', 'TERMINATED'), 'Pending'],
  [vm('RESUMING', 'SUSPENDED'), 'Pending'],
  [vm('STOPPING', 'RUNNING'), 'Stopped'],
  [vm('SUSPENDING', 'RUNNING'), 'Stopped'],
  [vm('DELETING', 'RUNNING'), 'Terminating'],
  [vm('DELETING'), 'Terminating'],
  [vm('ABANDONING', 'RUNNING'), 'Terminating'],
  [vm('INVENTED_TOMORROW', 'RUNNING'), 'Running'],
  // The standby pool has a size of its own; its instances are nobody's replicas.
  [vm('NONE', 'SUSPENDED', { targetStatus: 'SUSPENDED' }), 'Warmed'],
  [vm('STOPPING', 'RUNNING', { targetStatus: 'STOPPED' }), 'Warmed'],
  [vm('CREATING', 'STAGING', { targetStatus: 'STOPPED' }), 'Warmed'],
  [vm('STARTING', 'TERMINATED', { targetStatus: 'RUNNING' }), 'Pending'],
  [vm('NONE', 'RUNNING', { targetStatus: 'DELETED' }), 'Terminating'],
  [vm('NONE', 'RUNNING', { targetStatus: 'ABANDONED' }), 'Terminating'],
])('%j is %s', (managed, state) => {
  expect(instanceState(managed)).toBe(state)
})

describe('a spot instance', () => {
  test.each([
    ['NONE', 'STOPPING', true],
    ['NONE', 'TERMINATED', true],
    ['RECREATING', 'STOPPING', true],
    ['NONE', 'RUNNING', false],
    ['STOPPING', 'STOPPING', false],
    ['RESTARTING', 'STOPPING', false],
    ['SUSPENDING', 'STOPPING', false],
    ['DELETING', 'STOPPING', false],
  ])('in %s and %s is preempted: %s', (action, status, preempted) => {
    expect(isPreempted(vm(action, status), true)).toBe(preempted)
    expect(isPreempted(vm(action, status), false)).toBe(false)
  })
})

test.each([
  [[], 'Unknown'],
  [['HEALTHY'], 'Healthy'],
  [['HEALTHY', 'UNHEALTHY'], 'Unhealthy'],
  [['TIMEOUT'], 'Unhealthy'],
  [['HEALTHY', 'UNKNOWN'], 'Unknown'],
  [['DRAINING'], 'Unknown'],
])('checks that say %j make it %s', (states, health) => {
  const checks = states.map((detailedHealthState) => ({ detailedHealthState }))
  expect(instanceHealth({ instanceHealth: checks })).toBe(health)
})

test('what a group keeps for an instance makes it stateful', () => {
  expect(isStateful({})).toBe(false)
  expect(isStateful({ preservedStateFromPolicy: { disks: {} } })).toBe(false)
  expect(isStateful({ preservedStateFromPolicy: { disks: { data: { mode: 'READ_WRITE' } } } })).toBe(true)
  expect(isStateful({ preservedStateFromConfig: { metadata: { role: 'first' } } })).toBe(true)
})
