import { clearTimeout as stopTimer, setTimeout as startTimer } from 'node:timers'
import { setTimeout } from 'node:timers/promises'

import { clusterKind, machinePoolKind, resourceOf, type Cluster, type MachinePool } from '@machinepool/api'
import { createInfraMachinePoolController } from '@machinepool/core'
import { nodes, secrets, type Resource } from '@machinepool/kube'
import {
  awsMachinePoolKind,
  createAwsProvider,
  type AwsCall,
  type AWSMachinePool,
  type AwsProvider,
  type AwsProviderOptions,
} from '@machinepool/provider-aws'
import type { Clock, Request } from '@machinepool/runtime'
import {
  createManualClock,
  createMemoryApi,
  createTestManager,
  createTestWorkloadClusters,
  type ManualClock,
  type MemoryApi,
  type TestManager,
} from '@machinepool/runtime/testing'

import { undying, type Life, type Lifeline } from './life.ts'

const namespace = 'default'
const clusterName = 'bench'
export const clusters: Resource<Cluster> = resourceOf(clusterKind)
export const machinePools: Resource<MachinePool> = resourceOf(machinePoolKind)
export const infraPools: Resource<AWSMachinePool> = resourceOf(awsMachinePoolKind)
type Spec = NonNullable<AWSMachinePool['spec']>

/** Real milliseconds without a call after which all workers are taken to wait for time. */
const stallMs = 2_000
/** How much time they are given then. */
const turnMs = 5_000
/** As the engine has it by default. */
const concurrency = 20
/** The images of the simulated AWS, for amd64, that fit the look-up; another is the newer one. */
const version = 'v1.34.0'

/** A simulated AWS whose time is driven together with the rig's. */
export interface RigCloud {
  readonly url: string
  advance(ms: number): Promise<void>
}

/** The AWS provider under the engine, in simulated time, on Kubernetes in memory and AWS over HTTP. */
export interface Rig {
  /** Every call to AWS. */
  readonly calls: readonly AwsCall[]
  readonly clock: Clock
  /** The management cluster. */
  readonly api: MemoryApi
  readonly workload: MemoryApi
  addPool(name: string, replicas: number, spec?: Partial<Spec>): void
  pool(name: string): AWSMachinePool | undefined
  setReplicas(name: string, replicas: number): void
  setSpec(name: string, change: Partial<Spec>): void
  /** New content of the pool's bootstrap data, as when a token is rotated. */
  rotate(name: string): void
  /** Another Secret with the same content, as when the bootstrap configuration was exchanged. */
  exchangeBootstrap(name: string, secret: string): void
  remove(name: string): Promise<void>
  /** The cloud controller manager removes the Node of an instance that has failed. */
  removeNode(providerID: string): void
  /** Lets time pass, with everything that falls due in it. */
  run(ms: number): Promise<void>
  /** Lets time pass until it is so. @throws Error when `limitMs` are over before */
  until(what: string, limitMs: number, done: () => boolean): Promise<void>
  close(): Promise<void>
}

/**
 * @param manual the time of everything but the cloud, which must have begun at the same moment
 * @param lifeline ends the process at one of its writes; another one is started, which knows what is stored and nothing else
 */
export function createRig(
  cloud: RigCloud,
  manual: ManualClock = createManualClock(),
  lifeline: Lifeline = undying,
  options: Pick<AwsProviderOptions, 'machines'> = {},
): Rig {
  const clock = withoutShortWaits(manual)
  const api = createMemoryApi(clock)
  const workload = createMemoryApi(clock)
  const calls: AwsCall[] = []
  putCluster(api)

  function startProcess(): { readonly manager: TestManager; readonly provider: AwsProvider; readonly life: Life } {
    const life = lifeline.begin()
    const workloadClusters = createTestWorkloadClusters()
    const requestHandler = life.handler
    const provider = createAwsProvider({
      ...options,
      credentials: { accessKeyId: 'AKIDBENCH', secretAccessKey: 'secret' },
      endpoints: { autoscaling: cloud.url, ec2: cloud.url, s3: cloud.url, ssm: cloud.url },
      onCall: (call) => calls.push(call),
      ...(requestHandler && { requestHandler }),
    })
    const manager = createTestManager(life.api(api, 'management'), clock)
    createInfraMachinePoolController(manager.manager, {
      provider: provider.machinePool,
      workloadClusters,
      managementId: 'bench',
    })
    workloadClusters.connect({ namespace, name: clusterName }, life.api(workload, 'workload'))
    return { manager, provider, life }
  }

  let process = startProcess()
  const due = new Map<string, number>()
  const failed = new Set<string>()

  async function work(request: Request): Promise<void> {
    due.delete(request.name)
    const { manager, life, provider } = process
    const result = await manager.reconcile(request).catch((error: unknown) => {
      if (!life.ended) throw error
      return undefined
    })
    if (life.ended) {
      await provider.close()
      process = startProcess()
    }
    if (result?.requeueAfterMs !== undefined) due.set(request.name, manual.now() + result.requeueAfterMs)
  }

  /** Everything that can be done without time passing, by as many workers as the engine has. */
  async function settle(): Promise<void> {
    for (;;) {
      const now = [...due].filter(([, at]) => at <= manual.now()).map(([name]) => ({ namespace, name }))
      const requests = new Map([...now, ...process.manager.queued].map((request) => [request.name, request]))
      if (requests.size === 0) return
      const waiting = [...requests.values()]
      const worker = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          // A worker does one thing at a time.
          // oxlint-disable-next-line no-await-in-loop
          await work(next)
        }
      }
      // oxlint-disable-next-line no-await-in-loop
      await finish(Promise.all(Array.from({ length: concurrency }, worker)))
      syncNodes(api, workload, failed)
    }
  }

  /** Calls may have to wait for their turn (AWS's rate limits are respected), and that takes simulated time. */
  async function finish(all: Promise<unknown>): Promise<void> {
    const done = all.then(() => true)
    for (;;) {
      const before = calls.length
      // oxlint-disable-next-line no-await-in-loop
      if (await Promise.race([done, setTimeout(stallMs, false)])) return
      // oxlint-disable-next-line no-await-in-loop
      if (calls.length === before) await pass(turnMs)
    }
  }

  async function pass(ms: number): Promise<void> {
    await Promise.all([manual.advance(ms), cloud.advance(ms)])
  }

  async function until(limitMs: number, done: () => boolean): Promise<boolean> {
    const end = manual.now() + limitMs
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      await settle()
      if (done()) return true
      const next = Math.min(end, ...due.values())
      if (manual.now() >= end) return false
      // oxlint-disable-next-line no-await-in-loop
      await pass(Math.max(1, next - manual.now()))
    }
  }

  return {
    calls,
    clock,
    api,
    workload,
    addPool: (name, replicas, spec = {}) => putPool(api, name, replicas, spec),
    pool: (name) => api.get(infraPools, { namespace, name }),
    setReplicas(name, replicas) {
      const pool = api.get(machinePools, { namespace, name })!
      api.put(machinePools, { ...pool, spec: { ...pool.spec, replicas } })
    },
    setSpec(name, change) {
      const pool = api.get(infraPools, { namespace, name })!
      api.put(infraPools, { ...pool, spec: { ...pool.spec!, ...change } })
    },
    exchangeBootstrap(name, secret) {
      const pool = api.get(machinePools, { namespace, name })!
      const old = api.get(secrets, { namespace, name: bootstrapName(name) })!
      const { data = {} } = old
      api.put(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: secret }, data })
      const template = pool.spec.template
      const bootstrap = { ...template.spec.bootstrap, dataSecretName: secret }
      api.put(machinePools, {
        ...pool,
        spec: { ...pool.spec, template: { ...template, spec: { ...template.spec, bootstrap } } },
      })
    },
    rotate: (name) => putBootstrap(api, name, `token ${manual.now()}`),
    remove: (name) => api.client.delete(infraPools, { namespace, name }),
    removeNode(providerID) {
      failed.add(providerID)
      workload.drop(nodes, { name: idOf(providerID) })
    },
    async run(ms) {
      await until(ms, () => false)
    },
    async until(what, limitMs, done) {
      if (!(await until(limitMs, done))) throw new Error(`${what} did not come about in ${limitMs / 1000} s`)
    },
    close: () => process.provider.close(),
  }
}

/** Waits that gather reads for one call are between processes: real HTTP does not stand still with simulated time. */
const shortWaitMs = 200

function withoutShortWaits(manual: Clock): Clock {
  return {
    now: () => manual.now(),
    after(ms, callback) {
      if (ms > shortWaitMs) return manual.after(ms, callback)
      const timer = startTimer(callback, ms)
      return () => stopTimer(timer)
    },
  }
}

function putCluster(api: MemoryApi): void {
  api.put(clusters, {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'Cluster',
    metadata: { namespace, name: clusterName },
    spec: { clusterNetwork: { apiServerPort: 6443 } },
  })
}

function putPool(api: MemoryApi, name: string, replicas: number, spec: Partial<Spec>): void {
  putBootstrap(api, name, 'first token')
  const owner = api.put(machinePools, {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata: { namespace, name, labels: { 'cluster.x-k8s.io/cluster-name': clusterName } },
    spec: {
      clusterName,
      replicas,
      template: {
        spec: {
          clusterName,
          version,
          bootstrap: { dataSecretName: bootstrapName(name) },
          infrastructureRef: {
            apiGroup: 'infrastructure.cluster.x-k8s.io',
            kind: 'AWSMachinePool',
            name,
          },
        },
      },
    },
  })
  api.put(infraPools, {
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta2',
    kind: 'AWSMachinePool',
    metadata: {
      namespace,
      name,
      labels: { 'cluster.x-k8s.io/cluster-name': clusterName },
      ownerReferences: [
        {
          apiVersion: owner.apiVersion,
          kind: 'MachinePool',
          name,
          uid: owner.metadata.uid ?? '',
          controller: true,
        },
      ],
    },
    // Image and subnets are looked up, as in the documented samples.
    spec: {
      region: 'us-east-1',
      minSize: 0,
      maxSize: 10,
      subnets: [{ id: 'subnet-123' }],
      awsLaunchTemplate: { instanceType: 'm5.large' },
      // As long as the emulator took that upstream was measured on.
      refreshPreferences: { instanceWarmup: 10 },
      ...spec,
    },
  })
}

function bootstrapName(pool: string): string {
  return `${pool}-bootstrap`
}

function putBootstrap(api: MemoryApi, pool: string, value: string): void {
  api.put(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name: bootstrapName(pool) },
    data: { value: Buffer.from(`#cloud-config\n# ${value}\n`).toString('base64') },
  })
}

/** Nodes are ready as soon as their instance is listed, and gone with it. */
function syncNodes(api: MemoryApi, workload: MemoryApi, failed: ReadonlySet<string>): void {
  const ids = api.list(infraPools).flatMap(({ spec }) => spec?.providerIDList ?? [])
  const listed = new Set(ids.filter((id) => !failed.has(id)))
  const present = new Set<string>()
  for (const node of workload.list(nodes)) {
    const id = node.spec?.providerID ?? ''
    if (listed.has(id)) present.add(id)
    else workload.drop(nodes, { name: node.metadata.name ?? '' })
  }
  for (const providerID of listed) {
    if (present.has(providerID)) continue
    workload.put(nodes, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: idOf(providerID) },
      spec: { providerID },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    })
  }
}

function idOf(providerID: string): string {
  return providerID.split('/').at(-1) ?? ''
}
