import type { Machine, MachinePool } from '@machinepool/api'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { createAutoscaler, type Autoscaler } from './autoscaler-client.ts'
import { eventually } from './eventually.ts'
import { nodeNames, startPoolWorld, type PoolWorld } from './machine-pool-world.ts'

const prefix = 'cluster.x-k8s.io/cluster-api-autoscaler-node-group'

let world: PoolWorld
let autoscaler: Autoscaler
beforeEach(async () => {
  world = await startPoolWorld()
  autoscaler = await createAutoscaler(world.management.kubeconfig())
})
afterEach(async () => {
  await autoscaler.close()
  await world.stop()
})

async function membersAre(...names: string[]): Promise<void> {
  const pool = autoscaler.pool('np')
  expect(pool?.spec.providerIDList?.map((id) => id.split('/').at(-1)).toSorted()).toEqual(names)
  expect(await nodeNames(world)).toEqual(names)
}

const machineOf = (providerID: string): Machine | undefined =>
  autoscaler.machines().find(({ spec }) => spec.providerID === providerID)

test('CAPI-093 grows and shrinks a pool with the calls of the Cluster Autoscaler', async () => {
  await autoscaler.start()
  await world.createPool(1, { annotations: { [`${prefix}-min-size`]: '1', [`${prefix}-max-size`]: '4' } })
  await eventually(() => membersAre('np-1'))
  expect(autoscaler.pool('np')?.metadata.annotations).toMatchObject({ [`${prefix}-max-size`]: '4' })

  // Pods wait: the size is raised.
  expect(await autoscaler.readScale('np')).toMatchObject({
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    spec: { replicas: 1 },
    status: { replicas: 1 },
  })
  await autoscaler.setSize('np', 3)
  await eventually(() => membersAre('np-1', 'np-2', 'np-3'))
  // Each instance has a Machine with its provider ID: without it nothing could be scaled down.
  await eventually(() => {
    const ids = autoscaler.pool('np')?.spec.providerIDList ?? []
    expect(ids.filter((id) => machineOf(id) === undefined)).toEqual([])
  })

  // A Node is not needed any more: exactly that one goes.
  const id = 'test:///zone-a/np-2'
  await autoscaler.markForDeletion(machineOf(id)!)
  await autoscaler.setSize('np', 2)
  await eventually(() => membersAre('np-1', 'np-3'))
  expect(machineOf('test:///zone-a/np-1')?.metadata.deletionTimestamp).toBeUndefined()

  // Nobody scales by hand against it, and by hand it works while the autoscaler is away.
  await autoscaler.setSize('np', 3)
  await eventually(() => membersAre('np-1', 'np-3', 'np-4'))
})

test('a pool without replicas begins at the minimum; manual sizes outside the bounds are kept', async () => {
  await autoscaler.start()
  const annotations = { [`${prefix}-min-size`]: '2', [`${prefix}-max-size`]: '3' }
  await world.createPool(5, { annotations })
  const pool = (await autoscaler.get('machinepools', 'np')) as MachinePool
  expect(pool.spec.replicas).toBe(5)
  const { replicas: _, ...spec } = pool.spec
  const created = await autoscaler.create('machinepools', {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata: { namespace: 'default', name: 'other', annotations },
    spec,
  })
  expect(created).toMatchObject({ spec: { replicas: 2 } })
})
