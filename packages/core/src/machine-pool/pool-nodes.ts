import { annotations as names, type MachinePool } from '@machinepool/api'
import { ApiError, isNotFound, nodes as nodeResource } from '@machinepool/kube'
import type { SlimNode, WorkloadCluster } from '@machinepool/runtime'

import { forEachBounded } from './bounded.ts'
import { nodeMarker, type NodeChanges } from './node-metadata.ts'
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

/** The Node of one instance, by its exact providerID: equal instance ids in two zones are different instances. */
export function findNode(workload: WorkloadCluster, providerID: string): SlimNode | undefined {
  return chooseNode(workload.nodes.store.byIndex('providerID', providerID))
}

/** The Node of each listed instance, in list order. */
export function matchNodes(workload: WorkloadCluster, pool: MachinePool): (SlimNode | undefined)[] {
  return (pool.spec.providerIDList ?? []).map((providerID) => findNode(workload, providerID))
}

/** Nodes of the pool whose instance is not listed any more. A Node without a providerID is nobody's and never among them. */
export function retiredNodes(workload: WorkloadCluster, pool: MachinePool): SlimNode[] {
  const listed = new Set(pool.spec.providerIDList)
  return unique(knownNodes(workload, pool)).filter(({ spec: { providerID } }) => {
    return providerID !== undefined && providerID !== '' && !listed.has(providerID)
  })
}

/** Every Node of the pool: referenced in its status, annotated with its name, or of a listed instance. */
export function allNodes(workload: WorkloadCluster, pool: MachinePool): SlimNode[] {
  const listed = (pool.spec.providerIDList ?? []).flatMap((id) => workload.nodes.store.byIndex('providerID', id))
  return unique([...knownNodes(workload, pool), ...listed])
}

function knownNodes(workload: WorkloadCluster, pool: MachinePool): SlimNode[] {
  const known = workload.nodes.store.byIndex(poolOfNodeIndex, poolIndexValue(pool))
  for (const { name, uid } of pool.status?.nodeRefs ?? []) {
    const node = name === undefined ? undefined : workload.nodes.store.get({ name })
    // Another UID is another machine that came back under the same name.
    if (node !== undefined && node.metadata.uid === uid) known.push(node)
  }
  return known
}

function unique(nodes: readonly SlimNode[]): SlimNode[] {
  return [...new Map(nodes.map((node) => [node.metadata.name, node])).values()]
}

/**
 * Deletes exactly these Nodes. One that is gone is no error; one that was re-created meanwhile is left, and fails, to be looked at
 * again. Returns what failed.
 */
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

/** Brings annotations, labels and taints of these Nodes of the pool in order, writing only to Nodes that need it. Returns what failed. */
export function markNodes(
  workload: WorkloadCluster,
  pool: MachinePool,
  candidates: readonly SlimNode[],
  options: { readonly labels: boolean },
): Promise<unknown[]> {
  const changesOf = nodeMarker(pool, options)
  const work = candidates.flatMap((node) => {
    const changes = changesOf(node)
    return changes === undefined ? [] : [{ name: node.metadata.name ?? '', ...changes }]
  })
  return forEachBounded(work, nodeWriteConcurrency, ({ name, ...changes }) => writeNode(workload, name, changes))
}

/**
 * Writes what a Node needs; one that is gone needs nothing. A taint that is not where it was seen has been taken away by somebody,
 * or by our own write of a moment ago; the Node's next event tells.
 */
export async function writeNode(
  { client }: WorkloadCluster,
  name: string,
  { metadata, taints }: NodeChanges,
): Promise<void> {
  try {
    if (metadata !== undefined) await client.patch(nodeResource, { name }, { type: 'merge', body: metadata })
    if (taints !== undefined) await removeTaint(client, name, taints)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

async function removeTaint(client: WorkloadCluster['client'], name: string, body: readonly object[]): Promise<void> {
  try {
    await client.patch(nodeResource, { name }, { type: 'json', body })
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'Invalid') throw error
  }
}
