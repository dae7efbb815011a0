import {
  findCondition,
  isConditionTrue,
  mirrorCondition,
  setConditions,
  summarizeConditions,
  timestamp,
  type Machine,
  type MachinePhase,
  type MachineStatus,
  type NewCondition,
} from '@machinepool/api'
import type { SlimNode } from '@machinepool/runtime'

import { remoteConditionsGraceMs } from '../machine-pool/status-input.ts'
import type { InfraMachineReport } from './infra-machine.ts'

/** What was found out about a Machine in one pass. */
export interface MachineFindings {
  readonly machine: Machine
  readonly infra: InfraMachineReport | undefined
  readonly node: SlimNode | undefined
  /** Why, and since when (Unix milliseconds), the workload cluster cannot be asked; absent while it can. */
  readonly outage?: { readonly problem: string; readonly sinceMs: number }
  readonly nodeInfo?: MachineStatus['nodeInfo']
  readonly deletion?: { readonly reason: string; readonly message: string; readonly times: MachineStatus['deletion'] }
  readonly now: number
}

/** The status of a pool Machine. Conditions of others (`UpToDate`, `HealthCheckSucceeded`, ...) stay as they are. */
export function machineStatus(findings: MachineFindings): MachineStatus {
  const { machine, infra, node, now, nodeInfo } = findings
  const old = machine.status ?? {}
  const addresses = infra === undefined ? old.addresses : infra.addresses
  const nodeName = node?.metadata.name ?? old.nodeRef?.name
  const failureDomain = infra?.failureDomain ?? old.failureDomain
  const provisioned = infra?.provisioned === true || old.initialization?.infrastructureProvisioned === true
  const phase = phaseOf(findings, provisioned, nodeName !== undefined)
  const info = nodeInfo ?? old.nodeInfo
  const deletion = findings.deletion?.times ?? old.deletion
  return {
    conditions: conditionsOf(findings, provisioned),
    // Pool Machines have no bootstrap data of their own: the group has it.
    initialization: { infrastructureProvisioned: provisioned, bootstrapDataSecretCreated: true },
    ...(nodeName === undefined ? {} : { nodeRef: { name: nodeName } }),
    ...(info === undefined ? {} : { nodeInfo: info }),
    ...(addresses === undefined || addresses.length === 0 ? {} : { addresses: [...addresses] }),
    ...(failureDomain === undefined ? {} : { failureDomain }),
    phase,
    lastUpdated: old.phase === phase && old.lastUpdated !== undefined ? old.lastUpdated : timestamp(new Date(now)),
    ...(machine.metadata.generation === undefined ? {} : { observedGeneration: machine.metadata.generation }),
    ...(deletion === undefined ? {} : { deletion }),
    ...(old.deprecated === undefined ? {} : { deprecated: old.deprecated }),
  }
}

function phaseOf({ deletion, infra }: MachineFindings, provisioned: boolean, hasNode: boolean): MachinePhase {
  if (deletion !== undefined) return 'Deleting'
  if (hasNode && provisioned) return 'Running'
  if (provisioned) return 'Provisioned'
  return infra === undefined ? 'Pending' : 'Provisioning'
}

function conditionsOf(findings: MachineFindings, provisioned: boolean) {
  const { machine, infra, deletion, now } = findings
  const date = new Date(now)
  const details: NewCondition[] = [
    { type: 'BootstrapConfigReady', status: 'True', reason: 'DataSecretProvided', message: '' },
    infrastructureReady(infra, machine, provisioned),
    ...nodeConditions(findings),
    deletion === undefined
      ? { type: 'Deleting', status: 'False', reason: 'NotDeleting', message: '' }
      : { type: 'Deleting', status: 'True', reason: deletion.reason, message: deletion.message },
    { type: 'Paused', status: 'False', reason: 'NotPaused', message: '' },
  ]
  const detailed = setConditions(machine.status?.conditions, details, date)
  const gates = machine.spec.readinessGates ?? []
  const ready = summarizeConditions(detailed, {
    type: 'Ready',
    of: [
      'InfrastructureReady',
      'NodeHealthy',
      'HealthCheckSucceeded',
      'Deleting',
      ...gates.map(({ conditionType }) => conditionType),
    ],
    negative: [
      'Deleting',
      ...gates.filter(({ polarity }) => polarity === 'Negative').map((gate) => gate.conditionType),
    ],
    optional: ['HealthCheckSucceeded'],
    reasons: { good: 'Ready', bad: 'NotReady', unknown: 'ReadyUnknown' },
  })
  const withReady = setConditions(detailed, [ready], date)
  return setConditions(withReady, [available(findings, withReady)], date).map((condition) => ({
    ...condition,
    ...(machine.metadata.generation === undefined ? {} : { observedGeneration: machine.metadata.generation }),
  }))
}

function infrastructureReady(
  infra: InfraMachineReport | undefined,
  machine: Machine,
  provisioned: boolean,
): NewCondition {
  const { kind, name } = machine.spec.infrastructureRef
  if (infra === undefined) {
    const deleted = machine.metadata.deletionTimestamp !== undefined
    return {
      type: 'InfrastructureReady',
      status: 'False',
      reason: deleted || provisioned ? 'ObjectDeleted' : 'ObjectDoesNotExist',
      message: `${kind} ${name} ${deleted || provisioned ? 'has been deleted' : 'does not exist'}`,
    }
  }
  return mirrorCondition(infra.ready, 'InfrastructureReady', {
    status: infra.provisioned ? 'True' : 'False',
    reason: infra.provisioned ? 'Ready' : 'NotReady',
    message: infra.provisioned ? '' : `${kind} status.initialization.provisioned is false`,
  })
}

function bothNodeConditions(status: 'False' | 'Unknown', reason: string, message: string): NewCondition[] {
  return ['NodeReady', 'NodeHealthy'].map((type) => ({ type, status, reason, message }))
}

const pressures: readonly string[] = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable']

function nodeConditions({ machine, node, outage, now }: MachineFindings): NewCondition[] {
  if (outage !== undefined) {
    // A short outage, such as the start of this program, changes nothing about a Node.
    const known = ['NodeReady', 'NodeHealthy'].map((type) => findCondition(machine.status?.conditions, type))
    if (now - outage.sinceMs < remoteConditionsGraceMs && known.every((entry) => entry !== undefined)) return known
    return bothNodeConditions('Unknown', 'ConnectionDown', `the workload cluster cannot be reached: ${outage.problem}`)
  }
  if (node === undefined) {
    const known = machine.status?.nodeRef?.name
    const deleting = machine.metadata.deletionTimestamp !== undefined
    if (known !== undefined) {
      const message = `Node ${known} has been deleted${deleting ? '' : ' while the Machine still exists'}`
      return bothNodeConditions('False', 'NodeDeleted', message)
    }
    if (deleting) return bothNodeConditions('Unknown', 'NodeDoesNotExist', 'the Node does not exist')
    const { providerID, infrastructureRef } = machine.spec
    const message =
      providerID === undefined
        ? `waiting for ${infrastructureRef.kind} ${infrastructureRef.name} to report spec.providerID`
        : `waiting for a Node with spec.providerID ${providerID}`
    return bothNodeConditions('Unknown', 'InspectionFailed', message)
  }
  const ready = node.status.conditions?.find(({ type }) => type === 'Ready')
  const status = ready?.status === 'True' || ready?.status === 'False' ? ready.status : 'Unknown'
  const name = node.metadata.name ?? ''
  const isReady: NewCondition = {
    type: 'NodeReady',
    status,
    reason: { True: 'NodeReady', False: 'NodeNotReady', Unknown: 'NodeReadyUnknown' }[status],
    message: status === 'True' ? '' : `Node ${name}: Ready is ${status}`,
  }
  const pressed =
    node.status.conditions?.filter(({ type, status: on }) => pressures.includes(type) && on === 'True') ?? []
  const healthy = status === 'True' && pressed.length === 0
  const troubles = [
    ...(status === 'True' ? [] : [`* Node ${name}: Ready is ${status}`]),
    ...pressed.map(({ type }) => `* Node ${name}: ${type}`),
  ]
  return [
    isReady,
    {
      type: 'NodeHealthy',
      status: healthy ? 'True' : status === 'Unknown' ? 'Unknown' : 'False',
      reason: healthy ? 'NodeHealthy' : status === 'Unknown' ? 'NodeHealthyUnknown' : 'NodeNotHealthy',
      message: troubles.join('\n'),
    },
  ]
}

/** Ready for `minReadySeconds`. */
function available({ machine, now }: MachineFindings, conditions: MachineStatus['conditions']): NewCondition {
  if (!isConditionTrue(conditions, 'Ready')) {
    return { type: 'Available', status: 'False', reason: 'NotReady', message: '' }
  }
  const remaining = availableInMs(machine, conditions, now)
  if (remaining <= 0) return { type: 'Available', status: 'True', reason: 'Available', message: '' }
  return {
    type: 'Available',
    status: 'False',
    reason: 'WaitingForMinReadySeconds',
    message: `ready for less than ${machine.spec.minReadySeconds} seconds`,
  }
}

/** Milliseconds until a ready Machine is available. */
export function availableInMs(machine: Machine, conditions: MachineStatus['conditions'], now: number): number {
  const seconds = machine.spec.minReadySeconds ?? 0
  const since = Date.parse(findCondition(conditions, 'Ready')?.lastTransitionTime ?? '')
  return seconds === 0 || Number.isNaN(since) ? 0 : since + seconds * 1000 - now
}
