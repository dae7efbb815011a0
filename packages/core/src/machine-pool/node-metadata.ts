import { annotations as names, taints, type MachinePool } from '@machinepool/api'
import type { SlimNode } from '@machinepool/runtime'

/** What is to be written to a Node, in this order: labels are in place before the taint goes that kept workloads away. */
export interface NodeChanges {
  /** JSON merge patch. */
  readonly metadata?: object
  /** JSON patch. */
  readonly taints?: readonly object[]
}

/**
 * Marks a Node as this pool's: four annotations, the pool's labels that belong on Nodes, and the uninitialized taint removed.
 * Empty when the Node is as it should be.
 */
export function nodeChanges(node: SlimNode, pool: MachinePool, options: { readonly labels: boolean }): NodeChanges {
  const annotations: Record<string, string | null> = {}
  const wantedAnnotations: Record<string, string> = {
    [names.nodeClusterName]: pool.spec.clusterName,
    [names.nodeClusterNamespace]: pool.metadata.namespace ?? '',
    [names.nodeOwnerKind]: 'MachinePool',
    [names.nodeOwnerName]: pool.metadata.name ?? '',
  }
  const labels = options.labels ? labelChanges(node, pool) : undefined
  if (labels !== undefined) Object.assign(annotations, labels.annotations)
  for (const [key, value] of Object.entries(wantedAnnotations)) {
    if (node.metadata.annotations?.[key] !== value) annotations[key] = value
  }
  const metadata = {
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(labels !== undefined && Object.keys(labels.labels).length > 0 ? { labels: labels.labels } : {}),
  }
  const untaint = taintRemoval(node)
  return {
    ...(Object.keys(metadata).length > 0 ? { metadata: { metadata } } : {}),
    ...(untaint === undefined ? {} : { taints: untaint }),
  }
}

/**
 * Taints are an atomic list, and the local copy of a Node does not hold them in full: so exactly one entry is taken out, if it
 * still is where it was seen.
 */
function taintRemoval({ spec }: SlimNode): object[] | undefined {
  const { key, effect } = taints.uninitialized
  const index = spec.taints?.findIndex((taint) => taint.key === key && taint.effect === effect) ?? -1
  if (index < 0) return undefined
  const path = `/spec/taints/${index}`
  return [
    { op: 'test', path: `${path}/key`, value: key },
    { op: 'test', path: `${path}/effect`, value: effect },
    { op: 'remove', path },
  ]
}

interface LabelChanges {
  readonly labels: Record<string, string | null>
  readonly annotations: Record<string, string | null>
}

/** Labels put on a Node are remembered in an annotation, so that exactly those are taken away again. */
function labelChanges(node: SlimNode, pool: MachinePool): LabelChanges {
  const wanted = Object.entries(pool.spec.template.metadata?.labels ?? {}).filter(([key]) => belongsOnNode(key))
  const wantedKeys = new Set(wanted.map(([key]) => key))
  const remembered = node.metadata.annotations?.[names.nodeLabelsFromMachine]
  const earlier = (remembered ?? '').split(',').filter((key) => key !== '')
  const labels: Record<string, string | null> = {}
  for (const [key, value] of wanted) {
    if (node.metadata.labels?.[key] !== value) labels[key] = value
  }
  for (const key of earlier) {
    if (!wantedKeys.has(key) && node.metadata.labels?.[key] !== undefined) labels[key] = null
  }
  const record = [...wantedKeys].toSorted().join(',')
  if (record === (remembered ?? '')) return { labels, annotations: {} }
  return { labels, annotations: { [names.nodeLabelsFromMachine]: record === '' ? null : record } }
}

/**
 * Upstream's rule for labels that travel from a Machine to its Node: the prefix `node-role.kubernetes.io`, and the domains
 * `node-restriction.kubernetes.io` and `node.cluster.x-k8s.io` with everything below them.
 * https://cluster-api.sigs.k8s.io/reference/api/metadata-propagation
 */
export function belongsOnNode(labelKey: string): boolean {
  const slash = labelKey.indexOf('/')
  const domain = slash < 0 ? '' : labelKey.slice(0, slash)
  if (domain === 'node-role.kubernetes.io') return true
  return ['node-restriction.kubernetes.io', 'node.cluster.x-k8s.io'].some(
    (managed) => domain === managed || domain.endsWith(`.${managed}`),
  )
}
