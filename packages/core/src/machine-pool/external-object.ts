import { projectAnnotations } from '@machinepool/api'
import type { UnknownObject } from '@machinepool/kube'

/** What any condition says, whatever the shape it was written in. */
export interface ReportedCondition {
  readonly status: 'True' | 'False' | 'Unknown'
  readonly severity?: string
  readonly reason?: string
  readonly message?: string
}

export interface Failure {
  readonly reason?: string
  readonly message?: string
}

interface CommonReport {
  /** `Ready` in metav1 form. */
  readonly ready?: ReportedCondition
  /** `Ready` as contract v1beta1 has it; the same one where the object has only one form. */
  readonly v1beta1Ready?: ReportedCondition
  readonly failure?: Failure
  readonly deleting: boolean
}

/** What a bootstrap configuration says about itself, by contract v1beta2 or v1beta1. */
export interface BootstrapReport extends CommonReport {
  readonly dataSecretCreated: boolean
  readonly dataSecretName?: string
}

/** What an infrastructure pool says about itself, by contract v1beta2 or v1beta1. */
export interface InfrastructureReport extends CommonReport {
  readonly provisioned: boolean
  readonly providerIDList: readonly string[]
  readonly replicas?: number
  /** Kind of the per-instance objects; absent or empty means that the pool has no Machines. */
  readonly machineKind?: string
  /** Instances that are not as the pool's spec wants them, where the provider counts them. */
  readonly outdatedReplicas?: number
}

/**
 * Reads the bootstrap contract: `status.initialization.dataSecretCreated` or `status.ready`, and `status.dataSecretName`.
 * https://cluster-api.sigs.k8s.io/developer/providers/contracts/bootstrap-config
 */
export function readBootstrap(object: UnknownObject): BootstrapReport {
  const status = record(object.status)
  const dataSecretName = text(status['dataSecretName'])
  return {
    ...readCommon(object),
    dataSecretCreated: record(status['initialization'])['dataSecretCreated'] === true || status['ready'] === true,
    ...(dataSecretName === undefined ? {} : { dataSecretName }),
  }
}

/**
 * Reads the infrastructure pool contract: `status.initialization.provisioned` or `status.ready`, `spec.providerIDList` and
 * `status.replicas`. Either readiness field counts: providers of both contracts are in use.
 * https://cluster-api.sigs.k8s.io/developer/providers/contracts/infra-machinepool
 */
export function readInfrastructure(object: UnknownObject): InfrastructureReport {
  const status = record(object.status)
  const ids = record(object.spec)['providerIDList']
  const replicas = status['replicas']
  const machineKind = text(status['infrastructureMachineKind'])
  const outdated = object.metadata.annotations?.[projectAnnotations.outdatedReplicas]
  return {
    ...readCommon(object),
    provisioned: record(status['initialization'])['provisioned'] === true || status['ready'] === true,
    providerIDList: Array.isArray(ids) ? (ids.every(isID) ? ids : ids.filter(isID)) : [],
    ...(typeof replicas === 'number' ? { replicas } : {}),
    ...(machineKind === undefined ? {} : { machineKind }),
    ...(outdated !== undefined && /^\d{1,6}$/.test(outdated) ? { outdatedReplicas: Number(outdated) } : {}),
  }
}

function isID(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function readCommon(object: UnknownObject): CommonReport {
  const status = record(object.status)
  const deprecated = record(record(status['deprecated'])['v1beta1'])
  const plain = findReady(status['conditions'])
  const ready = findReady(record(status['v1beta2'])['conditions']) ?? plain
  const v1beta1Ready = findReady(deprecated['conditions']) ?? plain
  const failure = readFailure(status) ?? readFailure(deprecated)
  return {
    deleting: object.metadata.deletionTimestamp !== undefined,
    ...(ready === undefined ? {} : { ready }),
    ...(v1beta1Ready === undefined ? {} : { v1beta1Ready }),
    ...(failure === undefined ? {} : { failure }),
  }
}

function readFailure(status: Record<string, unknown>): Failure | undefined {
  const reason = text(status['failureReason'])
  const message = text(status['failureMessage'])
  if (reason === undefined && message === undefined) return undefined
  return { ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) }
}

function findReady(conditions: unknown): ReportedCondition | undefined {
  if (!Array.isArray(conditions)) return undefined
  const found = conditions.map(record).find((condition) => condition['type'] === 'Ready')
  if (found === undefined) return undefined
  const { status } = found
  if (status !== 'True' && status !== 'False' && status !== 'Unknown') return undefined
  const severity = text(found['severity'])
  const reason = text(found['reason'])
  const message = text(found['message'])
  return {
    status,
    ...(severity === undefined ? {} : { severity }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
