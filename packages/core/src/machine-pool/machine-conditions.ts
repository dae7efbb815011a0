import {
  findCondition,
  removeCondition,
  removeV1Beta1Condition,
  setCondition,
  setV1Beta1Condition,
  v1beta1True,
  type Condition,
  type Machine,
  type MachinePool,
  type MachineStatus,
  type V1Beta1Condition,
} from '@machinepool/api'

import { sameKubernetesVersion } from './node-summary.ts'
import { ownerRemediated, type RemediationVerdict } from './remediation.ts'

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>

export interface MachineVerdicts {
  readonly pool: MachinePool
  readonly machine: Machine
  readonly kubeletVersion: string | undefined
  readonly remediation: RemediationVerdict | undefined
  readonly now: number
}

/**
 * The status of a Machine with what its owner has to say: whether it is as wanted, by what its kubelet runs, and what became of
 * a health check's request to replace it. `undefined` when that is written already.
 */
export function ownersStatus(input: MachineVerdicts): Pick<MachineStatus, 'conditions' | 'deprecated'> | undefined {
  const { pool, machine, kubeletVersion, now } = input
  const old = machine.status?.conditions ?? []
  const withUpToDate = set(old, 'UpToDate', upToDate(pool, machine, kubeletVersion), now)
  const conditions = withRemediation(withUpToDate, input)
  const deprecated = deprecatedRemediation(input)
  if (conditions === old && deprecated === undefined) return undefined
  return {
    conditions,
    ...(deprecated === undefined
      ? {}
      : {
          deprecated: {
            ...machine.status?.deprecated,
            v1beta1: { ...machine.status?.deprecated?.v1beta1, conditions: deprecated },
          },
        }),
  }
}

function set(conditions: Condition[], type: string, verdict: Verdict, now: number): Condition[] {
  const known = findCondition(conditions, type)
  if (known?.status === verdict.status && known.reason === verdict.reason && known.message === verdict.message) {
    return conditions
  }
  return setCondition(conditions, { type, ...verdict }, new Date(now))
}

function upToDate({ spec }: MachinePool, machine: Machine, kubeletVersion: string | undefined): Verdict {
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

/** Reasons as upstream's MachineSet gives them. The status stays False until the Machine is gone. */
function withRemediation(conditions: Condition[], { remediation, now }: MachineVerdicts): Condition[] {
  switch (remediation?.outcome) {
    case undefined:
      return conditions
    case 'recovered':
      return removeCondition(conditions, ownerRemediated)
    case 'waiting':
      return set(
        conditions,
        ownerRemediated,
        { status: 'False', reason: 'RemediationDeferred', message: remediation.message },
        now,
      )
    case 'replaced':
      return set(
        conditions,
        ownerRemediated,
        { status: 'False', reason: 'MachineDeleting', message: 'the Machine is being deleted' },
        now,
      )
  }
}

/** The same in v1beta1's words, for health checks that read those: there the request is True once it is honoured. */
function deprecatedRemediation({ machine, remediation, now }: MachineVerdicts): V1Beta1Condition[] | undefined {
  const old = machine.status?.deprecated?.v1beta1?.conditions
  if (findCondition(old, ownerRemediated)?.status !== 'False') return undefined
  if (remediation?.outcome === 'recovered') return removeV1Beta1Condition(old, ownerRemediated)
  if (remediation?.outcome !== 'replaced') return undefined
  return setV1Beta1Condition(old, v1beta1True(ownerRemediated), new Date(now))
}
