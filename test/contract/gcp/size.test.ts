import type { Action, Instance } from '@machinepool/contract'
import { live, removal } from '@machinepool/contract/testing'
import { afterEach, expect, test } from 'vitest'

import { gcpWorld, instancePath, lives, typesOf, writes, zonesOf, type GcpTestWorld } from './world.ts'

let world: GcpTestWorld
afterEach(() => world.close())

const zones = ['us-central1-a', 'us-central1-b', 'us-central1-c']

test('CAPG-033 more replicas are one resize, and the next pass makes none', async () => {
  world = await gcpWorld()
  await world.drive.converge({ size: 3 })
  world.forget()
  await world.drive.converge({ size: 5 })
  expect(writes(world.calls())).toEqual(['instanceGroupManagers.resize'])
})

test('CAPG-034 chosen instances go, and no others, and the size ends where it should', async () => {
  world = await gcpWorld()
  const { drive } = world
  const before = await drive.converge({ size: 5 })
  const victims = [before.instances[1]!, before.instances[3]!]
  world.forget()
  // The removal lowers the size by itself: a resize beside it would let Google choose.
  const removals = victims.map((each) => removal(each, false))
  expect(typesOf(await drive.plan({ size: 3, remove: removals }))).toEqual(['RemoveInstances'])
  const replaced = victims.map((each) => removal(each, true))
  expect(typesOf(await drive.plan({ size: 6, remove: replaced }))).toEqual(['RemoveInstances'])
  const after = await drive.converge({ size: 3, remove: victims.map((each) => removal(each, false)) })
  expect(lives(after)).toEqual(lives(before).filter((id) => !victims.some(({ incarnation }) => incarnation === id)))
  expect(after.size?.desired).toBe(3)
  expect(writes(world.calls())).toEqual(['instanceGroupManagers.deleteInstances'])
})

test('CAPG-035 in a regional group the zones stay as they are after chosen instances left: nothing is moved', async () => {
  world = await gcpWorld()
  const { drive } = world
  world.change({ zones })
  const before = await drive.converge({ size: 6 })
  const victims = zones.map((zone) => before.instances.find((one) => one.zone === zone)!)
  const after = await drive.converge({ size: 3, remove: victims.map((each) => removal(each, false)) })
  expect(zonesOf(after)).toEqual(zones)
  expect(lives(before)).toEqual(expect.arrayContaining([...lives(after)]))
  expect(world.bodies('regionInstanceGroupManagers.insert')[0]).toMatchObject({
    updatePolicy: { type: 'OPPORTUNISTIC', instanceRedistributionType: 'NONE' },
  })
})

test('CAPG-036 many removals are split into calls that Google takes', async () => {
  world = await gcpWorld()
  const { drive } = world
  const observed = await drive.converge({ size: 1 })
  const [one] = observed.instances
  const many = Array.from({ length: 1_500 }, (_, index): Instance => ({
    ...one!,
    providerID: `gce://p1/us-central1-a/np-${index}`,
    incarnation: String(index + 1),
  }))
  const large = { ...observed, instances: many, size: { desired: 1_500, min: 0, max: 2_000 } }
  const desired = await drive.desired({ size: 0 }, large)
  const removals = drive.harness.provider
    .plan({ ...desired, remove: many.map((each) => removal(each, false)) }, large)
    .filter((action: Action) => action.type === 'RemoveInstances')
  expect(removals.map((action) => (action.type === 'RemoveInstances' ? action.instances.length : 0))).toEqual([
    1_000, 500,
  ])
})

test('CAPG-037 an instance that is gone does not keep the others, and costs no further one', async () => {
  world = await gcpWorld()
  const { drive } = world
  const before = await drive.converge({ size: 4 })
  const [gone, other] = before.instances
  const actions = await drive.plan({ size: 2, remove: [gone!, other!].map((each) => removal(each, false)) })
  await drive.converge({ size: 3, remove: [removal(gone!, false)] })
  await drive.execute(actions.find(({ type }) => type === 'RemoveInstances')!)
  await drive.harness.clock.advance(10_000)
  const after = await drive.observe()
  expect(live(after)).toHaveLength(2)
  expect(after.size?.desired).toBe(2)
  expect(world.bodies('instanceGroupManagers.deleteInstances')[1]).toMatchObject({
    instances: [expect.stringContaining(other!.name!)],
    skipInstancesOnValidationError: true,
  })
})

test('CAPG-038 a removal whose answer was lost is repeated with the same request id, and counts once', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  const before = await drive.converge({ size: 3 })
  const actions = await drive.plan({ size: 2, remove: [removal(before.instances[0]!, false)] })
  const action = actions.find(({ type }) => type === 'RemoveInstances')!
  simulator.faults.add({ operation: 'instanceGroupManagers.deleteInstances', error: 'drop', phase: 'before', times: 1 })
  await expect(drive.execute(action)).rejects.toMatchObject({ code: 'Unavailable' })
  // Another process, which remembers nothing.
  await drive.harness.restart()
  await drive.execute(action)
  const ids = simulator.calls
    .list('instanceGroupManagers.deleteInstances')
    .map(({ parameters }) => parameters['requestId'])
  expect(ids).toHaveLength(2)
  expect(ids[0]).toBe(ids[1])
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  await drive.harness.clock.advance(10_000)
  expect((await drive.observe()).size?.desired).toBe(2)
})

test('the same step made again later has a request id of its own', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  for (const size of [1, 2, 1, 2]) expect(live(await drive.converge({ size }))).toHaveLength(size)
  const ids = simulator.calls.list('instanceGroupManagers.resize').map(({ parameters }) => parameters['requestId'])
  expect(new Set(ids).size).toBe(2)
})

test('CAPG-040 a group with an autoscaler is not resized, and says who owns its size', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  await drive.converge({ size: 2 })
  await fetch(`${simulator.url}/compute/v1/projects/p1/zones/us-central1-a/autoscalers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'scaler',
      target: 'projects/p1/zones/us-central1-a/instanceGroupManagers/c1-np',
      autoscalingPolicy: { minNumReplicas: 1, maxNumReplicas: 5, cpuUtilization: { utilizationTarget: 0.6 } },
    }),
  })
  await drive.harness.clock.advance(10_000)
  const observed = await drive.observe()
  expect(observed.sizeOwner).toBe('cloudAutoscaler')
  const { conditions } = drive.harness.provider.report(drive.pool, observed)
  expect(conditions).toContainEqual(
    expect.objectContaining({
      type: 'SizeManagedByAutoscaler',
      message: expect.stringContaining('autoscalers/scaler'),
    }),
  )
  // The engine leaves such a size alone.
  expect(await drive.plan({ size: undefined }, observed)).toEqual([])
})

test('CAPG-052 an instance that comes back under its name is another one, and is not removed for its predecessor', async () => {
  world = await gcpWorld()
  const { drive, cloud } = world
  const before = await drive.converge({ size: 2 })
  const [victim] = before.instances
  const removals = await drive.plan({ size: 1, remove: [removal(victim!, false)] }, before)
  cloud.fail(instancePath(victim!.providerID))
  await drive.harness.clock.advance(20_000)
  const after = await drive.observe()
  const reborn = after.instances.find(({ providerID }) => providerID === victim!.providerID)
  expect(reborn?.incarnation).toMatch(/^\d+$/)
  expect(reborn?.incarnation).not.toBe(victim!.incarnation)
  await expect(drive.execute(removals[0]!)).rejects.toMatchObject({ code: 'Conflict', reason: 'InstanceReplaced' })
  expect(live(await drive.observe())).toHaveLength(2)
})

test('CAPG-057 a group that was deleted by hand is made again, and an abandoned instance leaves the list', async () => {
  world = await gcpWorld()
  const { drive, cloud, simulator } = world
  const before = await drive.converge({ size: 2 })
  const [abandoned] = before.instances
  const group = `${simulator.url}/compute/v1/projects/p1/zones/us-central1-a/instanceGroupManagers/c1-np`
  await fetch(`${group}/abandonInstances`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ instances: [instancePath(abandoned!.providerID)] }),
  })
  await drive.harness.clock.advance(10_000)
  expect(lives(await drive.observe())).not.toContain(abandoned!.incarnation)
  await fetch(group, { method: 'DELETE' })
  await drive.harness.clock.advance(20_000)
  expect((await drive.observe()).exists).toBe(false)
  await drive.converge({ size: 2 })
  expect(cloud.groups()).toHaveLength(1)
})
