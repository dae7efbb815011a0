import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { coreKinds, machineKind, machinePoolKind, resourceOf, toCustomResourceDefinition } from '@machinepool/api'
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
} from '@machinepool/kube'
import { awsKinds } from '@machinepool/provider-aws'
import { gcpKinds } from '@machinepool/provider-gcp'
import { runManagerProgram, type ManagerProgram } from '@machinepool/runtime'
import { createAwsSimulator, createGcpSimulator, type AwsSimulator, type GcpSimulator } from '@machinepool/simulator'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { awsInfrastructure, createCluster, createPool, gcpInfrastructure } from './cluster-objects.ts'
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
  await createCluster(client, 'aws', awsInfrastructure, workloadServer.kubeconfig())
  await createCluster(client, 'gcp', gcpInfrastructure, workloadServer.kubeconfig())
})

afterAll(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
  vi.unstubAllEnvs()
  await readMetrics.dispatcher.close()
  await Promise.all([aws.close(), gcp.close(), client.close(), workload.close()])
  await Promise.all([server.close(), workloadServer.close()])
  await rm(folder, { recursive: true, force: true })
})

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
  await createPool(client, {
    name: 'aws',
    kind: 'AWSMachinePool',
    version: 'v1beta2',
    replicas: 3,
    spec: {
      minSize: 0,
      maxSize: 10,
      subnets: [{ id: 'subnet-123' }],
      awsLaunchTemplate: { instanceType: 't3.large' },
    },
  })
  await createPool(client, {
    name: 'gcp',
    kind: 'GCPMachinePool',
    version: 'v1beta1',
    replicas: 3,
    spec: { zones: ['us-central1-a'], instanceType: 'n2-standard-2', subnet: 'default' },
  })
  await Promise.all([live('aws'), live('gcp')])
  const wrong = Object.entries(guarded).map(([name, one]) => ({
    name,
    missing: [...one.proxy.missing],
    unused: unused(one),
  }))
  expect(wrong).toEqual(Object.keys(guarded).map((name) => ({ name, missing: [], unused: [] })))
}, 180_000)
