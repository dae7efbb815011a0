import {
  admit,
  clusterKind,
  convert,
  kubeadmConfigKind,
  kubeconfigSecretName,
  labels,
  machineDeploymentKind,
  machineKind,
  machinePoolKind,
  machineSetKind,
  resourceOf,
  toCustomResourceDefinition,
  type AdmissionRequest,
  type FeatureGates,
  type UnknownApiObject,
} from '@machinepool/api'
import { createApiServer, type ApiServer, type KindHooks } from '@machinepool/apiserver'
import { createMachineController, createMachinePoolController } from '@machinepool/core'
import { createClient, loadKubeconfig, nodes, secrets, type Client } from '@machinepool/kube'
import { createManager, createWorkloadClusters } from '@machinepool/runtime'
import { pino } from 'pino'

import { infraPools, machinePools, testMachineKind, testPoolKind } from './machine-pool-kinds.ts'
import { addTestProvider } from './machine-pool-provider.ts'

export const poolKey = { namespace: 'default', name: 'np' }

/** A management cluster with our controllers and a provider of instances that are Nodes at once; a workload cluster. */
export interface PoolWorld {
  readonly management: ApiServer
  readonly workload: ApiServer
  readonly client: Client
  readonly workloadClient: Client
  createPool(replicas: number, metadata?: { readonly annotations?: Record<string, string> }): Promise<void>
  stop(): Promise<void>
}

export interface PoolWorldOptions {
  readonly gates?: FeatureGates
}

export async function startPoolWorld({ gates = { MachinePool: true } }: PoolWorldOptions = {}): Promise<PoolWorld> {
  const core = [clusterKind, machinePoolKind, machineKind, machineSetKind, machineDeploymentKind, kubeadmConfigKind]
  // The two packages do not know each other; their objects have the same shape.
  const hooks = {
    admit: (request: AdmissionRequest) => admit(request, gates),
    convert: (object: UnknownApiObject, to: string) => convert(object, to),
  } as KindHooks
  const management = await createApiServer({
    crds: [...core, testPoolKind, testMachineKind].map((kind) => toCustomResourceDefinition(kind)),
    hooks: Object.fromEntries(core.map(({ kind, group }) => [`${kind}.${group}`, hooks])),
  })
  const workload = await createApiServer()
  const managed = await connect(management)
  const client = await connect(management)
  const workloadClient = await connect(workload)
  const manager = createManager({ client: managed, log: pino({ level: 'silent' }) })
  const workloadClusters = createWorkloadClusters({ manager })
  createMachinePoolController(manager, { workloadClusters })
  createMachineController(manager, { workloadClusters })
  addTestProvider(manager, workloadClient)
  const stopped = new AbortController()
  const running = manager.start(stopped.signal)
  await createCluster(client, workload)
  return {
    management,
    workload,
    client,
    workloadClient,
    createPool: (replicas, metadata) => createPool(client, replicas, metadata),
    async stop() {
      stopped.abort()
      await running
      await Promise.all([managed.close(), client.close(), workloadClient.close()])
      await Promise.all([management.close(), workload.close()])
    },
  }
}

async function connect(server: ApiServer): Promise<Client> {
  return createClient(await loadKubeconfig({ text: server.kubeconfig() }))
}

async function createCluster(client: Client, workload: ApiServer): Promise<void> {
  await client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'default', name: kubeconfigSecretName('prod'), labels: { [labels.clusterName]: 'prod' } },
    type: 'cluster.x-k8s.io/secret',
    data: { value: Buffer.from(workload.kubeconfig()).toString('base64') },
  })
  await client.create(resourceOf(clusterKind), {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'Cluster',
    metadata: { namespace: 'default', name: 'prod' },
    spec: { controlPlaneEndpoint: { host: 'prod.example.com', port: 6443 } },
  })
}

async function createPool(
  client: Client,
  replicas: number,
  metadata: { readonly annotations?: Record<string, string> } = {},
): Promise<void> {
  await client.create(machinePools, {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata: { ...poolKey, ...metadata },
    spec: {
      clusterName: 'prod',
      replicas,
      template: {
        spec: {
          clusterName: 'prod',
          version: 'v1.33.1',
          bootstrap: { dataSecretName: 'given' },
          infrastructureRef: { apiGroup: infraPools.group, kind: infraPools.kind, name: poolKey.name },
        },
      },
    },
  })
  await client.create(infraPools, {
    apiVersion: `${infraPools.group}/${infraPools.version}`,
    kind: infraPools.kind,
    metadata: { ...poolKey, finalizers: ['test/provider'] },
    spec: {},
  })
}

/** Names of the Nodes, sorted. */
export async function nodeNames({ workloadClient }: PoolWorld): Promise<string[]> {
  const { items } = await workloadClient.list(nodes)
  return items.map(({ metadata }) => metadata.name ?? '').toSorted()
}
