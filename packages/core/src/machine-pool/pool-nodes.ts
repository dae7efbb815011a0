import { annotations as names, type MachinePool } from '@machinepool/api'
import { isNotFound, nodes as nodeResource } from '@machinepool/kube'
import type { SlimNode, WorkloadCluster } from '@machinepool/runtime'

import { forEachBounded } from './bounded.ts'
import { nodeChanges } from './node-metadata.ts'
import { chooseNode } from './node-summary.ts'

/** Index of Nodes by the pool whose annotations they carry; values as `poolIndexValue` makes them. */
export const poolOfNodeIndex = 'machine-pool-controller/pool'

/** Writes to one workload cluster on behalf of one pool at the same time. */
const nodeWriteConcurrency = 8

/** Which pool a Node says it belongs to. */
export function poolIndexValues(node: SlimNode): string[] {
  const annotations = node.metadata.annotations ?? {}
  if (annotations[names.nodeOwnerKind] !== 'MachinePool') return []
  return [
    [
      annotations[names.nodeClusterNamespace],
      annotations[names.nodeClusterName],
      annotations[names.nodeOwnerName],
    ].join('/'),
  ]
}

function poolIndexValue(pool: MachinePool): string {
  return [pool.metadata.namespace, pool.spec.clusterName, pool.metadata.name].join('/')
}

export function findNode(workload: WorkloadCluster, providerID: string): SlimNode | undefined {
  return chooseNode(workload.nodes.store.byIndex('providerID', providerID))
}

/** Nodes of the pool whose instance is not listed any more. A Node without a providerID is nobody's and never among them. */
export function retiredNodes(workload: WorkloadCluster, pool: MachinePool): SlimNode[] {
  const listed = new Set(pool.spec.providerIDList)
  return knownNodes(workload, pool).filter((node) => {
    const { providerID } = node.spec
    return providerID !== undefined && providerID !== '' && !listed.has(providerID)
  })
}

/** Every Node of the pool: referenced in its status, annotated with its name, or of a listed instance. */
export function allNodes(workload: WorkloadCluster, pool: MachinePool): SlimNode[] {
  const listed = (pool.spec.providerIDList ?? []).flatMap((id) => workload.nodes.store.byIndex('providerID', id))
  return unique([...knownNodes(workload, pool), ...listed])
}

function knownNodes(workload: WorkloadCluster, pool: MachinePool): SlimNode[] {
  const referenced = (pool.status?.nodeRefs ?? []).flatMap((ref) => {
    const node = ref.name === undefined ? undefined : workload.nodes.store.get({ name: ref.name })
    // Another UID is another machine that came back under the same name.
    return node !== undefined && node.metadata.uid === ref.uid ? [node] : []
  })
  return unique([...referenced, ...workload.nodes.store.byIndex(poolOfNodeIndex, poolIndexValue(pool))])
}

function unique(nodes: readonly SlimNode[]): SlimNode[] {
  return [...new Map(nodes.map((node) => [node.metadata.name, node])).values()]
}

/** Deletes exactly these Nodes; one that is gone or was re-created meanwhile is no error. Returns what failed. */
export function deleteNodes(workload: WorkloadCluster, nodes: readonly SlimNode[]): Promise<unknown[]> {
  return forEachBounded(nodes, nodeWriteConcurrency, async ({ metadata }) => {
    try {
      await workload.client.delete(
        nodeResource,
        { name: metadata.name ?? '' },
        metadata.uid === undefined ? {} : { preconditions: { uid: metadata.uid } },
      )
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  })
}

/** Brings annotations, labels and taints of the pool's Nodes in order, writing only to Nodes that need it. Returns what failed. */
export function markNodes(
  workload: WorkloadCluster,
  pool: MachinePool,
  options: { readonly labels: boolean },
): Promise<unknown[]> {
  const work = (pool.spec.providerIDList ?? []).flatMap((providerID) => {
    const node = findNode(workload, providerID)
    return node === undefined ? [] : [{ name: node.metadata.name ?? '', ...nodeChanges(node, pool, options) }]
  })
  return forEachBounded(
    work.filter((entry) => entry.metadata !== undefined || entry.taints !== undefined),
    nodeWriteConcurrency,
    async ({ name, metadata, taints }) => {
      try {
        if (metadata !== undefined)
          await workload.client.patch(nodeResource, { name }, { type: 'merge', body: metadata })
        if (taints !== undefined) await workload.client.patch(nodeResource, { name }, { type: 'json', body: taints })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    },
  )
}
