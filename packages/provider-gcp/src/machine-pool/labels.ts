import type { PoolRef } from '@machinepool/contract'
import { textMapAt } from '@machinepool/provider-kit'

import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'

const maximumLength = 63
const role = 'node'

/** Label by which upstream knows what belongs to a cluster. */
export function clusterLabel(cluster: string): string {
  return `capg-cluster-${cluster}`
}

/**
 * Labels of instances and their boot disks: the cluster's, the pool's over them, and upstream's marks, so that either
 * side recognises them. Google allows lower case only.
 */
export function instanceLabels(pool: PoolRef<GCPMachinePoolSpec>): Record<string, string> {
  const labels = {
    ...textMapAt(pool.cluster.infrastructure, 'spec', 'additionalLabels'),
    ...pool.spec.additionalLabels,
    [clusterLabel(pool.cluster.name)]: 'owned',
    'capg-role': role,
  }
  return Object.fromEntries(
    Object.entries(labels)
      .map(([key, value]): [string, string] => [cut(key), cut(value)])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function cut(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '_')
    .slice(0, maximumLength)
}

/** Network tags that upstream's firewall rules name, beside the pool's own. Sorted: their order means nothing. */
export function networkTags(pool: PoolRef<GCPMachinePoolSpec>): string[] {
  const { name } = pool.cluster
  return [...new Set([...(pool.spec.additionalNetworkTags ?? []), `${name}-${role}`, name])].toSorted()
}
