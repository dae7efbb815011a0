import { annotations as names, labels as labelNames, taints, type Machine } from '@machinepool/api'
import type { SlimNode } from '@machinepool/runtime'

import { belongsOnNode, carriedLabels, taintRemoval, type NodeChanges } from '../machine-pool/node-metadata.ts'

/** What a Machine's Node must carry and does not: the Machine's name, its labels that belong on Nodes, no uninitialized taint. */
export function machineNodeChanges(machine: Machine, node: SlimNode, interruptible: boolean): NodeChanges | undefined {
  const name = machine.metadata.name ?? ''
  const wanted = Object.entries(machine.metadata.labels ?? {}).filter(([key]) => belongsOnNode(key))
  const carried = carriedLabels(node, wanted)
  const labels = {
    ...carried?.labels,
    ...(interruptible && node.metadata.labels?.[labelNames.interruptible] === undefined
      ? { [labelNames.interruptible]: '' }
      : {}),
  }
  const annotations = {
    ...carried?.annotations,
    ...(node.metadata.annotations?.[names.nodeMachine] === name ? {} : { [names.nodeMachine]: name }),
  }
  const metadata = {
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
  }
  const untaint = taintRemoval(node, taints.uninitialized)
  if (Object.keys(metadata).length === 0 && untaint === undefined) return undefined
  return {
    ...(Object.keys(metadata).length > 0 ? { metadata: { metadata } } : {}),
    ...(untaint === undefined ? {} : { taints: untaint }),
  }
}
