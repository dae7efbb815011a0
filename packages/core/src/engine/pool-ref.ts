import { replicasAreManagedExternally, type Cluster, type MachinePool } from '@machinepool/api'
import type { InfraMachinePoolKind, JsonObject, Location, PoolRef } from '@machinepool/contract'
import type { UnknownObject } from '@machinepool/kube'

import type { RolloutControls, Timing, Waiting } from './decide/situation.ts'
import type { InfraObject } from './infra-object.ts'
import type { Ledger } from './ledger.ts'
import { engineAnnotations } from './names.ts'
import { defaultProgressDeadlineMs } from './pool-context.ts'
import type { RelatedObjects } from './related-objects.ts'

/** Puts together what the provider is told about the pool. */
export function poolRefOf(
  infra: InfraObject,
  related: RelatedObjects,
  kind: InfraMachinePoolKind,
  managementId: string,
  ledger: Ledger,
): PoolRef {
  const { machinePool, clusterName, infraCluster, controlPlane } = related
  const { namespace = '', name = '' } = infra.metadata
  const location = recordedLocation(infra)
  const providerID = infra.spec?.providerID
  const version = machinePool?.spec.template.spec.version
  return {
    key: { namespace, name },
    cluster: {
      namespace,
      name: clusterName ?? '',
      ...(infraCluster && { infrastructure: plain(infraCluster) }),
      ...(controlPlane && { controlPlane: plain(controlPlane) }),
    },
    // What was recorded with the first write goes before the id of this very cluster: the marks in the cloud carry it.
    managementId: infra.metadata.annotations?.[engineAnnotations.managementId] ?? managementId,
    spec: infra.spec ?? {},
    annotations: declaredAnnotations(infra, kind),
    replicas: machinePool?.spec.replicas,
    ...(version !== undefined && { version }),
    failureDomains: machinePool?.spec.failureDomains ?? [],
    recorded: { ...(providerID !== undefined && providerID !== '' && { providerID }), ...(location && { location }) },
    adopt: infra.metadata.annotations?.[engineAnnotations.adopt] === 'true',
    externallyScaled: machinePool !== undefined && replicasAreManagedExternally(machinePool),
    operations: ledger.operations,
  }
}

/** Objects from the API server are JSON by construction. */
function plain(object: UnknownObject): JsonObject {
  return object as unknown as JsonObject
}

function declaredAnnotations(infra: InfraObject, kind: InfraMachinePoolKind): Record<string, string> {
  const own = { ...infra.metadata.labels, ...infra.metadata.annotations }
  return Object.fromEntries(kind.annotations.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]]])))
}

/** What was written down before the first cloud write; unreadable content counts as absent. */
export function recordedLocation(infra: InfraObject): Location | undefined {
  const text = infra.metadata.annotations?.[engineAnnotations.location]
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isLocation(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isLocation(value: unknown): value is Location {
  return typeof value === 'object' && value !== null && 'region' in value && typeof value.region === 'string'
}

const waiting = (message: string): Waiting => ({ reason: 'WaitingForClusterInfrastructure', message })

/** What has to be there before a group is created. */
export function prerequisiteOf(
  { cluster, clusterName, infraCluster }: RelatedObjects,
  kind: InfraMachinePoolKind,
): Waiting | undefined {
  if (cluster === undefined) return waiting(`Cluster ${clusterName ?? '(not named yet)'} does not exist`)
  const ref = cluster.spec?.infrastructureRef
  // A Cluster without an infrastructure object of its own is managed by somebody else, who vouches for it.
  if (ref === undefined) return undefined
  if (!isProvisioned(cluster))
    return waiting(`the infrastructure of Cluster ${clusterName ?? ''} is not provisioned yet`)
  const ours = kind.clusterKinds.some((one) => one.kind === ref.kind && one.group === ref.apiGroup)
  return ours && infraCluster === undefined ? waiting(`${ref.kind} ${ref.name} does not exist`) : undefined
}

function isProvisioned(cluster: Cluster): boolean {
  return cluster.status?.initialization?.infrastructureProvisioned === true
}

/** `status.version`, as control plane objects have it by contract; the wish only while there is no status. */
export function controlPlaneVersionOf(controlPlane: UnknownObject | undefined): string | undefined {
  const version = controlPlane?.status?.['version'] ?? controlPlane?.spec?.['version']
  return typeof version === 'string' ? version : undefined
}

export function controlsOf(infra: InfraObject, machinePool: MachinePool | undefined): RolloutControls {
  const said = (name: string): string | undefined =>
    infra.metadata.annotations?.[name] ?? machinePool?.metadata.annotations?.[name]
  const approvedRevision = said(engineAnnotations.rolloutApproved)
  const window = said(engineAnnotations.rolloutWindow)
  const approveTakeOver = said(engineAnnotations.approveTakeOver)
  const deadline = Number(said(engineAnnotations.rolloutProgressDeadline))
  return {
    paused: said(engineAnnotations.rolloutPaused) === 'true',
    approvalRequired: said(engineAnnotations.rolloutApproval) === 'required',
    ...(approvedRevision !== undefined && { approvedRevision }),
    ...(window !== undefined && { window }),
    ...(approveTakeOver !== undefined && { approveTakeOver }),
    progressDeadlineMs: Number.isFinite(deadline) && deadline > 0 ? deadline * 1000 : defaultProgressDeadlineMs,
  }
}

/** As upstream, zero means without a bound. */
function boundMs(seconds: number | undefined): number | undefined {
  return seconds === undefined || seconds === 0 ? undefined : seconds * 1000
}

export function timingOf(machinePool: MachinePool | undefined): Timing {
  const spec = machinePool?.spec.template.spec
  return {
    minReadyMs: (spec?.minReadySeconds ?? 0) * 1000,
    nodeDrainTimeoutMs: boundMs(spec?.deletion?.nodeDrainTimeoutSeconds),
    volumeDetachTimeoutMs: boundMs(spec?.deletion?.nodeVolumeDetachTimeoutSeconds),
  }
}

/** True when annotation `name` of the pool or of its machine template is there, whatever its value. */
export function poolHasAnnotation(infra: InfraObject, machinePool: MachinePool | undefined, name: string): boolean {
  return [
    infra.metadata.annotations,
    machinePool?.metadata.annotations,
    machinePool?.spec.template.metadata?.annotations,
  ].some((annotations) => annotations?.[name] !== undefined)
}
