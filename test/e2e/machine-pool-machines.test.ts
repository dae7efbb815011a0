import { podDisruptionBudgets, pods } from '@machinepool/kube'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { infraMachines, infraPools, machinePools, machines } from './machine-pool-kinds.ts'
import { nodeNames, poolKey, startPoolWorld, type PoolWorld } from './machine-pool-world.ts'

let world: PoolWorld
beforeEach(async () => {
  world = await startPoolWorld()
}, 90_000)
afterEach(() => world.stop())

async function scale(replicas: number): Promise<void> {
  await world.client.patch(machinePools, poolKey, { type: 'merge', body: { spec: { replicas } } })
}

async function machineNames(): Promise<string[]> {
  return (await world.client.list(machines)).items.map(({ metadata }) => metadata.name ?? '').toSorted()
}

/** Running, with these instances as Nodes and Machines and nothing else. */
function expectInstances(...names: string[]): Promise<void> {
  return eventually(async () => {
    const pool = await world.client.get(machinePools, poolKey)
    expect(pool.status).toMatchObject({ phase: 'Running', replicas: names.length })
    expect(pool.status?.readyReplicas ?? 0).toBe(names.length)
    expect(pool.status?.upToDateReplicas ?? 0).toBe(names.length)
    expect(await machineNames()).toEqual(names)
    expect(await nodeNames(world)).toEqual(names)
  })
}

async function runPod(name: string, node: string): Promise<void> {
  await world.workloadClient.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'default', name, labels: { app: 'web' } },
    spec: { nodeName: node, terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'i' }] },
  })
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
  await world.workloadClient.patch(
    pods,
    { namespace: 'default', name },
    { type: 'merge', body: { status } },
    { subresource: 'status' },
  )
}

test('CAPI-089 Nodes and Machines follow from 3 to 1 to 0', async () => {
  await world.createPool(3)
  await expectInstances('np-1', 'np-2', 'np-3')
  await scale(1)
  await expectInstances('np-3')
  await scale(0)
  await expectInstances()
  expect((await world.client.list(infraMachines)).items).toEqual([])
})

test('CAPI-090 every Node has the new version, one after the other, and the pool says so', async () => {
  await world.createPool(2)
  await expectInstances('np-1', 'np-2')
  await world.client.patch(machinePools, poolKey, {
    type: 'merge',
    body: { spec: { template: { spec: { version: 'v1.34.0' } } } },
  })
  await expectInstances('np-3', 'np-4')
  const { status } = await world.client.get(machinePools, poolKey)
  expect(status?.versions).toEqual([{ version: 'v1.34.0', replicas: 2 }])
})

test('a deleted Machine is drained, removed exactly, and replaced; a budget is honoured', async () => {
  await world.createPool(2)
  await expectInstances('np-1', 'np-2')
  await runPod('web', 'np-2')
  await world.workloadClient.create(podDisruptionBudgets, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { namespace: 'default', name: 'web' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  })
  const key = { namespace: 'default', name: 'np-2' }
  await world.client.delete(machines, key)
  await eventually(async () => {
    const { status } = await world.client.get(machines, key)
    const deleting = status?.conditions?.find(({ type }) => type === 'Deleting')
    expect(deleting).toMatchObject({ status: 'True', reason: 'DrainingNode' })
    expect(deleting?.message).toContain('default/web')
  })
  expect((await world.client.get(infraMachines, key)).metadata.deletionTimestamp).toBeUndefined()
  await world.workloadClient.delete(podDisruptionBudgets, { namespace: 'default', name: 'web' })
  // Any event of the Machine leads to the next look; without one it is tried again every twenty seconds.
  await world.client.patch(machines, key, { type: 'merge', body: { metadata: { annotations: { look: 'now' } } } })
  await expectInstances('np-1', 'np-3')
  expect((await world.workloadClient.list(pods)).items).toEqual([])
})

test('the delete-machine annotation chooses who goes', async () => {
  await world.createPool(3)
  await expectInstances('np-1', 'np-2', 'np-3')
  const annotation = { metadata: { annotations: { 'cluster.x-k8s.io/delete-machine': 'yes' } } }
  await world.client.patch(machines, { namespace: 'default', name: 'np-2' }, { type: 'merge', body: annotation })
  await scale(2)
  await expectInstances('np-1', 'np-3')
  expect((await world.client.get(machinePools, poolKey)).spec.replicas).toBe(2)
})

test('a pool that is deleted takes its Machines, instances and Nodes along', async () => {
  await world.createPool(2)
  await expectInstances('np-1', 'np-2')
  await world.client.delete(machinePools, poolKey)
  await eventually(async () => {
    expect((await world.client.list(machinePools)).items).toEqual([])
    expect((await world.client.list(infraPools)).items).toEqual([])
    expect(await machineNames()).toEqual([])
    expect(await nodeNames(world)).toEqual([])
  })
})
