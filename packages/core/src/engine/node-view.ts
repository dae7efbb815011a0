import { annotations } from '@machinepool/api'
import type { SlimNode, WorkloadCluster } from '@machinepool/runtime'

import { findNode } from '../machine-pool/pool-nodes.ts'
import type { NodeState } from './decide/situation.ts'
import { engineAnnotations } from './names.ts'

/** The Nodes of these instances; `undefined` while the workload cluster is not connected or not yet listed. */
export function nodesOf(
  workload: WorkloadCluster | undefined,
  providerIDs: Iterable<string>,
): ReadonlyMap<string, NodeState> | undefined {
  if (workload === undefined || !workload.nodes.hasSynced) return undefined
  const found = new Map<string, NodeState>()
  for (const providerID of providerIDs) {
    const node = findNode(workload, providerID)
    if (node !== undefined) found.set(providerID, nodeState(node))
  }
  return found
}

export function nodeState(node: SlimNode): NodeState {
  const cordonedFor = node.metadata.annotations?.[engineAnnotations.nodeCordonedFor]
  const ready = node.status.conditions?.find(({ type }) => type === 'Ready')
  const since = ready?.lastTransitionTime === undefined ? Number.NaN : Date.parse(ready.lastTransitionTime)
  return {
    name: node.metadata.name ?? '',
    ready: ready?.status === 'True',
    ...(ready?.status === 'True' && Number.isFinite(since) && { readySince: since }),
    unreachable: ready?.status === 'Unknown',
    deleteFirst: node.metadata.annotations?.[annotations.deleteMachine] !== undefined,
    ...(cordonedFor !== undefined && { cordonedFor }),
  }
}
