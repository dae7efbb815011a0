import {
  admit,
  clusterKind,
  convert,
  fieldErrorText,
  invalidMessage,
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
import { createMachineController, createMachinePoolController } from '@machinepool/core'
import { createClient, loadKubeconfig, nodes, secrets, type Client, type RequestObservation } from '@machinepool/kube'
import { createManager, createWorkloadClusters, type Manager, type WorkloadClusters } from '@machinepool/runtime'
import { pino } from 'pino'

import { startChosenServer, type ChosenServer, type RulesOfKinds } from './chosen-server.ts'
import { infraPools, machinePools, testMachineKind, testPoolKind } from './machine-pool-kinds.ts'
import { addTestProvider } from './machine-pool-provider.ts'

export const poolKey = { namespace: 'default', name: 'np' }

/** A management cluster with our controllers, and its workload cluster. A real server is both. */
export interface PoolWorld {
  readonly management: ChosenServer
  readonly workload: ChosenServer
  readonly client: Client
  readonly workloadClient: Client
  createPool(replicas: number, metadata?: { readonly annotations?: Record<string, string> }): Promise<void>
  stop(): Promise<void>
}

export interface PoolWorldOptions {
  readonly gates?: FeatureGates
  /** CRDs besides the core ones. Default: those of the test provider. */
  readonly definitions?: readonly object[]
  /** Adds the controllers. Default: ours for pools and their Machines, and a provider of instances that are Nodes at once. */
  readonly setup?: (manager: Manager, workloadClusters: WorkloadClusters, workload: Client) => void
  /** Sees every request of the controllers. */
  readonly onRequest?: (seen: RequestObservation) => void
}

const core = [clusterKind, machinePoolKind, machineKind, machineSetKind, machineDeploymentKind, kubeadmConfigKind]

export async function startPoolWorld(options: PoolWorldOptions = {}): Promise<PoolWorld> {
  const {
    gates = { MachinePool: true },
    definitions = [testPoolKind, testMachineKind].map((kind) => toCustomResourceDefinition(kind)),
    setup = setupMachines,
    onRequest,
  } = options
  const crds = [...core.map((kind) => toCustomResourceDefinition(kind)), ...definitions]
  const management = await startChosenServer(crds, rulesFor(gates))
  const workload = management.kind === 'real' ? management : await startChosenServer()
  const managed = await connect(management, onRequest)
  const client = await connect(management)
  const workloadClient = await connect(workload)
  const manager = createManager({ client: managed, log: pino({ level: 'silent' }) })
  setup(manager, createWorkloadClusters({ manager }), workloadClient)
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
      await Promise.all([management, ...(workload === management ? [] : [workload])].map((server) => server.close()))
    },
  }
}

function rulesFor(gates: FeatureGates): RulesOfKinds {
  // The packages do not know each other; their objects have the same shape.
  const rules = {
    admit: (request: AdmissionRequest) => admit(request, gates),
    convert: (object: UnknownApiObject, apiVersion: string) => convert(object, apiVersion),
  }
  return {
    kinds: core,
    hooks: rules as RulesOfKinds['hooks'],
    webhooks: {
      ...rules,
      explain: invalidMessage,
      explainField: fieldErrorText,
    } as RulesOfKinds['webhooks'],
  }
}

function setupMachines(manager: Manager, workloadClusters: WorkloadClusters, workload: Client): void {
  createMachinePoolController(manager, { workloadClusters })
  createMachineController(manager, { workloadClusters })
  addTestProvider(manager, workload)
}

async function connect(server: ChosenServer, onRequest?: PoolWorldOptions['onRequest']): Promise<Client> {
  const config = await loadKubeconfig({ text: server.kubeconfig() })
  return createClient(config, onRequest === undefined ? {} : { onRequest })
}

async function createCluster(client: Client, workload: ChosenServer): Promise<void> {
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
