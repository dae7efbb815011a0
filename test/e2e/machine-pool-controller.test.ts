import { clusterKind, kubeadmConfigKind, resourceOf } from '@machinepool/api'
import { createKubeadmConfigController } from '@machinepool/bootstrap-kubeadm'
import { createMachinePoolController } from '@machinepool/core'
import { nodes, secrets } from '@machinepool/kube'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'

import { eventually } from './eventually.ts'
import { infraPools, machinePools as pools } from './machine-pool-kinds.ts'
import { startPoolWorld, type PoolWorld } from './machine-pool-world.ts'
import { joinNode } from './node-joins.ts'

const configs = resourceOf(kubeadmConfigKind)
const key = { namespace: 'default', name: 'np' }
const ids = ['test:///zone-a/1', 'test:///zone-a/2']

let world: PoolWorld
const writes: string[] = []
beforeEach(async () => {
  writes.length = 0
  world = await startPoolWorld({
    setup(manager, workloadClusters) {
      createMachinePoolController(manager, { workloadClusters })
      createKubeadmConfigController(manager, { workloadClusters })
    },
    onRequest({ method }) {
      if (method !== 'GET') writes.push(method)
    },
  })
}, 90_000)
afterEach(() => world.stop())

async function createPool(): Promise<void> {
  const { client } = world
  await client.create(pools, {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata: { ...key },
    spec: {
      clusterName: 'prod',
      replicas: 2,
      template: {
        spec: {
          clusterName: 'prod',
          version: 'v1.33.1',
          bootstrap: { configRef: { apiGroup: 'bootstrap.cluster.x-k8s.io', kind: 'KubeadmConfig', name: 'np' } },
          infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'TestMachinePool', name: 'np' },
        },
      },
    },
  })
  await client.create(configs, {
    apiVersion: 'bootstrap.cluster.x-k8s.io/v1beta2',
    kind: 'KubeadmConfig',
    metadata: { ...key },
    spec: { joinConfiguration: { nodeRegistration: { name: '{{ ds.meta_data.local_hostname }}' } } },
  })
  await client.create(infraPools, {
    apiVersion: `${infraPools.group}/${infraPools.version}`,
    kind: 'TestMachinePool',
    metadata: { ...key, finalizers: ['test/provider'] },
    spec: {},
  })
}

async function reportInstances(providerIDList: readonly string[]): Promise<void> {
  await world.client.patch(infraPools, key, { type: 'merge', body: { spec: { providerIDList } } })
  const status = { initialization: { provisioned: true }, ready: true, replicas: providerIDList.length }
  await world.client.patch(infraPools, key, { type: 'merge', body: { status } }, { subresource: 'status' })
}

async function isRunning(): Promise<void> {
  const pool = await world.client.get(pools, key)
  expect(pool.status?.phase).toBe('Running')
}

const taints = [
  { key: 'node.cluster.x-k8s.io/uninitialized', effect: 'NoSchedule' },
  { key: 'example.com/dedicated', effect: 'NoSchedule' },
]

async function bringUp(): Promise<void> {
  await createPool()
  await eventually(async () => {
    expect((await world.client.get(pools, key)).spec.template.spec.bootstrap.dataSecretName).toBe('np')
  })
  await reportInstances(ids)
  await joinNode(world.workloadClient, 'a', ids[0]!, { taints })
  await joinNode(world.workloadClient, 'b', ids[1]!, { taints })
  await eventually(isRunning)
}

test('brings a pool up with a handful of writes', async () => {
  await bringUp()
  const data = await world.client.get(secrets, key)
  const userData = parse(Buffer.from(data.data!['value']!, 'base64').toString()) as {
    write_files: { content: string }[]
  }
  const join = parse(userData.write_files[0]!.content) as {
    discovery: { bootstrapToken: { token: string; caCertHashes: string[]; apiServerEndpoint: string } }
  }
  expect(join.discovery.bootstrapToken.apiServerEndpoint).toBe('prod.example.com:6443')
  expect(join.discovery.bootstrapToken.caCertHashes[0]).toMatch(/^sha256:[0-9a-f]{64}$/)
  const [id] = join.discovery.bootstrapToken.token.split('.')
  await world.workloadClient.get(secrets, { namespace: 'kube-system', name: `bootstrap-token-${id}` })

  const node = await world.workloadClient.get(nodes, { name: 'a' })
  // A real server's admission adds taints of its own.
  const kept = node.spec?.taints?.filter(({ key: name }) => !name.startsWith('node.kubernetes.io/'))
  expect(kept).toEqual([{ key: 'example.com/dedicated', effect: 'NoSchedule' }])
  expect(node.metadata.annotations).toMatchObject({ 'example.com/mine': 'kept', 'cluster.x-k8s.io/owner-name': 'np' })

  const pool = await world.client.get(pools, key)
  expect(pool.status?.conditions).toHaveLength(10)
  expect(pool.status?.observedGeneration).toBe(pool.metadata.generation)
  // Owner, label and finalizer (3), data Secret and config status (2), spec copies (2), status of the pool.
  expect(writes.length).toBeLessThanOrEqual(10)
})

test('deletes the Node of an instance that is gone', async () => {
  await bringUp()
  await world.client.patch(pools, key, { type: 'merge', body: { spec: { replicas: 1 } } })
  await reportInstances([ids[1]!])
  await eventually(async () => {
    expect((await world.workloadClient.list(nodes)).items.map((node) => node.metadata.name)).toEqual(['b'])
  })
  await eventually(isRunning)
})

test('takes a pool apart, Nodes included, although the Cluster went first', async () => {
  await bringUp()
  await world.client.delete(resourceOf(clusterKind), { namespace: 'default', name: 'prod' })
  await world.client.delete(pools, key)
  await eventually(async () => {
    const infra = await world.client.get(infraPools, key)
    expect(infra.metadata.deletionTimestamp).toBeDefined()
  })
  expect((await world.client.get(pools, key)).metadata.finalizers).toEqual(['machinepool.cluster.x-k8s.io'])
  await world.client.patch(infraPools, key, { type: 'merge', body: { metadata: { finalizers: null } } })
  await eventually(async () => {
    expect((await world.client.list(pools)).items).toEqual([])
  })
  expect((await world.workloadClient.list(nodes)).items).toEqual([])
})
