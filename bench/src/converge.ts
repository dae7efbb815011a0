import { machinePoolKind, resourceOf, type MachinePool } from '@machinepool/api'
import { awsKinds } from '@machinepool/provider-aws'
import type { Resource } from '@machinepool/kube'
import { startSystem, type System } from 'machinepool'

import type { Benchmark, BenchmarkOptions } from './benchmark.ts'
import { watchResources } from './resource-usage.ts'

const machinePools = resourceOf(machinePoolKind)
const awsMachinePools = resourceOf(awsKinds.find(({ kind }) => kind === 'AWSMachinePool')!)
const kubeadmConfigs: Resource = {
  group: 'bootstrap.cluster.x-k8s.io',
  version: 'v1beta2',
  kind: 'KubeadmConfig',
  plural: 'kubeadmconfigs',
  namespaced: true,
}
const namespace = 'default'

/** A minute for each hundred pools, and one more: what takes longer has failed. */
const patienceMs = (pools: number) => 60_000 * (1 + pools / 100)

/**
 * The whole system in one process: from applying the pools to all of them Running. Writes are counted at the management
 * API server, where each takes one number: everything the controllers write, Events included, without the applied objects.
 */
export const converge: Benchmark = {
  name: 'converge',
  description:
    'Apply --pools pools of --instances each on the simulated AWS: time to all Running, memory, calls, writes.',
  async run({ parameters, progress }: BenchmarkOptions) {
    const { pools = 200, instances = 5 } = parameters
    const { secondsToAllRunning, peakRssMiB, cpuSeconds, cloudCalls, apiWrites } = await measure(
      pools,
      instances,
      progress,
    )
    const alone = await measure(1, instances, progress)
    progress(`one pool took ${alone.secondsToAllRunning} s`)
    return {
      pools,
      instances,
      secondsToAllRunning,
      cpuSeconds,
      peakRssMiB,
      cloudCalls,
      cloudCallsPerPool: perPool(cloudCalls, pools),
      apiWrites,
      apiWritesPerPool: perPool(apiWrites, pools),
      onePool: { cloudCalls: alone.cloudCalls, apiWrites: alone.apiWrites },
    }
  },
}

function perPool(count: number, pools: number): number {
  return Math.round((count / pools) * 100) / 100
}

async function measure(pools: number, instances: number, progress: BenchmarkOptions['progress']) {
  const system = await startSystem({
    signal: new AbortController().signal,
    simulate: { cloud: 'aws' },
    clusters: [{ namespace, name: 'capa' }],
  })
  try {
    await connected(system)
    const stop = watchResources()
    system.aws!.calls.reset()
    const before = await revision(system)
    await Promise.all([allRunning(system, pools, instances, progress), applyPools(system, pools, instances)])
    const { seconds, cpuSeconds, peakRssMiB } = stop()
    const apiWrites = (await revision(system)) - before - 3 * pools
    return { secondsToAllRunning: seconds, cpuSeconds, peakRssMiB, cloudCalls: system.aws!.calls.count(), apiWrites }
  } finally {
    await system.close()
  }
}

/** A first pool is made and taken away: what a system does once is not part of the measurement. */
async function connected(system: System): Promise<void> {
  const running = allRunning(system, 1, 1, () => {})
  await applyPool(system, 'warm-up', 1)
  await running
  const gone = new Promise<void>((resolve) => {
    const off = system.onPoolChange(() => {
      if (system.pools.list().length > 0) return
      off()
      resolve()
    })
  })
  await system.client.delete(machinePools, { namespace, name: 'warm-up' })
  await gone
}

async function revision(system: System): Promise<number> {
  return Number((await system.client.list(machinePools, { limit: 1 })).resourceVersion)
}

function allRunning(system: System, pools: number, instances: number, progress: BenchmarkOptions['progress']) {
  const isThere = ({ status }: MachinePool) => status?.phase === 'Running' && status.readyReplicas === instances
  return new Promise<void>((resolve, reject) => {
    const count = () => system.pools.list().filter(isThere).length
    const timer = setTimeout(() => {
      finish()
      const others = system.pools.list().filter((pool) => !isThere(pool))
      const what = others.slice(0, 5).map(({ metadata, status }) => `${metadata.name} is ${status?.phase ?? 'untold'}`)
      reject(new Error(`${count()} of ${pools} pools are Running; ${what.join(', ')}`))
    }, patienceMs(pools))
    const ticker = setInterval(() => progress(`${count()} of ${pools} pools are Running`), 2000)
    const off = system.onPoolChange(() => {
      if (count() < pools) return
      finish()
      resolve()
    })
    const finish = () => {
      off()
      clearTimeout(timer)
      clearInterval(ticker)
    }
  })
}

async function applyPools(system: System, pools: number, instances: number): Promise<void> {
  const names = Array.from({ length: pools }, (_, index) => `pool-${index}`)
  // As many at a time as a client that is in a hurry.
  const workers = Array.from({ length: 8 }, async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      // oxlint-disable-next-line no-await-in-loop
      await applyPool(system, name, instances)
    }
  })
  await Promise.all(workers)
}

async function applyPool({ client }: System, name: string, replicas: number): Promise<void> {
  const metadata = { namespace, name }
  await client.create(awsMachinePools, {
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta2',
    kind: 'AWSMachinePool',
    metadata,
    spec: {
      minSize: 0,
      maxSize: replicas,
      availabilityZones: ['us-east-1a'],
      awsLaunchTemplate: { instanceType: 'm5.large', sshKeyName: 'default' },
    },
  })
  await client.create(kubeadmConfigs, {
    apiVersion: 'bootstrap.cluster.x-k8s.io/v1beta2',
    kind: 'KubeadmConfig',
    metadata,
    spec: { joinConfiguration: { nodeRegistration: { name: '{{ ds.meta_data.local_hostname }}' } } },
  })
  const spec = {
    clusterName: 'capa',
    version: 'v1.31.0',
    bootstrap: { configRef: { apiGroup: 'bootstrap.cluster.x-k8s.io', kind: 'KubeadmConfig', name } },
    infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'AWSMachinePool', name },
  }
  await client.create(machinePools, {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata,
    spec: { clusterName: 'capa', replicas, template: { spec } },
  })
}
