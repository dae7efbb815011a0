import {
  clusterKind,
  defineKind,
  kubeadmConfigKind,
  kubeconfigSecretName,
  machineKind,
  machinePoolKind,
  resourceOf,
  schema,
  toCustomResourceDefinition,
} from '@machinepool/api'
import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { createKubeadmConfigController } from '@machinepool/bootstrap-kubeadm'
import { createMachinePoolController } from '@machinepool/core'
import {
  createClient,
  loadKubeconfig,
  nodes,
  secrets,
  type Client,
  type Node,
  type RequestObservation,
} from '@machinepool/kube'
import { createManager, createWorkloadClusters } from '@machinepool/runtime'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'

import { eventually } from './eventually.ts'

const testPoolKind = defineKind({
  group: 'infrastructure.cluster.x-k8s.io',
  kind: 'TestMachinePool',
  labels: { 'cluster.x-k8s.io/v1beta2': 'v1alpha9' },
  versions: {
    v1alpha9: {
      schema: schema.object('A pool of nothing.', {
        spec: schema.optional(schema.object('Wanted.', {}, { preserveUnknownFields: true })),
        status: schema.optional(schema.object('Observed.', {}, { preserveUnknownFields: true })),
      }),
      storage: true,
      subresources: { status: true },
    },
  },
})

const pools = resourceOf(machinePoolKind)
const configs = resourceOf(kubeadmConfigKind)
const infraPools = resourceOf(testPoolKind)
const key = { namespace: 'default', name: 'np' }
const ids = ['test:///zone-a/1', 'test:///zone-a/2']

interface World {
  readonly management: ApiServer
  readonly workload: ApiServer
  readonly client: Client
  readonly workloadClient: Client
  readonly writes: string[]
  stop(): Promise<void>
}

let world: World
beforeEach(async () => {
  world = await startWorld()
})
afterEach(() => world.stop())

async function connect(server: ApiServer, onRequest?: (seen: RequestObservation) => void): Promise<Client> {
  const config = await loadKubeconfig({ text: server.kubeconfig() })
  return createClient(config, onRequest === undefined ? {} : { onRequest })
}

/** A management cluster with both controllers and a workload cluster, over real HTTP. */
async function startWorld(): Promise<World> {
  const crds = [clusterKind, machinePoolKind, machineKind, kubeadmConfigKind, testPoolKind].map((kind) =>
    toCustomResourceDefinition(kind),
  )
  const management = await createApiServer({ crds })
  const workload = await createApiServer()
  const writes: string[] = []
  const managed = await connect(management, ({ method }) => {
    if (method !== 'GET') writes.push(method)
  })
  const manager = createManager({ client: managed, log: pino({ level: 'silent' }) })
  const workloadClusters = createWorkloadClusters({ manager })
  createMachinePoolController(manager, { workloadClusters })
  createKubeadmConfigController(manager, { workloadClusters })
  const stopped = new AbortController()
  const running = manager.start(stopped.signal)
  const client = await connect(management)
  const workloadClient = await connect(workload)
  await client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace: 'default',
      name: kubeconfigSecretName('prod'),
      labels: { 'cluster.x-k8s.io/cluster-name': 'prod' },
    },
    type: 'cluster.x-k8s.io/secret',
    data: { value: Buffer.from(workload.kubeconfig()).toString('base64') },
  })
  await client.create(resourceOf(clusterKind), {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'Cluster',
    metadata: { namespace: 'default', name: 'prod' },
    spec: { controlPlaneEndpoint: { host: 'prod.example.com', port: 6443 } },
  })
  return {
    management,
    workload,
    client,
    workloadClient,
    writes,
    async stop() {
      stopped.abort()
      await running
      await Promise.all([managed.close(), client.close(), workloadClient.close()])
      await Promise.all([management.close(), workload.close()])
    },
  }
}

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
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha9',
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

async function joinNode(name: string, providerID: string): Promise<void> {
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, annotations: { 'example.com/mine': 'kept' } },
    spec: {
      providerID,
      taints: [
        { key: 'node.cluster.x-k8s.io/uninitialized', effect: 'NoSchedule' },
        { key: 'example.com/dedicated', effect: 'NoSchedule' },
      ],
    },
  }
  await world.workloadClient.create(nodes, node)
  const condition = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }
  const nodeInfo = {
    architecture: 'amd64',
    bootID: '1',
    containerRuntimeVersion: 'containerd://2.1.0',
    kernelVersion: '6.12.0',
    kubeProxyVersion: '',
    kubeletVersion: 'v1.33.1',
    machineID: '1',
    operatingSystem: 'linux',
    osImage: 'Test',
    systemUUID: '1',
  }
  const status = { conditions: [condition], nodeInfo }
  await world.workloadClient.patch(nodes, { name }, { type: 'merge', body: { status } }, { subresource: 'status' })
}

async function isRunning(): Promise<void> {
  const pool = await world.client.get(pools, key)
  expect(pool.status?.phase).toBe('Running')
}

async function bringUp(): Promise<void> {
  await createPool()
  await eventually(async () => {
    expect((await world.client.get(pools, key)).spec.template.spec.bootstrap.dataSecretName).toBe('np')
  })
  await reportInstances(ids)
  await joinNode('a', ids[0]!)
  await joinNode('b', ids[1]!)
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
  expect(node.spec?.taints).toEqual([{ key: 'example.com/dedicated', effect: 'NoSchedule' }])
  expect(node.metadata.annotations).toMatchObject({ 'example.com/mine': 'kept', 'cluster.x-k8s.io/owner-name': 'np' })

  const pool = await world.client.get(pools, key)
  expect(pool.status?.conditions).toHaveLength(10)
  expect(pool.status?.observedGeneration).toBe(pool.metadata.generation)
  // Owner, label and finalizer (3), data Secret and config status (2), spec copies (2), status of the pool.
  expect(world.writes.length).toBeLessThanOrEqual(10)
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
