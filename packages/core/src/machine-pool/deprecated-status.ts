import { timestamp, type MachinePoolStatus, type V1Beta1Condition } from '@machinepool/api'

import { isProvisioned, type Counters } from './counters.ts'
import type { ReportedCondition } from './external-object.ts'
import { failureOf } from './failure.ts'
import { describe, type ContractReference } from './objects.ts'
import type { StatusInput } from './status-input.ts'

type DeprecatedStatus = NonNullable<NonNullable<MachinePoolStatus['deprecated']>['v1beta1']>
type Verdict = Omit<V1Beta1Condition, 'type' | 'lastTransitionTime'>

const isTrue: Verdict = { status: 'True' }

/** `status.deprecated.v1beta1`: what clients of v1beta1 see, with that version's meanings. */
export function computeDeprecatedStatus(input: StatusInput, counters: Counters): DeprecatedStatus {
  const failure = failureOf(input)
  const ready = counters.readyNodes ?? 0
  const available = counters.availableNodes ?? 0
  return {
    conditions: computeV1Beta1Conditions(input, counters),
    ...(failure?.reason === undefined ? {} : { failureReason: failure.reason }),
    ...(failure?.message === undefined ? {} : { failureMessage: failure.message }),
    readyReplicas: ready,
    availableReplicas: available,
    unavailableReplicas: Math.max(0, (counters.replicas ?? 0) - available),
  }
}

function computeV1Beta1Conditions(input: StatusInput, counters: Counters): V1Beta1Condition[] {
  const details: Record<string, Verdict> = {
    BootstrapReady: bootstrapReady(input),
    InfrastructureReady: infrastructureReady(input),
    ReplicasReady: replicasReady(input, counters),
  }
  const verdicts: Record<string, Verdict> = { Ready: summary(Object.values(details)), ...details }
  const old = new Map(input.pool.status?.deprecated?.v1beta1?.conditions?.map((entry) => [entry.type, entry]) ?? [])
  for (const [type, verdict] of Object.entries(verdicts)) {
    const previous = old.get(type)
    old.set(type, {
      type,
      ...verdict,
      lastTransitionTime:
        previous?.status === verdict.status ? previous.lastTransitionTime : timestamp(new Date(input.now)),
    })
  }
  // Upstream keeps Ready first and the rest in alphabetical order.
  return [...old.values()].toSorted((a, b) =>
    a.type === 'Ready' ? -1 : b.type === 'Ready' ? 1 : a.type < b.type ? -1 : 1,
  )
}

function bootstrapReady({ bootstrap }: StatusInput): Verdict {
  switch (bootstrap.state) {
    case 'provided':
      return isTrue
    case 'unspecified':
      return waiting(
        'InvalidConfiguration',
        'Error',
        'spec.template.spec.bootstrap needs a configRef or a dataSecretName',
      )
    case 'missing':
      return waiting('IncorrectExternalRef', 'Error', `${describe(bootstrap.ref)} does not exist`)
    case 'unusable':
      return waiting(bootstrap.reason, 'Error', bootstrap.message)
    case 'present':
      return mirror(bootstrap.report.v1beta1Ready, bootstrap.report.dataSecretCreated, 'WaitingForDataSecret')
  }
}

function infrastructureReady(input: StatusInput): Verdict {
  const { infrastructure } = input
  switch (infrastructure.state) {
    case 'missing':
      return input.pool.metadata.deletionTimestamp === undefined
        ? waiting('IncorrectExternalRef', 'Error', doesNotExist(infrastructure.ref))
        : waiting('Deleted', 'Info', `${describe(infrastructure.ref)} has been deleted`)
    case 'unusable':
      return waiting(infrastructure.reason, 'Error', infrastructure.message)
    case 'present':
      return mirror(infrastructure.report.v1beta1Ready, infrastructure.report.provisioned, 'WaitingForInfrastructure')
  }
}

function doesNotExist(ref: ContractReference): string {
  return `${describe(ref)} does not exist`
}

function replicasReady(input: StatusInput, counters: Counters): Verdict {
  const wanted = input.pool.spec.replicas
  const ready = counters.readyNodes ?? 0
  // As upstream's, all that exist are ready; and, unlike upstream's, as many exist as are wanted.
  const areAll = (counters.replicas ?? 0) === ready
  if (isProvisioned(input) && wanted !== undefined && areAll && ready >= wanted) return isTrue
  return waiting('WaitingForReplicasReady', 'Info', `${ready} of ${wanted ?? 'an unknown number of'} Nodes are ready`)
}

function mirror(reported: ReportedCondition | undefined, done: boolean, fallbackReason: string): Verdict {
  if (reported === undefined) return done ? isTrue : waiting(fallbackReason, 'Info', '')
  const { status, severity, reason, message } = reported
  return {
    status,
    ...(status === 'False' ? { severity: severity ?? 'Info' } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  }
}

function waiting(reason: string, severity: 'Error' | 'Warning' | 'Info', message: string): Verdict {
  return { status: 'False', severity, reason, ...(message === '' ? {} : { message }) }
}

const severities = ['Error', 'Warning', 'Info']

/** The worst of them: False before Unknown before True, and among False the highest severity. */
function summary(details: readonly Verdict[]): Verdict {
  const rank = ({ status, severity }: Verdict): number => {
    if (status === 'False') return severities.indexOf(severity ?? 'Info')
    return status === 'Unknown' ? severities.length : severities.length + 1
  }
  const [worst] = details.toSorted((a, b) => rank(a) - rank(b))
  return worst === undefined || worst.status === 'True' ? isTrue : worst
}
