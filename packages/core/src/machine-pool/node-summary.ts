import type { SlimNode } from '@machinepool/runtime'

import type { NodeReference } from './objects.ts'

/** What the Nodes of a pool say, reduced to what status needs. */
export interface NodeSummary {
  /** One per listed instance that has a Node, in list order. */
  readonly nodeRefs: NodeReference[]
  readonly ready: number
  /** Ready for at least `minReadySeconds`. */
  readonly available: number
  /** Kubelets of the wanted version. */
  readonly upToDate: number
  /** Kubelet versions, sorted by version string. */
  readonly versions: { version: string; replicas: number }[]
  /** Instances without a Node. */
  readonly missing: number
  /** Names of Nodes that are not Ready, at most a handful. */
  readonly notReady: readonly string[]
  /** Names of Nodes whose kubelet has another version than wanted, at most a handful. */
  readonly outdated: readonly string[]
  /** Milliseconds until the next Node becomes available by the passing of time. */
  readonly nextAvailableInMs?: number
}

export interface NodeSummaryInput {
  readonly providerIDs: readonly string[]
  readonly find: (providerID: string) => SlimNode | undefined
  readonly minReadySeconds: number
  /** The kubelet version wanted; absent means any. */
  readonly version?: string
  readonly now: number
}

const namesKept = 5

/** Matches listed instances with Nodes by exact providerID (equal instance ids in two zones are different instances). */
export function summarizeNodes(input: NodeSummaryInput): NodeSummary {
  const nodeRefs: NodeReference[] = []
  const versions = new Map<string, number>()
  const notReady: string[] = []
  const outdated: string[] = []
  let ready = 0
  let available = 0
  let upToDate = 0
  let nextAvailableInMs: number | undefined
  for (const providerID of input.providerIDs) {
    const node = input.find(providerID)
    if (node === undefined) continue
    const name = node.metadata.name ?? ''
    nodeRefs.push({
      apiVersion: 'v1',
      kind: 'Node',
      name,
      ...(node.metadata.uid === undefined ? {} : { uid: node.metadata.uid }),
    })
    const kubelet = node.status.nodeInfo?.kubeletVersion ?? ''
    if (kubelet !== '') versions.set(kubelet, (versions.get(kubelet) ?? 0) + 1)
    if (input.version === undefined || sameKubernetesVersion(kubelet, input.version)) upToDate += 1
    else if (outdated.length < namesKept) outdated.push(name)

    const since = readySince(node)
    if (since === undefined) {
      if (notReady.length < namesKept) notReady.push(name)
      continue
    }
    ready += 1
    const remaining = since + input.minReadySeconds * 1000 - input.now
    if (remaining <= 0) available += 1
    else nextAvailableInMs = Math.min(nextAvailableInMs ?? remaining, remaining)
  }
  return {
    nodeRefs,
    ready,
    available,
    upToDate,
    versions: [...versions]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([version, replicas]) => ({ version, replicas })),
    missing: input.providerIDs.length - nodeRefs.length,
    notReady,
    outdated,
    ...(nextAvailableInMs === undefined ? {} : { nextAvailableInMs }),
  }
}

/** When the Node became Ready, in milliseconds; `undefined` while it is not. A missing time counts as long ago. */
export function readySince(node: SlimNode): number | undefined {
  const condition = node.status.conditions?.find((entry) => entry.type === 'Ready')
  if (condition?.status !== 'True') return undefined
  const time = Date.parse(condition.lastTransitionTime ?? '')
  return Number.isNaN(time) ? 0 : time
}

/** Managed distributions append a suffix to the version (`v1.33.1-eks-1234567`, `v1.33.1+k3s1`): it does not make a Node outdated. */
export function sameKubernetesVersion(kubelet: string, wanted: string): boolean {
  if (kubelet === wanted) return true
  return (
    kubelet.startsWith(wanted) &&
    /^[-+]/.test(kubelet.slice(wanted.length)) &&
    !/-(alpha|beta|rc)\b/.test(kubelet.slice(wanted.length))
  )
}

/**
 * The Node of one instance when several claim its providerID, as right after a re-creation under another name: the youngest
 * one, so that every pass chooses alike.
 */
export function chooseNode(candidates: readonly SlimNode[]): SlimNode | undefined {
  if (candidates.length <= 1) return candidates[0]
  return candidates.toSorted(
    (a, b) =>
      (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '') ||
      (a.metadata.name ?? '').localeCompare(b.metadata.name ?? ''),
  )[0]
}
