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
  /** Names of Nodes that are not Ready: the first few in alphabetical order. */
  readonly notReady: readonly string[]
  /** Names of Nodes whose kubelet has another version than wanted, likewise. */
  readonly outdated: readonly string[]
  /** Milliseconds until the next Node becomes available by the passing of time. */
  readonly nextAvailableInMs?: number
}

export interface NodeSummaryInput {
  /** The Node of each listed instance, in list order; `undefined` where there is none. */
  readonly nodes: readonly (SlimNode | undefined)[]
  readonly minReadySeconds: number
  /** The kubelet version wanted; absent means any. */
  readonly version?: string
  readonly now: number
  /** The references of the pass before; handed out again when they are still right, so that nobody has to compare them. */
  readonly previous?: readonly NodeReference[]
}

/** More names would make a message that nobody reads and that changes all the time. */
export const namesKept = 5

/** Adds up what the Nodes of a pool say. */
export function summarizeNodes(input: NodeSummaryInput): NodeSummary {
  const present = input.nodes.filter((node) => node !== undefined)
  const versions = new Map<string, number>()
  const notReady: string[] = []
  const outdated: string[] = []
  let ready = 0
  let available = 0
  let upToDate = 0
  let nextAvailableInMs: number | undefined
  for (const node of present) {
    const kubelet = node.status.nodeInfo?.kubeletVersion ?? ''
    if (kubelet !== '') versions.set(kubelet, (versions.get(kubelet) ?? 0) + 1)
    if (input.version === undefined || sameKubernetesVersion(kubelet, input.version)) upToDate += 1
    else outdated.push(node.metadata.name ?? '')

    const remaining = availableInMs(node, input)
    if (remaining === undefined) {
      notReady.push(node.metadata.name ?? '')
      continue
    }
    ready += 1
    if (remaining <= 0) available += 1
    else nextAvailableInMs = Math.min(nextAvailableInMs ?? remaining, remaining)
  }
  return {
    nodeRefs: nodeReferences(present, input.previous),
    ready,
    available,
    upToDate,
    versions: versionCounts(versions),
    missing: input.nodes.length - present.length,
    notReady: notReady.toSorted().slice(0, namesKept),
    outdated: outdated.toSorted().slice(0, namesKept),
    ...(nextAvailableInMs === undefined ? {} : { nextAvailableInMs }),
  }
}

/** Sorted by version string. */
export function versionCounts(versions: ReadonlyMap<string, number>): { version: string; replicas: number }[] {
  return [...versions].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([version, replicas]) => ({ version, replicas }))
}

/** Milliseconds until a ready Node is available, at most 0 when it is; `undefined` while it is not ready. */
export function availableInMs(
  node: SlimNode,
  { minReadySeconds, now }: Pick<NodeSummaryInput, 'minReadySeconds' | 'now'>,
): number | undefined {
  const condition = node.status.conditions?.find((entry) => entry.type === 'Ready')
  if (condition?.status !== 'True') return undefined
  if (minReadySeconds === 0) return 0
  const since = Date.parse(condition.lastTransitionTime ?? '')
  // A missing time counts as long ago.
  return Number.isNaN(since) ? 0 : since + minReadySeconds * 1000 - now
}

export function nodeReferences(nodes: readonly SlimNode[], previous: readonly NodeReference[] = []): NodeReference[] {
  const unchanged =
    nodes.length === previous.length &&
    nodes.every(({ metadata }, index) => {
      const reference = previous[index]
      return reference?.uid === metadata.uid && reference?.name === metadata.name
    })
  if (unchanged) return previous as NodeReference[]
  return nodes.map(({ metadata: { name = '', uid } }) => ({
    apiVersion: 'v1',
    kind: 'Node',
    name,
    ...(uid === undefined ? {} : { uid }),
  }))
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
