import type { MachinePool } from '@machinepool/api'

import type { BootstrapObservation, InfrastructureObservation, StatusInput } from './status-input.ts'

/** What the bootstrap and infrastructure objects say, copied into the pool's spec; `undefined` when it already says so. */
export function specPatch(
  pool: MachinePool,
  bootstrap: BootstrapObservation,
  infrastructure: InfrastructureObservation,
  sameMembers: SameMembers,
): object | undefined {
  const current = pool.spec.template.spec.bootstrap.dataSecretName
  const made = bootstrap.state === 'present' && bootstrap.report.dataSecretCreated
  const dataSecretName = made ? (bootstrap.report.dataSecretName ?? current) : current
  const ids = listToCopy({ infrastructure })
  const spec = {
    ...(dataSecretName === current ? {} : { template: { spec: { bootstrap: { dataSecretName } } } }),
    ...(ids === undefined || sameMembers(ids, pool.spec.providerIDList ?? []) ? {} : { providerIDList: ids }),
  }
  return Object.keys(spec).length === 0 ? undefined : { spec }
}

/**
 * The instances that the infrastructure lists, when they may be copied: it says now that it is provisioned, and the list is not
 * empty while it still counts replicas (then the list is late, and Nodes would be deleted that exist). That it was provisioned
 * once is not enough: an object that was made anew under the same name, or lost its status, lists nothing of what is running.
 */
export function listToCopy({ infrastructure }: Pick<StatusInput, 'infrastructure'>): readonly string[] | undefined {
  if (infrastructure.state !== 'present' || !infrastructure.report.provisioned) return undefined
  const { providerIDList, replicas = 0 } = infrastructure.report
  return providerIDList.length === 0 && replicas !== 0 ? undefined : providerIDList
}

/** Whether two lists name the same instances: order has no meaning in them. */
export type SameMembers = (a: readonly string[], b: readonly string[]) => boolean

/** Lists of cached objects never change, and the same two meet in every pass: what was found equal is not compared again. */
export function createMemberComparison(): SameMembers {
  const equal = new WeakMap<readonly string[], readonly string[]>()
  return (a, b) => {
    if (a === b || equal.get(a) === b) return true
    if (!haveSameMembers(a, b)) return false
    equal.set(a, b)
    return true
  }
}

function haveSameMembers(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  if (a.every((item, index) => item === b[index])) return true
  const members = new Set(a)
  return b.every((item) => members.has(item))
}
