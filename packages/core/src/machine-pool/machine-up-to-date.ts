import { findCondition, setCondition, type Condition, type Machine, type MachinePool } from '@machinepool/api'

import { sameKubernetesVersion } from './node-summary.ts'

/**
 * The conditions of a Machine with `UpToDate` as its owner sees it: kept by what its kubelet runs, not by what was wished for.
 * `undefined` when nothing changes.
 */
export function withUpToDate(
  pool: MachinePool,
  machine: Machine,
  kubeletVersion: string | undefined,
  now: number,
): Condition[] | undefined {
  const old = machine.status?.conditions ?? []
  const verdict = upToDate(pool, machine, kubeletVersion)
  const known = findCondition(old, 'UpToDate')
  if (known?.status === verdict.status && known.reason === verdict.reason && known.message === verdict.message) {
    return undefined
  }
  return setCondition(old, { type: 'UpToDate', ...verdict }, new Date(now))
}

function upToDate(
  { spec }: MachinePool,
  machine: Machine,
  kubeletVersion: string | undefined,
): Pick<Condition, 'status' | 'reason' | 'message'> {
  if (machine.metadata.deletionTimestamp !== undefined) {
    return { status: 'False', reason: 'Deleting', message: 'the Machine is being deleted' }
  }
  const wanted = spec.template.spec.version
  // An instance that has not joined yet was started from what the pool says now.
  if (wanted === undefined || kubeletVersion === undefined || sameKubernetesVersion(kubeletVersion, wanted)) {
    return { status: 'True', reason: 'UpToDate', message: '' }
  }
  return { status: 'False', reason: 'NotUpToDate', message: `* Version ${kubeletVersion}, ${wanted} required` }
}
