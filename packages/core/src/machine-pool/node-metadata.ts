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
 * Marks Nodes as a pool's: four annotations, the pool's labels that belong on Nodes, and the uninitialized taint removed. The
 * result gives what is to be written to one Node; `undefined` when it is as it should be.
 */
export function nodeMarker(
  pool: MachinePool,
  options: { readonly labels: boolean },
): (node: SlimNode) => NodeChanges | undefined {
  const wanted = Object.entries({
    [names.nodeClusterName]: pool.spec.clusterName,
    [names.nodeClusterNamespace]: pool.metadata.namespace ?? '',
    [names.nodeOwnerKind]: 'MachinePool',
    [names.nodeOwnerName]: pool.metadata.name ?? '',
  })
  const labels = Object.entries(pool.spec.template.metadata?.labels ?? {}).filter(([key]) => belongsOnNode(key))
  return (node) => {
    const present = node.metadata.annotations
    const isMarked = present !== undefined && wanted.every(([key, value]) => present[key] === value)
    const missing = isMarked ? [] : wanted.filter(([key, value]) => present?.[key] !== value)
    const labelled = options.labels ? carriedLabels(node, labels) : undefined
    const untaint = taintRemoval(node, taints.uninitialized)
    if (missing.length === 0 && labelled === undefined && untaint === undefined) return undefined
    const annotations = { ...labelled?.annotations, ...Object.fromEntries(missing) }
    const metadata = {
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ...(labelled !== undefined && Object.keys(labelled.labels).length > 0 ? { labels: labelled.labels } : {}),
    }
    return {
      ...(Object.keys(metadata).length > 0 ? { metadata: { metadata } } : {}),
      ...(untaint === undefined ? {} : { taints: untaint }),
    }
  }
}

/**
 * Taints are an atomic list, and the local copy of a Node does not hold them in full: so exactly one entry is taken out, if it
 * still is where it was seen.
 */
export function taintRemoval(
  { spec }: SlimNode,
  { key, effect }: { readonly key: string; readonly effect: string },
): object[] | undefined {
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
export function carriedLabels(
  node: SlimNode,
  wanted: readonly (readonly [string, string])[],
): LabelChanges | undefined {
  const remembered = node.metadata.annotations?.[names.nodeLabelsFromMachine] ?? ''
  if (wanted.length === 0 && remembered === '') return undefined
  const wantedKeys = new Set(wanted.map(([key]) => key))
  const labels: Record<string, string | null> = {}
  for (const [key, value] of wanted) {
    if (node.metadata.labels?.[key] !== value) labels[key] = value
  }
  for (const key of remembered.split(',')) {
    if (!wantedKeys.has(key) && node.metadata.labels?.[key] !== undefined) labels[key] = null
  }
  const record = [...wantedKeys].toSorted().join(',')
  const annotations = record === remembered ? {} : { [names.nodeLabelsFromMachine]: record === '' ? null : record }
  return Object.keys(labels).length + Object.keys(annotations).length === 0 ? undefined : { labels, annotations }
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
