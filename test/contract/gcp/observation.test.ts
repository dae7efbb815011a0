import type { GCPMachinePoolSpec } from '@machinepool/provider-gcp'
import { createGcpProvider } from '@machinepool/provider-gcp'
import { Drive, live, removal } from '@machinepool/contract/testing'
import { afterEach, expect, test } from 'vitest'

import { createGcpRest } from '../../e2e/gcp-rest.ts'
import { gcpWorld, instancePath, lives, typesOf, type GcpTestWorld } from './world.ts'

let world: GcpTestWorld
afterEach(() => world.close())

const proactive = {
  type: 'Proactive',
  rollingUpdate: { maxSurge: 1, maxUnavailable: 0, deletePolicy: 'Oldest' },
} satisfies GCPMachinePoolSpec['strategy']

const budget = (maxSurge: number | string, maxUnavailable: number | string = 0) => ({
  ...proactive,
  rollingUpdate: { ...proactive.rollingUpdate, maxSurge, maxUnavailable },
})

test('CAPG-041 what the updater of Google does not take is said before anything is written', async () => {
  world = await gcpWorld()
  const { drive } = world
  const zones = ['us-central1-a', 'us-central1-b', 'us-central1-c']
  const reasonsOf = async (changes: Partial<GCPMachinePoolSpec>, replicas = 3): Promise<readonly string[]> => {
    world.change(changes)
    drive.pool = { ...drive.pool, replicas }
    const observed = await drive.observe()
    const { problems } = await drive.harness.provider.resolve(drive.pool, observed, drive.io())
    const actions = await drive.plan({ size: replicas }, observed)
    const made = typesOf(actions).includes('CreateGroup')
    return [...problems.map(({ reason }) => reason), ...(made === (problems.length === 0) ? [] : ['written anyway'])]
  }
  expect(await reasonsOf({ zones, strategy: budget(1) })).toEqual(['UpdatePolicyInvalid'])
  expect(await reasonsOf({ zones, strategy: budget(3) })).toEqual([])
  expect(await reasonsOf({ strategy: budget('20%') })).toEqual(['UpdatePolicyInvalid'])
  expect(await reasonsOf({ strategy: budget('20%') }, 10)).toEqual([])
  expect(await reasonsOf({ strategy: { ...budget(1, 1), replacementMethod: 'Recreate' } })).toEqual([
    'UpdatePolicyInvalid',
  ])
  expect(
    await reasonsOf({ strategy: { ...budget(0, 0), type: 'RollingUpdate' } }).catch((error: Error) => [error.message]),
  ).toEqual([expect.stringContaining('must not both be 0')])
})

test('CAPG-041 Google replaces the instances of a Proactive pool, and the group rests afterwards', async () => {
  world = await gcpWorld()
  const { drive } = world
  world.change({ strategy: proactive })
  const before = await drive.converge({ size: 2 })
  world.change({ strategy: proactive, instanceType: 'n2-standard-8' })
  // Not before the group has moved on to the new template.
  expect(typesOf(await drive.plan({ size: 2, rollout: 'start' }))).not.toContain('StartRollout')
  await drive.converge({ size: 2 })
  const start = (await drive.plan({ size: 2, rollout: 'start' })).find(({ type }) => type === 'StartRollout')
  await drive.execute(start!)
  await drive.harness.clock.advance(500)
  const during = await drive.observe()
  expect(during.rollout).toMatchObject({ state: 'InProgress' })
  // What Google has above the size is Google's.
  expect(live(during)).toHaveLength(3)
  expect(during.size?.desired).toBe(2)
  expect(typesOf(await drive.plan({ size: 2 }, during))).toEqual([])
  await drive.harness.clock.advance(120_000)
  const after = await drive.converge({ size: 2 })
  expect(lives(after).filter((id) => lives(before).includes(id))).toEqual([])
  expect(world.cloud.groups()[0]?.resource.updatePolicy.type).toBe('OPPORTUNISTIC')
})

test('CAPG-045 a template that yields no running instance stalls the roll: old instances stay, and the reason is shown', async () => {
  world = await gcpWorld()
  const { drive, cloud } = world
  const before = await drive.converge({ size: 2 })
  cloud.capacity.limit('n2-standard-8', 'us-central1-a', 0)
  world.change({ instanceType: 'n2-standard-8' })
  // The surge comes first; what would replace the others waits for it.
  for (let round = 0; round < 20; round++) {
    await drive.round({ size: 3 })
    await drive.harness.clock.advance(2_000)
  }
  const stalled = await drive.observe()
  expect(lives(stalled)).toEqual(expect.arrayContaining([...lives(before)]))
  expect(stalled.problems).toEqual([
    expect.objectContaining({
      code: 'InsufficientCapacity',
      reason: 'ZONE_RESOURCE_POOL_EXHAUSTED',
      zone: 'us-central1-a',
    }),
  ])
})

test('CAPG-048 an instance that does not exist yet is pending, and none that runs', async () => {
  world = await gcpWorld()
  const { drive } = world
  await drive.converge({ size: 1 })
  await drive.settleWrites({ size: 2 })
  await drive.harness.clock.advance(250)
  const { instances } = await drive.observe()
  expect(instances.map(({ state }) => state).toSorted()).toEqual(['Pending', 'Running'])
})

test('CAPG-049 all pages are read, and a listing that lost one is not whole', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  const zones = ['us-central1-a', 'us-central1-b', 'us-central1-c']
  world.change({ zones })
  await drive.converge({ size: 600 })
  world.forget()
  expect((await drive.observe()).instances).toHaveLength(600)
  const pages = simulator.calls.list('regionInstanceGroupManagers.listManagedInstances').length
  expect(pages).toBe(2)
  drive.harness.cloud.failPage!()
  const part = await drive.observe()
  expect(part).toMatchObject({ complete: false })
  expect(part.instances.length).toBeLessThan(600)
  // What was not seen may be there: nothing is done on such an answer, neither up nor down.
  const seen = part.instances.map((instance) => removal(instance, false))
  expect(await drive.plan({ size: 700 }, part)).toEqual([])
  expect(await drive.plan({ size: 0, remove: seen }, part)).toEqual([])
}, 60_000)

test('CAPG-050 links of any host give the same provider ids', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  const before = await drive.converge({ size: 1 })
  const hosts = ['https://compute.googleapis.com', 'https://compute.example.universe', 'https://10.0.0.1:8443']
  for (const host of hosts) {
    const provider = createGcpProvider({
      endpoint: simulator.url,
      authorization: { getRequestHeaders: () => Promise.resolve(new Headers()) },
      fetch: async (url, init) => {
        const response = await fetch(url, init)
        const text = (await response.text()).replaceAll('https://www.googleapis.com', host)
        return new Response(text, { status: response.status })
      },
    })
    const { instances, owner } = await provider.machinePool.observe(drive.pool as never, drive.io())
    expect(owner).toBe('ours')
    expect(instances.map(({ providerID }) => providerID)).toEqual(before.instances.map(({ providerID }) => providerID))
    await provider.close()
  }
})

test('CAPG-051 a link that cannot be read is reported, and costs nothing of the rest', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  const [first] = (await drive.converge({ size: 2 })).instances
  const provider = createGcpProvider({
    endpoint: simulator.url,
    authorization: { getRequestHeaders: () => Promise.resolve(new Headers()) },
    fetch: async (url, init) => {
      const response = await fetch(url, init)
      const text = (await response.text()).replaceAll(`/instances/${first!.name}"`, '/nonsense"')
      return new Response(text, { status: response.status })
    },
  })
  const { instances, problems } = await provider.machinePool.observe(drive.pool as never, drive.io())
  expect(instances).toHaveLength(1)
  expect(problems).toEqual([expect.objectContaining({ reason: 'InstanceLinkUnreadable' })])
  await provider.close()
})

test('CAPG-053 quota and shortage are shown with code and zone, and pass when instances come up', async () => {
  world = await gcpWorld()
  const { drive, cloud } = world
  await drive.converge({ size: 1 })
  cloud.capacity.limit('*', 'us-central1-a', 1)
  await drive.settleWrites({ size: 2 })
  await drive.harness.clock.advance(5_000)
  expect((await drive.observe()).problems).toEqual([
    expect.objectContaining({ reason: 'ZONE_RESOURCE_POOL_EXHAUSTED', zone: 'us-central1-a' }),
  ])
  cloud.capacity.unlimit('*', 'us-central1-a')
  cloud.setQuota('CPUS', 4)
  await drive.harness.clock.advance(60_000)
  expect((await drive.observe()).problems).toEqual([
    expect.objectContaining({ code: 'QuotaExceeded', zone: 'us-central1-a' }),
  ])
  cloud.setQuota('CPUS', undefined)
  expect((await drive.converge({ size: 2 })).problems).toEqual([])
})

test('CAPG-061 an instance whose health check fails has a machine that is not ready', async () => {
  world = await gcpWorld()
  const { drive } = world
  const observed = await drive.converge({ size: 1 })
  const { provider } = drive.harness
  const [instance] = observed.instances
  const ready = (changes: object) =>
    provider.machine!(drive.pool, { ...instance!, ...changes }, observed).status['ready']
  expect(ready({})).toBe(true)
  expect(ready({ health: 'Unhealthy' })).toBe(false)
  expect(ready({ state: 'Stopped' })).toBe(false)
})

test('a preempted spot instance is announced while it stops', async () => {
  world = await gcpWorld()
  const { drive, cloud } = world
  world.change({ provisioningModel: 'Spot' })
  const [instance] = (await drive.converge({ size: 1 })).instances
  cloud.preempt(instancePath(instance!.providerID))
  await drive.harness.clock.advance(30_100)
  expect((await drive.observe()).instances[0]?.notice).toEqual({ reason: 'Preempted' })
})

test('polling costs one group read and one list, and groups of several pools share one read', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  await drive.converge({ size: 1 })
  const others = Array.from({ length: 5 }, (_, index) =>
    world.another({ key: { namespace: 'default', name: `pool-${index}` } }),
  )
  for (const other of others) await other.converge({ size: 1 })
  await drive.harness.clock.advance(60_000)
  world.forget()
  const io = () => drive.io({ maxAgeMs: 10_000 })
  await Promise.all([drive, ...others].map((one: Drive) => one.observe(io())))
  expect(simulator.calls.counts()).toEqual({
    'instanceGroupManagers.aggregatedList': 1,
    'instanceGroupManagers.listManagedInstances': 6,
  })
})

test('a group that went between the two reads is gone, and no failure', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  await drive.converge({ size: 1 })
  const url = `${simulator.url}/compute/v1/projects/p1/zones/us-central1-a/instanceGroupManagers/c1-np`
  let deleted = false
  const provider = createGcpProvider({
    endpoint: simulator.url,
    authorization: { getRequestHeaders: () => Promise.resolve(new Headers()) },
    async fetch(address, init) {
      if (address.includes('listManagedInstances') && !deleted) {
        deleted = true
        await fetch(url, { method: 'DELETE' })
        await drive.harness.clock.advance(20_000)
      }
      return fetch(address, init)
    },
  })
  const observed = await provider.machinePool.observe(drive.pool as never, drive.io())
  expect(observed).toMatchObject({ exists: false, instances: [], complete: true })
  await provider.close()
})

test('instances with state of their own are not replaced unless nobody replaces any', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  await drive.converge({ size: 1 })
  // Whoever made the group may have done so; no field of the pool says it.
  const api = createGcpRest(simulator.url, 'p1')
  await api.ok('PATCH', 'zones/us-central1-a/instanceGroupManagers/c1-np', {
    statefulPolicy: { preservedState: { disks: { data: { autoDelete: 'NEVER' } } } },
  })
  await drive.harness.clock.advance(10_000)
  const observed = await drive.observe()
  expect(observed.instances.map((instance) => instance.protected)).toEqual([true])
  expect(observed.problems).toEqual([expect.objectContaining({ reason: 'StatefulInstances' })])
  world.change({ strategy: { type: 'OnDelete' } })
  const left = await drive.observe()
  expect(left.instances.map((instance) => instance.protected)).toEqual([false])
  expect(left.problems).toEqual([])
})

test('details of instances that cannot be had are asked for ever more seldom', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  await drive.converge({ size: 1 })
  // Named by somebody, and not after the group.
  const api = createGcpRest(simulator.url, 'p1')
  await api.ok('POST', 'zones/us-central1-a/instanceGroupManagers/c1-np/createInstances', {
    instances: [{ name: 'a-name-of-its-own' }],
  })
  await drive.harness.clock.advance(20_000)
  world.forget()
  for (let poll = 0; poll < 60; poll++) {
    expect((await drive.observe()).instances).toHaveLength(2)
    await drive.harness.clock.advance(60_000)
  }
  expect(world.calls('instances.aggregatedList').length).toBeLessThan(8)
})
