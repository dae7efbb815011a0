import { describe, expect, test } from 'vitest'

import type { InstanceGroupManager } from '../compute/resources.ts'
import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import { portsChange, settingChanges, specSettings } from './group-settings.ts'

const base: GCPMachinePoolSpec = { instanceType: 'n2-standard-4', ipForwarding: 'Enabled' }

/** What is sent to bring a live group to a spec. */
function patches(spec: Partial<GCPMachinePoolSpec>, live: InstanceGroupManager, formerly: readonly string[] = []) {
  return settingChanges({ ...base, ...spec }, 'p1', live, new Set(formerly)).map(({ patch }) => patch)
}

const healthCheck = 'projects/p1/global/healthChecks/alive'
const autoHealing = { healthCheck: 'alive' }

describe('a setting', () => {
  test.each<[string, Partial<GCPMachinePoolSpec>]>([
    ['autoHealing', { autoHealing }],
    ['instanceFlexibility', { instanceFlexibility: [{ name: 'a', machineTypes: ['n2-standard-4'] }] }],
    ['statefulDisks', { statefulDisks: [{ deviceName: 'data', autoDelete: 'OnPermanentInstanceDeletion' }] }],
    ['targetSizePolicy', { targetSizePolicy: 'Bulk' }],
  ])('%s that is as wanted is left alone, whatever else Google says of it', (_name, spec) => {
    const settings = specSettings({ ...base, ...spec }, 'p1')
    expect(patches(spec, settings)).toEqual([])
    expect(patches(spec, {})).toHaveLength(1)
  })

  test.each<[string, InstanceGroupManager, object]>([
    ['autoHealingPolicies', { autoHealingPolicies: [{ healthCheck }] }, { autoHealingPolicies: [] }],
    [
      'instanceFlexibilityPolicy',
      { instanceFlexibilityPolicy: { instanceSelections: { a: { rank: 1 } } } },
      { instanceFlexibilityPolicy: null },
    ],
    ['statefulPolicy', { statefulPolicy: { preservedState: { disks: { data: {} } } } }, { statefulPolicy: null }],
    ['targetSizePolicy', { targetSizePolicy: { mode: 'BULK' } }, { targetSizePolicy: { mode: 'INDIVIDUAL' } }],
  ])('%s that left the spec is taken away, and one that others set stays', (name, live, patch) => {
    expect(patches({}, live, [name])).toEqual([patch])
    expect(patches({}, live)).toEqual([])
    expect(patches({}, {}, [name])).toEqual([])
  })

  test('loses single entries by null, because a merge patch keeps what it does not name', () => {
    const live = { instanceFlexibilityPolicy: { instanceSelections: { a: { machineTypes: ['x'], rank: 0 }, b: {} } } }
    const instanceFlexibility = [{ name: 'a', machineTypes: ['x'] }]
    expect(patches({ instanceFlexibility }, live)).toEqual([
      { instanceFlexibilityPolicy: { instanceSelections: { a: { machineTypes: ['x'], rank: 0 }, b: null } } },
    ])
    const disks = { data: { autoDelete: 'NEVER' }, logs: { autoDelete: 'NEVER' } }
    expect(
      patches({ statefulDisks: [{ deviceName: 'data' }] }, { statefulPolicy: { preservedState: { disks } } }),
    ).toEqual([{ statefulPolicy: { preservedState: { disks: { data: { autoDelete: 'NEVER' }, logs: null } } } }])
  })

  test('has no order where it means nothing, and one host is as good as another', () => {
    const full = `https://www.googleapis.com/compute/v1/${healthCheck}`
    expect(patches({ autoHealing }, { autoHealingPolicies: [{ healthCheck: full, initialDelaySec: 300 }] })).toEqual([])
    const live = { instanceFlexibilityPolicy: { instanceSelections: { a: { machineTypes: ['x', 'y'] } } } }
    expect(patches({ instanceFlexibility: [{ name: 'a', machineTypes: ['y', 'x'] }] }, live)).toEqual([])
    expect(patches({ instanceFlexibility: [{ name: 'a', machineTypes: ['y', 'z'] }] }, live)).toHaveLength(1)
  })
})

function change(spec: Partial<GCPMachinePoolSpec>, live: InstanceGroupManager, formerly: readonly string[] = []) {
  return portsChange({ ...base, ...spec }, live, new Set(formerly))?.namedPorts
}

describe('named ports', () => {
  const http = { name: 'http', port: 80 }
  const admin = { name: 'admin', port: 8080 }
  test('are set whole, and their order means nothing', () => {
    expect(change({ namedPorts: [http, admin] }, {})).toEqual([admin, http])
    expect(change({ namedPorts: [http, admin] }, { namedPorts: [admin, http] })).toBeUndefined()
    expect(change({ namedPorts: [http] }, { namedPorts: [http, admin] })).toEqual([http])
  })

  test('go when they left the spec, and stay when others set them', () => {
    expect(change({}, { namedPorts: [http] }, ['namedPorts'])).toEqual([])
    expect(change({}, { namedPorts: [http] })).toBeUndefined()
    expect(change({}, {}, ['namedPorts'])).toBeUndefined()
  })
})
