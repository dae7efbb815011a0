import { clusterKind, machinePoolKind, resourceOf, type MachinePool } from '@machinepool/api'
import { createMachinePoolController } from '@machinepool/core'
import { type ObjectKey, type Resource, type UnknownObject } from '@machinepool/kube'
import type { WorkloadCluster, WorkloadClusters } from '@machinepool/runtime'
import { createManualClock, createMemoryApi, createTestManager } from '@machinepool/runtime/testing'

import { watchResources } from '../resource-usage.ts'
import { nodeText, providerID, type NodeState } from './node-text.ts'
import { NodeWatch } from './node-watch.ts'

// A process of its own: the MachinePool controller on a management cluster in memory, with Nodes that arrive as JSON text
// as a watch sends it. The transport to the API servers is not part of the figures.

const [nodeCount = 0, poolCount = 0] = process.argv.slice(2).map(Number)
const perPool = nodeCount / poolCount
// No Node twice in a round: the second time would be no change.
const rounds = 1_000

const endOfUse = watchResources()
const clock = createManualClock()
const api = createMemoryApi(clock)
const watch = new NodeWatch()
const cluster: ObjectKey = { namespace: 'default', name: 'prod' }
const infraPools: Resource = {
  group: 'infrastructure.cluster.x-k8s.io',
  version: 'v1beta2',
  kind: 'BenchMachinePool',
  plural: 'benchmachinepools',
  namespaced: true,
}
const key = (pool: number): ObjectKey => ({ namespace: 'default', name: `pool-${pool}` })

for (let index = 0; index < nodeCount; index++) watch.receive(nodeText(index, perPool, 0))
api.serve(infraPools, { 'cluster.x-k8s.io/v1beta2': 'v1beta2' })
api.put(resourceOf(clusterKind), {
  apiVersion: 'cluster.x-k8s.io/v1beta2',
  kind: 'Cluster',
  metadata: { ...cluster, uid: 'cluster' },
  spec: {},
})
for (let pool = 0; pool < poolCount; pool++) putPool(pool)

const workload = { key: cluster, client: createMemoryApi(clock).client, nodes: watch } as unknown as WorkloadCluster
const workloadClusters: WorkloadClusters = {
  get: () => workload,
  problem: () => undefined,
  onChange: () => () => {},
}
const runner = createTestManager(api, clock)
createMachinePoolController(runner.manager, { workloadClusters })
await settle()
for (let pool = 0; pool < poolCount; pool++) {
  const { status } = api.get(resourceOf(machinePoolKind), key(pool)) ?? {}
  if (status?.phase !== 'Running' || status.readyReplicas !== perPool) throw new Error(`pool ${pool} is not Running`)
}

let generation = 1
const heartbeatMicroseconds = await medianCpu(rounds, () => {
  const texts = updates(rounds, {})
  return () => heartbeats(texts)
})
let isOdd = false
/** Every second batch takes back what the one before did. */
function flipped(state: NodeState): NodeState {
  isOdd = !isOdd
  return isOdd ? state : {}
}
const changeMicroseconds = await medianCpu(rounds, () => {
  const texts = updates(rounds, flipped({ cordoned: true }))
  return () => changes(texts)
})
const reconcileMicroseconds = await medianCpu(rounds, () => async () => {
  for (let round = 0; round < rounds; round++) await runner.reconcile(key(round % poolCount))
})
const burstMicrosecondsPerReconcile = await medianCpu(poolCount, () => {
  generation += 1
  const now = flipped({ cordoned: true })
  for (let index = 0; index < nodeCount; index++) watch.receive(nodeText(index, perPool, generation, now))
  if (runner.queued.length !== poolCount) throw new Error(`${runner.queued.length} pools are to be looked at`)
  return settle
})
if (runner.errors.length > 0) throw runner.errors[0]

process.send?.({
  nodes: nodeCount,
  pools: poolCount,
  heartbeatMicroseconds,
  changeMicroseconds,
  reconcileMicroseconds,
  burstReconciles: poolCount,
  burstMicrosecondsPerReconcile,
  peakRssMiB: endOfUse().peakRssMiB,
})

async function settle(): Promise<void> {
  await runner.settle(poolCount * 20)
}

/** Node updates that only renew times: they end before the queue. */
async function heartbeats(texts: readonly string[]): Promise<void> {
  for (const text of texts) watch.receive(text)
  if (runner.queued.length > 0) throw new Error('a heartbeat woke a pool')
}

/** Node updates that matter, one at a time: each leads to a reconcile of its pool. */
async function changes(texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    watch.receive(text)
    const [request] = runner.queued
    if (request === undefined) throw new Error('a change woke no pool')
    await runner.reconcile(request)
  }
}

/** What the watch will send, made before anything is measured. */
function updates(count: number, state: NodeState): string[] {
  generation += 1
  return Array.from({ length: count }, (_, round) => nodeText(spread(round), perPool, generation, state))
}

/** Goes over all pools and through their Nodes. */
function spread(round: number): number {
  return (round * 7_919) % nodeCount
}

/**
 * Microseconds of CPU, all threads, for one of `count` things: the median of some batches, after others that are there for
 * the compiler. `prepare` is not measured.
 */
async function medianCpu(count: number, prepare: () => () => Promise<void>): Promise<number> {
  const measured: number[] = []
  for (let batch = 0; batch < 6; batch++) {
    const work = prepare()
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    if (batch >= 3) measured.push((user + system) / count)
  }
  return Math.round((measured.toSorted((a, b) => a - b)[1] ?? 0) * 10) / 10
}

function putPool(pool: number): void {
  const ids = Array.from({ length: perPool }, (_, index) => providerID(pool * perPool + index))
  api.put<MachinePool>(resourceOf(machinePoolKind), {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata: { ...key(pool), creationTimestamp: '2025-12-31T00:00:00Z' },
    spec: {
      clusterName: cluster.name,
      replicas: perPool,
      template: {
        spec: {
          clusterName: cluster.name,
          version: 'v1.34.0',
          bootstrap: { dataSecretName: 'data' },
          infrastructureRef: { apiGroup: infraPools.group, kind: infraPools.kind, name: `pool-${pool}` },
        },
      },
    },
  })
  const object: UnknownObject = {
    apiVersion: `${infraPools.group}/${infraPools.version}`,
    kind: infraPools.kind,
    metadata: { ...key(pool) },
    spec: { providerIDList: ids },
    status: { initialization: { provisioned: true }, replicas: perPool },
  }
  api.put(infraPools, object)
}
