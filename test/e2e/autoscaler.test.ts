import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { buildGoClient, type GoClient } from './go-client.ts'
import { infraPools, machinePools, machines } from './machine-pool-kinds.ts'
import { nodeNames, poolKey, startPoolWorld, type PoolWorld } from './machine-pool-world.ts'

const prefix = 'cluster.x-k8s.io/cluster-api-autoscaler-node-group'
const capacity = 'capacity.cluster-autoscaler.kubernetes.io'

let folder: string
let go: GoClient
let world: PoolWorld
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autoscaler-'))
  go = await buildGoClient()
}, 900_000)
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async () => {
  world = await startPoolWorld()
}, 90_000)
afterEach(() => world.stop())

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text, { mode: 0o600 })
  return path
}

function membersAre(...names: string[]): Promise<void> {
  return eventually(async () => {
    const { spec, status } = await world.client.get(machinePools, poolKey)
    expect(spec.providerIDList?.map((id) => id.split('/').at(-1)).toSorted()).toEqual(names)
    expect(status?.replicas).toBe(names.length)
    expect(await nodeNames(world)).toEqual(names)
  })
}

test('CAPI-093 grows and shrinks with the calls of the Cluster Autoscaler, and by hand while that is away', async () => {
  await world.createPool(1, {
    annotations: {
      [`${prefix}-min-size`]: '1',
      [`${prefix}-max-size`]: '4',
      [`${capacity}/cpu`]: '4',
      [`${capacity}/maxPods`]: '58',
    },
  })
  await membersAre('np-1')
  const status = { capacity: { cpu: '2', memory: '8Gi' } }
  await world.client.patch(infraPools, poolKey, { type: 'merge', body: { status } }, { subresource: 'status' })

  const management = await fileOf('management', world.management.kubeconfig())
  const workload = await fileOf('workload', world.workload.kubeconfig())
  const autoscaler = go.start('autoscaler', ['default', 'np', workload], management)
  expect(await autoscaler.next('found')).toEqual({
    version: 'v1beta2',
    min: 1,
    max: 4,
    target: 1,
    instances: ['test:///zone-a/np-1'],
    // For scaling from zero: what the infrastructure says, and annotations over it.
    capacity: { cpu: '4', memory: '8Gi', maxPods: '58' },
  })
  expect(await autoscaler.next('grown')).toMatchObject({ target: 3 })
  // A Node is not needed any more: exactly that one goes.
  expect(await autoscaler.done).toEqual({
    victim: 'test:///zone-a/np-2',
    left: ['test:///zone-a/np-1', 'test:///zone-a/np-3'],
  })
  await membersAre('np-1', 'np-3')
  const left = (await world.client.list(machines)).items
  expect(left.map(({ metadata }) => [metadata.name, metadata.deletionTimestamp])).toEqual([
    ['np-1', undefined],
    ['np-3', undefined],
  ])

  const body = { spec: { replicas: 3 } }
  await world.client.patch(machinePools, poolKey, { type: 'merge', body }, { subresource: 'scale' })
  await membersAre('np-1', 'np-3', 'np-4')
}, 120_000)

test('a pool without replicas begins at the minimum; manual sizes outside the bounds are kept', async () => {
  const annotations = { [`${prefix}-min-size`]: '2', [`${prefix}-max-size`]: '3' }
  await world.createPool(5, { annotations })
  const pool = await world.client.get(machinePools, poolKey)
  expect(pool.spec.replicas).toBe(5)
  const { replicas: _, ...spec } = pool.spec
  const created = await world.client.create(machinePools, {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata: { namespace: 'default', name: 'other', annotations },
    spec,
  })
  expect(created.spec.replicas).toBe(2)
})
