import type { Condition } from '@machinepool/api'

import { failureOf } from './failure.ts'
import type { StatusInput } from './status-input.ts'

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>
type Verdicts = Readonly<Record<string, Verdict>>

/** Types of the conditions that are there only while they are True. */
export const progressTypes = ['Reconciling', 'Stalled'] as const

/** What has to be said, and how, once a pool is as its spec wants it. */
const whenSettled: readonly (readonly [type: string, status: Condition['status']])[] = [
  ['BootstrapConfigReady', 'True'],
  ['InfrastructureReady', 'True'],
  ['ScalingUp', 'False'],
  ['ScalingDown', 'False'],
  ['MachinesUpToDate', 'True'],
  ['Remediating', 'False'],
  ['Available', 'True'],
]

/**
 * The conditions by which tools that know no MachinePool tell whether one is done: `kubectl`-like waiters, Helm, Flux, kpt.
 * Without them a pool would count as done as soon as its generation was observed, since it has no condition `Ready`.
 * https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 *
 * `Stalled` only for what no waiting mends: a waiter gives up at once. What does not exist yet may be applied a moment later.
 */
export function progressVerdicts(input: StatusInput, verdicts: Verdicts): Verdicts {
  if (input.pool.metadata.deletionTimestamp !== undefined) return {}
  const stalled = stall(input)
  if (stalled !== undefined) return { Stalled: { status: 'True', ...stalled } }
  for (const [type, status] of whenSettled) {
    const verdict = verdicts[type]
    if (verdict === undefined || verdict.status === status) continue
    const { reason, message } = verdict
    return { Reconciling: { status: 'True', reason, message: message === '' ? type : `${type}: ${message}` } }
  }
  return {}
}

function stall(input: StatusInput): Pick<Verdict, 'reason' | 'message'> | undefined {
  const failure = failureOf(input)
  if (failure !== undefined) return { reason: failure.reason ?? 'Failed', message: failure.message ?? '' }
  for (const observed of [input.bootstrap, input.infrastructure]) {
    if (observed.state === 'unspecified') {
      const message = 'spec.template.spec.bootstrap needs a configRef or a dataSecretName'
      return { reason: 'InvalidConfiguration', message }
    }
    if (observed.state === 'unusable' && observed.reason === 'OwnedByOther') {
      return { reason: observed.reason, message: observed.message }
    }
  }
  return undefined
}
