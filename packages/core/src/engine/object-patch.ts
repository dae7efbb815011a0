import type { InfraMachinePoolKind, JsonObject, JsonValue, Location, Report } from '@machinepool/contract'

import type { EngineCondition } from './decide/conditions.ts'
import type { InfraObject } from './infra-object.ts'
import { formatLedger, type Ledger } from './ledger.ts'
import { engineAnnotations } from './names.ts'
import { statusDifference, type StatusBody } from './sent-statuses.ts'
import { stableJson } from './stable-json.ts'
import { writeConditions } from './status-conditions.ts'

/** Wanted metadata and spec of the infrastructure object; absent fields stay as they are. */
export interface ObjectWish {
  readonly finalizer?: 'present' | 'absent'
  readonly location?: Location
  readonly managementId?: string
  readonly ledger?: Ledger
  readonly providerID?: string
  readonly providerIDs?: readonly string[]
  /** How many instances are not as the spec wants them; told to the MachinePool's controller. */
  readonly outdatedReplicas?: number
  /** The provider's own, see `Report.annotations`. */
  readonly annotations?: Readonly<Record<string, string>>
}

/** A merge patch (RFC 7386) of metadata and spec, or `undefined` when nothing differs (R24). */
export function objectPatch(object: InfraObject, finalizer: string, wish: ObjectWish): JsonObject | undefined {
  const metadata: JsonObject = {}
  const spec: JsonObject = {}
  const annotations: JsonObject = {}

  const finalizers = object.metadata.finalizers ?? []
  if (wish.finalizer === 'present' && !finalizers.includes(finalizer))
    metadata['finalizers'] = [...finalizers, finalizer]
  if (wish.finalizer === 'absent' && finalizers.includes(finalizer)) {
    metadata['finalizers'] = finalizers.filter((one) => one !== finalizer)
  }
  if (wish.location) setAnnotation(annotations, object, engineAnnotations.location, stableJson(wish.location))
  if (wish.managementId !== undefined) {
    setAnnotation(annotations, object, engineAnnotations.managementId, wish.managementId)
  }
  if (wish.ledger) setAnnotation(annotations, object, engineAnnotations.ledger, formatLedger(wish.ledger))
  if (wish.outdatedReplicas !== undefined) {
    const count = wish.outdatedReplicas > 0 ? String(wish.outdatedReplicas) : undefined
    setAnnotation(annotations, object, engineAnnotations.outdatedReplicas, count)
  }
  for (const [key, value] of Object.entries(wish.annotations ?? {})) setAnnotation(annotations, object, key, value)
  if (Object.keys(annotations).length > 0) metadata['annotations'] = annotations
  if (wish.providerID !== undefined && object.spec?.providerID !== wish.providerID) spec['providerID'] = wish.providerID
  if (wish.providerIDs !== undefined && !sameList(object.spec?.providerIDList ?? [], wish.providerIDs)) {
    spec['providerIDList'] = [...wish.providerIDs]
  }
  // Another writer's finalizer must not be lost: the list is replaced as a whole.
  if (metadata['finalizers'] !== undefined) metadata['resourceVersion'] = object.metadata.resourceVersion
  if (Object.keys(metadata).length === 0 && Object.keys(spec).length === 0) return undefined
  return {
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(Object.keys(spec).length > 0 && { spec }),
  }
}

function setAnnotation(target: JsonObject, object: InfraObject, name: string, value: string | undefined): void {
  if (object.metadata.annotations?.[name] !== value) target[name] = value ?? null
}

export interface StatusWish {
  readonly provisioned: boolean
  /** Absent: leave the number as it is. */
  readonly replicas: number | undefined
  readonly infrastructureMachineKind: string | undefined
  readonly conditions: readonly EngineCondition[]
  /** The provider's part; absent when the cloud could not be asked. */
  readonly report: Report | undefined
  /** Conditions that are not named stay: nothing is known about them at the moment. */
  readonly keepOthers: boolean
}

/**
 * A merge patch of the status, or `undefined` when nothing differs.
 *
 * @param standing the status with what the server dropped, see `SentStatuses`
 */
export function statusPatch(
  object: InfraObject,
  standing: JsonObject,
  kind: InfraMachinePoolKind,
  wish: StatusWish,
  now: number,
): StatusBody | undefined {
  const oldV1Beta2 = standing['v1beta2']
  const { conditions, v1beta2 } = writeConditions(
    kind.conditions,
    { conditions: standing['conditions'], v1beta2: isObject(oldV1Beta2) ? oldV1Beta2['conditions'] : undefined },
    [...wish.conditions, ...(wish.report?.conditions ?? [])],
    { now, generation: object.metadata.generation, keepOthers: wish.keepOthers },
  )
  const wanted: JsonObject = {
    ...wish.report?.status,
    ready: wish.provisioned,
    // Written once it is true and never taken back: it says that provisioning has been completed at least once.
    ...(wish.provisioned && { initialization: { provisioned: true } }),
    ...(wish.replicas !== undefined && { replicas: wish.replicas }),
    ...(wish.infrastructureMachineKind !== undefined && { infrastructureMachineKind: wish.infrastructureMachineKind }),
    conditions: [...conditions],
    ...(v1beta2 && { v1beta2: { conditions: [...v1beta2] } }),
  }
  return statusDifference(object.status ?? {}, standing, wanted)
}

function isObject(value: JsonValue | undefined): value is { [key: string]: JsonValue | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index])
}
