import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  coreKinds,
  machineKind,
  machinePoolKind,
  resourceOf,
  toCustomResourceDefinition,
  type MachinePool,
} from '@machinepool/api'
import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { awsManager } from '@machinepool/aws-manager'
import { coreManager } from '@machinepool/core-manager'
import { gcpManager } from '@machinepool/gcp-manager'
import {
  createClient,
  isNotFound,
  loadKubeconfig,
  namespaces,
  type Client,
  type KubeObject,
  type ObjectKey,
  type Resource,
  type UnknownObject,
} from '@machinepool/kube'
import { awsKinds } from '@machinepool/provider-aws'
import { gcpKinds } from '@machinepool/provider-gcp'
import { runManagerProgram, type ManagerProgram } from '@machinepool/runtime'
import { createAwsSimulator, createGcpSimulator, type AwsSimulator, type GcpSimulator } from '@machinepool/simulator'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { covers, grantedRights, namespaceOf, textOf, type Right } from './cluster-role.ts'
import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'
import { createGuardingProxy, type GuardingProxy } from './guarding-proxy.ts'

const namespace = 'default'
const token = 'token-of-everybody'
const pools = resourceOf(machinePoolKind)
const machines = resourceOf(machineKind)

let folder: string
let server: ApiServer
let client: Client
let workloadServer: ApiServer
let workload: Client
let aws: AwsSimulator
let gcp: GcpSimulator

const readMetrics = {
  dispatcher: new Agent({ connect: { rejectUnauthorized: false } }),
  headers: { authorization: `Bearer ${token}` },
}

const closing: (() => Promise<unknown> | void)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'permissions-'))
  const kinds = [...coreKinds, ...awsKinds, ...gcpKinds]
  server = await createApiServer({ crds: kinds.map((kind) => toCustomResourceDefinition(kind)), token })
  client = createClient(await loadKubeconfig({ text: server.kubeconfig() }))
  workloadServer = await createApiServer()
  workload = createClient(await loadKubeconfig({ text: workloadServer.kubeconfig() }))
  const machinesOf = { workload: () => workload }
  const timings = { reaction: 20, launch: 60, boot: 100, shutdown: 60, nodeRemoval: 50 }
  aws = await createAwsSimulator({ timings, machines: machinesOf })
  gcp = await createGcpSimulator({ project: 'simulated-project', machines: machinesOf, timings: { boot: 100 } })
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIASIMULATED0000000')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'simulated')
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url)
  await addCluster('aws', 'AWSCluster', 'v1beta2', {
    spec: {
      region: 'us-east-1',
      network: {
        vpc: { id: 'vpc-123' },
        subnets: [{ id: 'subnet-123', resourceID: 'subnet-123', availabilityZone: 'us-east-1a' }],
      },
    },
    status: { ready: true, networkStatus: { securityGroups: { node: { id: 'sg-node', name: 'sg-node' } } } },
  })
  await addCluster('gcp', 'GCPCluster', 'v1beta1', {
    spec: { project: 'simulated-project', region: 'us-central1', network: { name: 'default' } },
    status: { ready: true, failureDomains: { 'us-central1-a': {} } },
  })
})

afterAll(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
  vi.unstubAllEnvs()
  await readMetrics.dispatcher.close()
  await Promise.all([aws.close(), gcp.close(), client.close(), workload.close()])
  await Promise.all([server.close(), workloadServer.close()])
  await rm(folder, { recursive: true, force: true })
})

function infra(kind: string, version: string): Resource {
  const plural = `${kind.toLowerCase()}s`
  return { group: 'infrastructure.cluster.x-k8s.io', version, kind, plural, namespaced: true }
}

/** A cluster that exists, with the objects of which its infrastructure's controllers would make it known. */
async function addCluster(name: string, kind: string, version: string, own: { spec: object; status: object }) {
  const metadata = { namespace, name, labels: { 'cluster.x-k8s.io/cluster-name': name } }
  const controlPlaneEndpoint = { host: '10.0.0.1', port: 6443 }
  const group = 'infrastructure.cluster.x-k8s.io'
  const write = async (resource: Resource, object: object, status?: object) => {
    await client.create(resource, object as UnknownObject)
    if (status)
      await client.patch(resource, { namespace, name }, { type: 'merge', body: { status } }, { subresource: 'status' })
  }
  const apiVersion = `${group}/${version}`
  await write(
    infra(kind, version),
    { apiVersion, kind, metadata, spec: { ...own.spec, controlPlaneEndpoint } },
    own.status,
  )
  await write(
    { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...metadata, name: `${name}-kubeconfig` },
      type: 'cluster.x-k8s.io/secret',
      data: { value: Buffer.from(workloadServer.kubeconfig()).toString('base64') },
    },
  )
  const lastTransitionTime = '2026-01-01T00:00:00Z'
  const conditions = ['InfrastructureReady', 'ControlPlaneInitialized', 'ControlPlaneAvailable'].map((type) => ({
    type,
    status: 'True',
    reason: 'Ready',
    message: '',
    lastTransitionTime,
  }))
  await write(
    { group: 'cluster.x-k8s.io', version: 'v1beta2', kind: 'Cluster', plural: 'clusters', namespaced: true },
    {
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      kind: 'Cluster',
      metadata,
      spec: { controlPlaneEndpoint, infrastructureRef: { apiGroup: group, kind, name } },
    },
    {
      phase: 'Provisioned',
      initialization: { infrastructureProvisioned: true, controlPlaneInitialized: true },
      conditions,
    },
  )
}

interface Guarded {
  readonly proxy: GuardingProxy
  readonly granted: readonly Right[]
}

/** Runs a manager that has the rights of its components and no other. */
async function run(program: ManagerProgram, app: string, file: string, ...args: string[]): Promise<Guarded> {
  const granted = grantedRights(app, file)
  const proxy = await createGuardingProxy(server.url, granted)
  const kubeconfig = join(folder, `${app}.kubeconfig`)
  await writeFile(kubeconfig, server.kubeconfig().replaceAll(server.url, proxy.url))
  const home = namespaceOf(app, file)
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: home } })
  const diagnostics = await freePort()
  const stop = new AbortController()
  let said = ''
  const ended = runManagerProgram(program, {
    args: [
      `--kubeconfig=${kubeconfig}`,
      '--leader-elect',
      `--leader-elect-namespace=${home}`,
      `--diagnostics-address=127.0.0.1:${diagnostics}`,
      '--health-addr=0',
      '--webhook-port=0',
      '--v=0',
      ...args,
    ],
    env: {},
    signal: stop.signal,
    write: (text) => (said += text),
  })
  closing.push(async () => {
    stop.abort()
    expect([await ended, said]).toEqual([0, ''])
    await proxy.close()
  })
  await eventually(async () => {
    const { statusCode, body } = await request(`https://127.0.0.1:${diagnostics}/metrics`, readMetrics)
    await body.dump()
    expect(statusCode).toBe(200)
  })
  return { proxy, granted }
}

async function ready(name: string, replicas: number): Promise<void> {
  await eventually(async () => {
    const { status } = await client.get(pools, { namespace, name })
    expect([status?.phase, status?.readyReplicas]).toEqual(['Running', replicas])
  }, 40_000)
}

async function apply(name: string, infraKind: string, version: string, spec: Record<string, unknown>): Promise<void> {
  const metadata = { namespace, name }
  const pool = {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata,
    spec: {
      clusterName: name,
      replicas: 3,
      template: {
        spec: {
          clusterName: name,
          version: 'v1.34.1',
          bootstrap: { configRef: { apiGroup: 'bootstrap.cluster.x-k8s.io', kind: 'KubeadmConfig', name } },
          infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: infraKind, name },
        },
      },
    },
  }
  await client.create(pools, pool as MachinePool)
  await client.create(infra(infraKind, version), {
    apiVersion: `infrastructure.cluster.x-k8s.io/${version}`,
    kind: infraKind,
    metadata,
    spec,
  })
  const kubeadmConfigs = {
    group: 'bootstrap.cluster.x-k8s.io',
    version: 'v1beta2',
    kind: 'KubeadmConfig',
    plural: 'kubeadmconfigs',
    namespaced: true,
  }
  await client.create(kubeadmConfigs, {
    apiVersion: 'bootstrap.cluster.x-k8s.io/v1beta2',
    kind: 'KubeadmConfig',
    metadata,
    spec: { joinConfiguration: { nodeRegistration: { name: '{{ ds.meta_data.local_hostname }}' } } },
  } as UnknownObject)
}

/** A pool is made, shrinks by draining, loses a Machine, and is deleted. */
async function live(name: string): Promise<void> {
  await ready(name, 3)
  await client.patch(pools, { namespace, name }, { type: 'merge', body: { spec: { replicas: 2 } } })
  await ready(name, 2)
  const { items } = await client.list(machines, { namespace, labelSelector: `cluster.x-k8s.io/cluster-name=${name}` })
  const [machine] = items
  if (machine) {
    const key = { namespace, name: machine.metadata.name ?? '' }
    await client.delete(machines, key)
    await gone(machines, key)
    await ready(name, 2)
  }
  await client.delete(pools, { namespace, name })
  await gone(pools, { namespace, name })
}

/** Waits until the object is no longer there. */
function gone<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<void> {
  return eventually(async () => {
    const found = await client.get(resource, key).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
    expect(found).toBeUndefined()
  }, 40_000)
}

const reads = new Set(['get', 'list', 'watch'])

/** Rights that no life of a pool comes across, with the reason why they are there. */
const explained: Readonly<Record<string, string>> = {
  'patch events': 'counts an event that comes again',
  'update machinepools/finalizers.cluster.x-k8s.io': 'asked for by OwnerReferencesPermissionEnforcement alone',
  'update machines/finalizers.cluster.x-k8s.io': 'asked for by OwnerReferencesPermissionEnforcement alone',
  'update awsmachinepools/finalizers.infrastructure.cluster.x-k8s.io':
    'asked for by OwnerReferencesPermissionEnforcement alone',
  'update gcpmachinepools/finalizers.infrastructure.cluster.x-k8s.io':
    'asked for by OwnerReferencesPermissionEnforcement alone',
  'delete awsmachinepoolmachines.infrastructure.cluster.x-k8s.io': 'an instance that went away by itself',
  'delete gcpmachinepoolmachines.infrastructure.cluster.x-k8s.io': 'an instance that went away by itself',
  'patch machinepools.cluster.x-k8s.io': 'a size that an autoscaler owns',
  'delete machines.cluster.x-k8s.io': 'a Machine that a health check has given up',
  'get machinedrainrules.cluster.x-k8s.io': 'instances that leave without a Machine controller',
  'patch secrets': 'a token that is renewed while a pool is small',
  'get awsmanagedclusters.infrastructure.cluster.x-k8s.io': 'an EKS cluster',
  'get gcpmanagedclusters.infrastructure.cluster.x-k8s.io': 'a GKE cluster',
  'get awsclustercontrolleridentities.infrastructure.cluster.x-k8s.io': 'a cluster with an identityRef',
  'get awsclusterroleidentities.infrastructure.cluster.x-k8s.io': 'a cluster with an identityRef',
  'get awsclusterstaticidentities.infrastructure.cluster.x-k8s.io': 'a cluster with an identityRef',
  'get *.controlplane.cluster.x-k8s.io': 'a cluster with a control plane object',
  'get customresourcedefinitions.apiextensions.k8s.io': 'the version of a control plane object',
}

/** What was granted and neither used nor explained. Who may read an object one way may read it the others. */
function unused({ proxy, granted }: Guarded): string[] {
  const used = [...proxy.used.values()]
  return granted
    .filter(
      (right) =>
        !used.some((one) =>
          covers(reads.has(right.verb) && reads.has(one.verb) ? { ...right, verb: one.verb } : right, one),
        ),
    )
    .map((right) => textOf(reads.has(right.verb) ? { ...right, verb: 'get' } : right))
    .filter((text) => explained[text] === undefined)
}

test('the rights that the managers’ components give are those that they need, and no other', async () => {
  const guarded = {
    core: await run(coreManager({}), 'core-manager', 'core-components.yaml', '--machine-controller'),
    aws: await run(
      awsManager({ AWS_REGION: 'us-east-1' }),
      'aws-manager',
      'infrastructure-components.yaml',
      '--feature-gates=MachinePoolMachines=true',
    ),
    gcp: await run(
      gcpManager({ CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: gcp.url, CLOUDSDK_AUTH_ACCESS_TOKEN: 'any' }),
      'gcp-manager',
      'infrastructure-components.yaml',
    ),
  }
  await apply('aws', 'AWSMachinePool', 'v1beta2', {
    minSize: 0,
    maxSize: 10,
    subnets: [{ id: 'subnet-123' }],
    awsLaunchTemplate: { instanceType: 't3.large' },
  })
  await apply('gcp', 'GCPMachinePool', 'v1beta1', {
    zones: ['us-central1-a'],
    instanceType: 'n2-standard-2',
    subnet: 'default',
  })
  await Promise.all([live('aws'), live('gcp')])
  const wrong = Object.entries(guarded).map(([name, one]) => ({
    name,
    missing: [...one.proxy.missing],
    unused: unused(one),
  }))
  expect(wrong).toEqual(Object.keys(guarded).map((name) => ({ name, missing: [], unused: [] })))
}, 180_000)
