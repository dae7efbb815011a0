import { replicasAreManagedExternally, type MachinePoolStatus } from '@machinepool/api'

import { computeConditions } from './conditions.ts'
import { count, isProvisioned } from './counters.ts'
import { computeDeprecatedStatus } from './deprecated-status.ts'
import { referencesFit } from './object-size.ts'
import { phaseOf } from './phase.ts'
import type { StatusInput } from './status-input.ts'

/** The whole status of a MachinePool. Pure: equal input gives equal output, and unchanged input gives the old status. */
export function computeStatus(input: StatusInput): MachinePoolStatus {
  const { pool, nodes } = input
  const old = pool.status ?? {}
  const counters = count(input)
  const bootstrapCreated = isBootstrapCreated(input)
  const infrastructureProvisioned = isProvisioned(input)
  const nodeRefs = nodes.state === 'known' ? nodes.summary.nodeRefs : (old.nodeRefs ?? [])
  const versions = counters.versions ?? []
  const generation = pool.metadata.generation
  const observedGeneration = input.failed ? old.observedGeneration : generation
  return {
    conditions: computeConditions(input, counters),
    initialization: { infrastructureProvisioned, bootstrapDataSecretCreated: bootstrapCreated },
    ...(nodeRefs.length > 0 && referencesFit(pool.spec.providerIDList ?? [], nodeRefs) ? { nodeRefs } : {}),
    ...defined('replicas', counters.replicas),
    ...defined('readyReplicas', counters.readyReplicas),
    ...defined('availableReplicas', counters.availableReplicas),
    ...defined('upToDateReplicas', counters.upToDateReplicas),
    ...(versions.length > 0 ? { versions } : {}),
    phase: phaseOf({
      deleting: pool.metadata.deletionTimestamp !== undefined,
      bootstrapCreated,
      infrastructureProvisioned,
      nodeRefs: nodeRefs.length,
      replicas: pool.spec.replicas,
      readyNodes: counters.readyNodes ?? 0,
      externallyScaled: replicasAreManagedExternally(pool),
    }),
    ...defined('observedGeneration', observedGeneration),
    deprecated: { v1beta1: computeDeprecatedStatus(input, counters) },
  }
}

/** Data for new instances exists. While the object cannot be found or read the last answer stands. */
function isBootstrapCreated({ bootstrap, pool }: StatusInput): boolean {
  switch (bootstrap.state) {
    case 'provided':
      return true
    case 'present':
      return bootstrap.report.dataSecretCreated && bootstrap.report.dataSecretName !== undefined
    case 'missing':
    case 'unusable':
      return pool.status?.initialization?.bootstrapDataSecretCreated ?? false
    case 'unspecified':
      return false
  }
}

function defined<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V })
}
