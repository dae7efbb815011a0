import type { MachinePool } from '@machinepool/api'
import { createPatch } from '@machinepool/kube'

import type { BootstrapObservation, InfrastructureObservation, StatusInput } from './status-input.ts'
import { isProvisioned } from './counters.ts'

/** What the bootstrap and infrastructure objects say, copied into the pool's spec; `undefined` when it already says so. */
export function specPatch(
  pool: MachinePool,
  bootstrap: BootstrapObservation,
  infrastructure: InfrastructureObservation,
): object | undefined {
  const wanted: MachinePool['spec'] = structuredClone(pool.spec)
  if (bootstrap.state === 'present' && bootstrap.report.dataSecretCreated) {
    const { dataSecretName } = bootstrap.report
    if (dataSecretName !== undefined) wanted.template.spec.bootstrap.dataSecretName = dataSecretName
  }
  const ids = listToCopy({ pool, infrastructure })
  if (ids !== undefined && !sameMembers(ids, pool.spec.providerIDList ?? [])) wanted.providerIDList = [...ids]
  const patch = createPatch(pool.spec, wanted)
  return patch === undefined ? undefined : { spec: patch }
}

/**
 * The instances that the infrastructure lists, when they may be copied: it is provisioned, and the list is not empty while it
 * still counts replicas (then the list is late, and Nodes would be deleted that exist).
 */
export function listToCopy(input: Pick<StatusInput, 'pool' | 'infrastructure'>): readonly string[] | undefined {
  const { infrastructure } = input
  if (infrastructure.state !== 'present' || !isProvisioned(input)) return undefined
  const { providerIDList, replicas = 0 } = infrastructure.report
  return providerIDList.length === 0 && replicas !== 0 ? undefined : providerIDList
}

/** Order has no meaning in a list of instances. */
export function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  const members = new Set(a)
  return b.every((item) => members.has(item))
}
