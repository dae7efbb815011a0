import { annotations, timestamp, type Cluster, type Condition, type MachinePool } from '@machinepool/api'

import { isProvisioned, type Counters } from './counters.ts'
import type { ReportedCondition } from './external-object.ts'
import { describe, type ContractReference } from './objects.ts'
import { namesKept } from './node-summary.ts'
import { progressTypes, progressVerdicts } from './progress-conditions.ts'
import { asksForRemediation, isUnhealthyOnly } from './remediation.ts'
import { remoteConditionsGraceMs, type PoolMachine, type StatusInput } from './status-input.ts'

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>

/**
 * All ten documented MachinePool conditions, with reasons in the words of the other Cluster API kinds, and what generic tools go
 * by while there is something to say.
 */
export function computeConditions(input: StatusInput, counters: Counters): Condition[] {
  const infrastructure = infrastructureReady(input)
  const verdicts: Record<string, Verdict> = {
    Available: available(input, counters, infrastructure),
    BootstrapConfigReady: bootstrapConfigReady(input),
    InfrastructureReady: infrastructure,
    MachinesReady: machinesReady(input, counters),
    MachinesUpToDate: machinesUpToDate(input, counters),
    ScalingUp: scalingUp(input, counters),
    ScalingDown: scalingDown(input, counters),
    Remediating: remediating(input),
    Deleting: deleting(input),
    Paused: notPaused,
  }
  const all = { ...verdicts, ...progressVerdicts(input, verdicts) }
  const old = (input.pool.status?.conditions ?? []).filter(({ type }) => type in all || !isProgressType(type))
  return mergeConditions(input.pool, old, all, input.now)
}

function isProgressType(type: string): boolean {
  return progressTypes.some((known) => known === type)
}

/** The pool's conditions with `Paused` alone brought up to date. */
export function pausedConditions(pool: MachinePool, cluster: Cluster | undefined, now: number): Condition[] {
  return mergeConditions(
    pool,
    pool.status?.conditions ?? [],
    { Paused: pausedVerdict(pool, cluster) ?? notPaused },
    now,
  )
}

/** Why the pool is paused; `undefined` when it is not. */
export function pausedVerdict(pool: MachinePool, cluster: Cluster | undefined): Verdict | undefined {
  const causes: string[] = []
  if (cluster?.spec?.paused === true) causes.push('Cluster spec.paused is set to true')
  if (pool.metadata.annotations?.[annotations.paused] !== undefined) {
    causes.push(`MachinePool has the ${annotations.paused} annotation`)
  }
  return causes.length === 0 ? undefined : { status: 'True', reason: 'Paused', message: causes.join(', ') }
}

const notPaused: Verdict = { status: 'False', reason: 'NotPaused', message: '' }

/** New verdicts over old conditions: unnamed ones stay, and a transition time changes only with its status. */
function mergeConditions(
  pool: MachinePool,
  old: readonly Condition[],
  verdicts: Readonly<Record<string, Verdict>>,
  now: number,
): Condition[] {
  const generation = pool.metadata.generation
  const merged = new Map(old.map((condition) => [condition.type, condition]))
  for (const [type, verdict] of Object.entries(verdicts)) {
    const previous = merged.get(type)
    merged.set(type, {
      type,
      ...verdict,
      lastTransitionTime: previous?.status === verdict.status ? previous.lastTransitionTime : timestamp(new Date(now)),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    })
  }
  return [...merged.values()].toSorted((a, b) => (a.type < b.type ? -1 : 1))
}

function available(input: StatusInput, counters: Counters, infrastructure: Verdict): Verdict {
  const wanted = input.pool.spec.replicas
  if (input.pool.metadata.deletionTimestamp !== undefined) {
    return { status: 'False', reason: 'NotAvailable', message: '* Deleting: MachinePool is being deleted' }
  }
  if (wanted === undefined) return waitingForReplicas
  const lost = connectionLost(input, 'Available', 'AvailableUnknown')
  if (lost !== undefined) return lost
  const issues: string[] = []
  if (input.cluster === undefined) issues.push(`* Cluster ${input.pool.spec.clusterName} does not exist`)
  if (infrastructure.status !== 'True') {
    const { message } = infrastructure
    issues.push(`* InfrastructureReady: ${message === '' ? infrastructure.reason : message}`)
  }
  const have = counters.availableReplicas ?? 0
  if (have < wanted) issues.push(`* ${have} available replicas, at least ${wanted} required`)
  if (issues.length === 0) return { status: 'True', reason: 'Available', message: '' }
  return { status: 'False', reason: 'NotAvailable', message: issues.join('\n') }
}

const waitingForReplicas: Verdict = {
  status: 'Unknown',
  reason: 'WaitingForReplicasSet',
  message: 'waiting for spec.replicas to be set',
}

function bootstrapConfigReady(input: StatusInput): Verdict {
  const { bootstrap } = input
  switch (bootstrap.state) {
    case 'provided':
      return { status: 'True', reason: 'DataSecretProvided', message: '' }
    case 'unspecified':
      return {
        status: 'False',
        reason: 'InvalidConfiguration',
        message: 'spec.template.spec.bootstrap needs a configRef or a dataSecretName',
      }
    case 'missing':
      return missing(input, bootstrap.ref, input.pool.status?.initialization?.bootstrapDataSecretCreated === true)
    case 'unusable':
      return unusable(bootstrap)
    case 'present': {
      const created = bootstrap.report.dataSecretCreated
      return mirror(bootstrap.report.ready, bootstrap.ref, {
        done: created,
        waiting: `${bootstrap.ref.kind} status.initialization.dataSecretCreated is ${created}`,
      })
    }
  }
}

function infrastructureReady(input: StatusInput): Verdict {
  const { infrastructure } = input
  switch (infrastructure.state) {
    case 'missing':
      return missing(input, infrastructure.ref, isProvisioned(input))
    case 'unusable':
      return unusable(infrastructure)
    case 'present': {
      const { provisioned } = infrastructure.report
      return mirror(infrastructure.report.ready, infrastructure.ref, {
        done: provisioned,
        waiting: `${infrastructure.ref.kind} status.initialization.provisioned is ${provisioned}`,
      })
    }
  }
}

function missing({ pool }: StatusInput, ref: ContractReference, existed: boolean): Verdict {
  const gone = { status: 'False', reason: 'ObjectDeleted' } as const
  if (pool.metadata.deletionTimestamp !== undefined) return { ...gone, message: `${describe(ref)} has been deleted` }
  if (existed) return { ...gone, message: `${describe(ref)} has been deleted while the MachinePool still exists` }
  return { status: 'False', reason: 'ObjectDoesNotExist', message: `${describe(ref)} does not exist` }
}

/** What could not be read may be as good as ever; what must not be used is not. */
function unusable({ reason, message }: Pick<Verdict, 'reason' | 'message'>): Verdict {
  return { status: reason === 'InternalError' ? 'Unknown' : 'False', reason, message }
}

/** `Ready` of another object as it is; its contract field where it has no such condition. */
function mirror(
  ready: ReportedCondition | undefined,
  ref: ContractReference,
  fallback: { readonly done: boolean; readonly waiting: string },
): Verdict {
  if (ready === undefined) {
    return fallback.done
      ? { status: 'True', reason: 'Ready', message: '' }
      : { status: 'False', reason: 'NotReady', message: fallback.waiting }
  }
  // Contract v1beta1 leaves the reason of a True condition empty; metav1 requires one.
  const reason = ready.reason ?? { True: 'Ready', False: 'NotReady', Unknown: 'ReadyUnknown' }[ready.status]
  const message = ready.message ?? (ready.status === 'True' ? '' : `${describe(ref)} is not ready`)
  return { status: ready.status, reason, message }
}

function machinesReady(input: StatusInput, counters: Counters): Verdict {
  const total = totalReplicas(input, counters)
  if (total === 0) return { status: 'True', reason: 'NoReplicas', message: '' }
  const lost = connectionLost(input, 'MachinesReady', 'ReadyUnknown')
  if (lost !== undefined) return lost
  const ready = counters.readyReplicas ?? 0
  if (ready >= total) return { status: 'True', reason: 'Ready', message: '' }
  return {
    status: 'False',
    reason: 'NotReady',
    message: [`* ${ready} of ${total} ready`, ...nodeIssues(input)].join('\n'),
  }
}

function nodeIssues(input: StatusInput): string[] {
  if (input.nodes.state !== 'known') return []
  const { missing: absent, notReady } = input.nodes.summary
  const issues: string[] = []
  if (absent > 0) issues.push(`* waiting for the Nodes of ${absent} ${absent === 1 ? 'instance' : 'instances'} to join`)
  if (notReady.length > 0) issues.push(`* not ready: ${notReady.map((name) => `Node ${name}`).join(', ')}`)
  return issues
}

function machinesUpToDate(input: StatusInput, counters: Counters): Verdict {
  const total = totalReplicas(input, counters)
  if (total === 0) return { status: 'True', reason: 'NoReplicas', message: '' }
  const lost = connectionLost(input, 'MachinesUpToDate', 'UpToDateUnknown')
  if (lost !== undefined) return lost
  const upToDate = counters.upToDateReplicas ?? 0
  if (upToDate >= total) return { status: 'True', reason: 'UpToDate', message: '' }
  const { version } = input.pool.spec.template.spec
  const lines = [`* ${upToDate} of ${total} up to date${version === undefined ? '' : ` with version ${version}`}`]
  if (input.nodes.state === 'known' && input.nodes.summary.outdated.length > 0) {
    lines.push(`* other version: ${input.nodes.summary.outdated.map((name) => `Node ${name}`).join(', ')}`)
  }
  const outdated = input.infrastructure.state === 'present' ? input.infrastructure.report.outdatedReplicas : undefined
  if (outdated !== undefined && outdated > 0) {
    lines.push(
      `* rolling out: ${outdated} of ${total} instances are not as ${describe(input.infrastructure.ref)} wants them`,
    )
  }
  return { status: 'False', reason: 'NotUpToDate', message: lines.join('\n') }
}

/** Replicas that exist: instances of the group, or Machines where there are more of them. */
function totalReplicas(input: StatusInput, counters: Counters): number {
  return Math.max(counters.replicas ?? 0, input.machines?.length ?? 0)
}

function scalingUp(input: StatusInput, counters: Counters): Verdict {
  const wanted = input.pool.spec.replicas
  if (wanted === undefined) return waitingForReplicas
  if (input.pool.metadata.deletionTimestamp !== undefined)
    return { status: 'False', reason: 'NotScalingUp', message: '' }
  const have = counters.availableReplicas ?? 0
  if (have >= wanted) return { status: 'False', reason: 'NotScalingUp', message: '' }
  const lines = [`Scaling up from ${have} to ${wanted} available replicas`]
  if (input.bootstrap.state !== 'provided' && input.bootstrap.state !== 'present') {
    lines.push('* waiting for the bootstrap config')
  } else if (input.bootstrap.state === 'present' && !input.bootstrap.report.dataSecretCreated) {
    lines.push(`* waiting for ${describe(input.bootstrap.ref)} to create its data secret`)
  }
  if (!isProvisioned(input)) lines.push(`* waiting for ${describe(input.infrastructure.ref)} to be provisioned`)
  else lines.push(...nodeIssues(input))
  return { status: 'True', reason: 'ScalingUp', message: lines.join('\n') }
}

function scalingDown(input: StatusInput, counters: Counters): Verdict {
  const deletingPool = input.pool.metadata.deletionTimestamp !== undefined
  const wanted = deletingPool ? 0 : input.pool.spec.replicas
  if (wanted === undefined) return waitingForReplicas
  const have = counters.replicas ?? 0
  if (have <= wanted) return { status: 'False', reason: 'NotScalingDown', message: '' }
  return { status: 'True', reason: 'ScalingDown', message: `Scaling down from ${have} to ${wanted} replicas` }
}

function remediating({ machines = [] }: StatusInput): Verdict {
  const waiting = machines.filter(({ machine }) => asksForRemediation(machine))
  if (waiting.length > 0) {
    return { status: 'True', reason: 'Remediating', message: `to be remediated: Machines ${someNames(waiting)}` }
  }
  const unhealthy = machines.filter(({ machine }) => isUnhealthyOnly(machine))
  const message = unhealthy.length === 0 ? '' : `not healthy, and not to be remediated here: ${someNames(unhealthy)}`
  return { status: 'False', reason: 'NotRemediating', message }
}

function someNames(machines: readonly PoolMachine[]): string {
  const names = machines.slice(0, namesKept).map(({ machine }) => machine.metadata.name)
  const more = machines.length > names.length ? ` and ${machines.length - names.length} more` : ''
  return `${names.join(', ')}${more}`
}

function deleting(input: StatusInput): Verdict {
  if (input.deletion === undefined) return { status: 'False', reason: 'NotDeleting', message: '' }
  return { status: 'True', reason: input.deletion.step, message: input.deletion.message }
}

/**
 * The verdict about Nodes that cannot be read: the last one for the time of a short outage, then Unknown. A pool that never had
 * a verdict is Unknown at once.
 */
function connectionLost(input: StatusInput, type: string, reason: string): Verdict | undefined {
  if (input.nodes.state === 'known' || (input.pool.spec.providerIDList ?? []).length === 0) return undefined
  const previous = input.pool.status?.conditions?.find((condition) => condition.type === type)
  if (previous !== undefined && input.now - input.nodes.sinceMs < remoteConditionsGraceMs) {
    return { status: previous.status, reason: previous.reason, message: previous.message }
  }
  return { status: 'Unknown', reason, message: `the workload cluster cannot be reached: ${input.nodes.problem}` }
}
