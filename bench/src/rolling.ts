import { machinePoolKind, resourceOf, type MachinePool } from '@machinepool/api'
import { nodes, type Node, type Resource } from '@machinepool/kube'
import { awsKinds } from '@machinepool/provider-aws'
import { startSystem, type System } from 'machinepool'

import type { Benchmark, BenchmarkOptions } from './benchmark.ts'
import { watchResources } from './resource-usage.ts'

const machinePools: Resource<MachinePool> = resourceOf(machinePoolKind)
const awsMachinePools: Resource = resourceOf(awsKinds.find(({ kind }) => kind === 'AWSMachinePool')!)
const namespace = 'default'
const cluster = 'capa'
const before = 'm5.large'
const after = 'm5.xlarge'

interface Budget {
  readonly surge: number
  readonly unavailable: number
}

/**
 * Every pool of the system gets another instance type at the same time. Whether budgets are kept is found out by a watcher
 * that reads the cloud and the Nodes and knows nothing of the engine.
 */
export const rolling: Benchmark = {
  name: 'rolling',
  description: 'Roll --pools pools of --instances each to another type: time, calls, writes, memory, broken budgets.',
  async run({ parameters, progress }: BenchmarkOptions) {
    const { pools = 100, instances = 10, surge = 2, unavailable = 2, minutes = 15 } = parameters
    const budget = { surge, unavailable }
    const system = await startSystem({
      signal: new AbortController().signal,
      simulate: { cloud: 'aws' },
      clusters: [{ namespace, name: cluster }],
    })
    try {
      const names = Array.from({ length: pools }, (_, index) => `pool-${index}`)
      await each(names, (name) => createPool(system, name, instances, budget))
      await until(minutes, () => rolledTo(system, before, instances, pools, progress))
      const stop = watchResources()
      const calls = system.aws!.calls
      calls.reset()
      const revision = await revisionOf(system)
      const watcher = watchBudgets(system, instances, budget)
      await each(names, (name) => changeType(system, name))
      await until(minutes, () => rolledTo(system, after, instances, pools, progress))
      const budgetViolations = watcher.stop()
      const { seconds, cpuSeconds, peakRssMiB } = stop()
      return {
        pools,
        instances,
        maxSurge: surge,
        maxUnavailable: unavailable,
        seconds,
        // The simulated cloud runs on the same clock as everything else here.
        simulatedSeconds: seconds,
        cpuSeconds,
        rssMiB: peakRssMiB,
        cloudCalls: calls.count(),
        cloudCallsByOperation: calls.counts(),
        apiWrites: (await revisionOf(system)) - revision - pools,
        looks: watcher.looks(),
        budgetViolations,
      }
    } finally {
      await system.close()
    }
  },
}

interface BudgetWatcher {
  readonly looks: () => number
  /** What was seen, each kind of violation of each pool once. */
  readonly stop: () => readonly string[]
}

const lookEveryMs = 1_000

function watchBudgets(system: System, instances: number, { surge, unavailable }: Budget): BudgetWatcher {
  const workload = system.clusters!.client(cluster)!
  const violations = new Set<string>()
  let count = 0
  let ended = false
  const look = async () => {
    const { items } = await workload.list(nodes)
    const serving = new Set(items.filter(isServing).map(({ spec }) => spec?.providerID?.split('/').at(-1)))
    for (const { name, members } of system.aws!.region().groups()) {
      const available = members.filter(({ id }) => serving.has(id)).length
      const present = members.filter(({ state }) => !state.startsWith('Terminat')).length
      if (available < instances - unavailable) violations.add(`${name}: ${available} of ${instances} were available`)
      if (present > instances + surge) violations.add(`${name}: ${present} instances`)
    }
    count += 1
  }
  const again = () => {
    if (!ended) timer = setTimeout(() => void look().catch(fail).finally(again), lookEveryMs)
  }
  // A watcher that did not see everything has proven nothing.
  const fail = (error: unknown) => void violations.add(`a look failed: ${(error as Error).message}`)
  let timer: NodeJS.Timeout | undefined
  again()
  return {
    looks: () => count,
    stop() {
      ended = true
      clearTimeout(timer)
      return [...violations]
    },
  }
}

function isServing({ spec, status }: Node): boolean {
  const isReady = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false
  return isReady && spec?.unschedulable !== true
}

/** True when every pool consists of this type alone, and all its Nodes are ready. */
function rolledTo(
  system: System,
  type: string,
  instances: number,
  pools: number,
  progress: BenchmarkOptions['progress'],
): boolean {
  const groups = system.aws!.region().groups()
  const rolled = new Set(
    groups
      .filter(
        ({ members }) =>
          members.length === instances &&
          members.every((member) => member.type === type && member.state === 'InService'),
      )
      .map(({ name }) => name),
  )
  const done = system.pools
    .list()
    .filter(({ status, metadata }) => status?.readyReplicas === instances && rolled.has(metadata.name ?? '')).length
  progress(`${done} of ${pools} pools are of type ${type}`)
  return done === pools
}

async function until(minutes: number, done: () => boolean): Promise<void> {
  const end = Date.now() + minutes * 60_000
  while (!done()) {
    if (Date.now() > end) throw new Error(`not done after ${minutes} minutes`)
    // Waiting is what is measured.
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

async function revisionOf(system: System): Promise<number> {
  return Number((await system.client.list(machinePools, { limit: 1 })).resourceVersion)
}

/** As many at a time as a client that is in a hurry. */
async function each(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  const left = [...names]
  const workers = Array.from({ length: 8 }, async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      // oxlint-disable-next-line no-await-in-loop
      await work(name)
    }
  })
  await Promise.all(workers)
}

async function changeType({ client }: System, name: string): Promise<void> {
  const body = { spec: { awsLaunchTemplate: { instanceType: after } } }
  await client.patch(awsMachinePools, { namespace, name }, { type: 'merge', body })
}

async function createPool({ client }: System, name: string, replicas: number, budget: Budget): Promise<void> {
  const metadata = { namespace, name }
  await client.create(awsMachinePools, {
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta2',
    kind: 'AWSMachinePool',
    metadata,
    spec: {
      minSize: 0,
      maxSize: replicas + budget.surge,
      availabilityZones: ['us-east-1a'],
      awsLaunchTemplate: { instanceType: before, sshKeyName: 'default' },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: budget.surge, maxUnavailable: budget.unavailable },
      },
    },
  })
  await client.create(
    {
      group: 'bootstrap.cluster.x-k8s.io',
      version: 'v1beta2',
      kind: 'KubeadmConfig',
      plural: 'kubeadmconfigs',
      namespaced: true,
    },
    {
      apiVersion: 'bootstrap.cluster.x-k8s.io/v1beta2',
      kind: 'KubeadmConfig',
      metadata,
      spec: { joinConfiguration: { nodeRegistration: { name: '{{ ds.meta_data.local_hostname }}' } } },
    },
  )
  const spec = {
    clusterName: cluster,
    version: 'v1.31.0',
    bootstrap: { configRef: { apiGroup: 'bootstrap.cluster.x-k8s.io', kind: 'KubeadmConfig', name } },
    infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'AWSMachinePool', name },
  }
  await client.create(machinePools, {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata,
    spec: { clusterName: cluster, replicas, template: { spec } },
  })
}
