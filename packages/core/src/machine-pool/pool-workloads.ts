import type { MachinePool } from '@machinepool/api'
import type { ObjectKey, Store, StoreEvent } from '@machinepool/kube'
import type { Clock, Controller, Request, SlimNode, WorkloadCluster, WorkloadClusters } from '@machinepool/runtime'

import { poolIndexValues, poolOfNodeIndex } from './pool-nodes.ts'

/** Indexes of the MachinePool store. */
export const poolIndex = {
  /** `namespace/cluster` */
  cluster: 'machine-pool-controller/cluster',
  /** `namespace/cluster/providerID` */
  providerID: 'machine-pool-controller/provider-id',
  /** `namespace/apiGroup/kind/name` of the bootstrap config and the infrastructure pool. */
  reference: 'machine-pool-controller/reference',
  /** `namespace/<value of the pool-name label>` */
  poolLabel: 'machine-pool-controller/pool-label',
} as const

export function clusterIndexValue(cluster: ObjectKey): string {
  return `${cluster.namespace}/${cluster.name}`
}

export function requestOf(object: {
  readonly metadata: { readonly namespace?: string; readonly name?: string }
}): Request {
  const { namespace, name = '' } = object.metadata
  return namespace === undefined ? { name } : { namespace, name }
}

/** The instances that a Node event concerns: usually one. */
export function instancesOfNode({ object, old }: StoreEvent<SlimNode>): string[] {
  const ids = new Set([object.spec.providerID, old?.spec.providerID])
  return [...ids].flatMap((id) => (id === undefined || id === '' ? [] : [id]))
}

/** The pools that a Node event concerns: O(1), and only pools of the Node's own cluster. */
export function poolsOfNode(pools: Store<MachinePool>, cluster: ObjectKey, event: StoreEvent<SlimNode>): Request[] {
  const found = new Map<string, Request>()
  for (const id of instancesOfNode(event)) {
    for (const pool of pools.byIndex(poolIndex.providerID, `${clusterIndexValue(cluster)}/${id}`)) {
      found.set(pool.metadata.name ?? '', requestOf(pool))
    }
  }
  return [...found.values()]
}

/** Connections to workload clusters as a controller needs them: Node events wake its objects, outages have a beginning. */
export interface WatchedWorkloads {
  get(cluster: ObjectKey): WorkloadCluster | undefined
  /** Since when (Unix milliseconds) and why there is no connection. */
  outage(cluster: ObjectKey): { readonly sinceMs: number; readonly problem: string }
}

export interface WatchedWorkloadsOptions {
  readonly workloadClusters: WorkloadClusters
  /** What a connect or disconnect of a cluster concerns. */
  readonly ofCluster: (cluster: ObjectKey) => readonly Request[]
  /** What a change of one of its Nodes concerns. */
  readonly ofNode: (cluster: ObjectKey, event: StoreEvent<SlimNode>) => readonly Request[]
  readonly controller: () => Controller
  readonly clock: Clock
}

export function createWatchedWorkloads(options: WatchedWorkloadsOptions): WatchedWorkloads {
  const { workloadClusters, clock } = options
  const attached = new Map<string, { workload: WorkloadCluster; detach: () => void }>()
  const outages = new Map<string, number>()

  function get(cluster: ObjectKey): WorkloadCluster | undefined {
    const key = clusterIndexValue(cluster)
    const workload = workloadClusters.get(cluster)
    const current = attached.get(key)
    if (workload === current?.workload) return workload
    current?.detach()
    attached.delete(key)
    if (workload === undefined) return undefined
    outages.delete(key)
    workload.nodes.addIndex(poolOfNodeIndex, poolIndexValues)
    const detach = options.controller().source(workload.nodes, {
      map: (event: StoreEvent<SlimNode>) => options.ofNode(cluster, event),
    })
    attached.set(key, { workload, detach })
    return workload
  }

  workloadClusters.onChange((cluster) => {
    const concerned = options.ofCluster(cluster)
    if (concerned.length === 0 && !attached.has(clusterIndexValue(cluster))) return
    get(cluster)
    for (const request of concerned) options.controller().enqueue(request)
  })

  return {
    get,
    outage(cluster) {
      const key = clusterIndexValue(cluster)
      const sinceMs = outages.get(key) ?? clock.now()
      outages.set(key, sinceMs)
      return { sinceMs, problem: workloadClusters.problem(cluster) ?? 'not connected yet' }
    },
  }
}
