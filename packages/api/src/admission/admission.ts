import type { UnknownApiObject } from '../toolkit/object.ts'

/** What a request would do to an object. Deletions are not looked at. */
export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE'
  /** The object as the client wants it, in the kind's stored version. */
  object: UnknownApiObject
  /** The object before the update, in the same version. */
  old?: UnknownApiObject
}

/** Reasons of field errors, in the words of Kubernetes (`status.details.causes[].reason`). */
export type CauseReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueNotSupported'

/** One thing that is wrong, shaped like a cause in a Kubernetes `Status`. */
export interface Cause {
  /** Path of the field, e.g. `spec.template.spec.version`. */
  field: string
  reason: CauseReason
  /** Complete, in the form of Kubernetes: `Invalid value: "x": must be ...`. */
  message: string
}

/** Either the object with defaults filled in, or everything that is wrong with it. */
export type AdmissionResult =
  | { allowed: true; object: UnknownApiObject; warnings: string[] }
  | { allowed: false; causes: Cause[] }

export interface FeatureGates {
  /** Refuses every MachinePool when false. */
  MachinePool: boolean
}

export const defaultFeatureGates: FeatureGates = { MachinePool: true }

/** Pure: fills in defaults and validates one kind. Never changes the object it is given. */
export type Admit = (request: AdmissionRequest, gates: FeatureGates) => AdmissionResult

export function required(field: string, detail: string): Cause {
  return { field, reason: 'FieldValueRequired', message: `Required value: ${detail}` }
}

export function invalid(field: string, value: unknown, detail: string): Cause {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${detail}` }
}

export function forbidden(field: string, detail: string): Cause {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${detail}` }
}

/** `MachinePool.cluster.x-k8s.io "np" is invalid: spec.replicas: Invalid value: ...`, as the API server says it. */
export function invalidMessage(object: UnknownApiObject, causes: readonly Cause[]): string {
  const group = object.apiVersion.split('/')[0] ?? ''
  const list = causes.map((cause) => `${cause.field}: ${cause.message}`)
  const name = object.metadata.name ?? object.metadata.generateName ?? ''
  return `${object.kind}.${group} "${name}" is invalid: ${list.length === 1 ? list[0] : `[${list.join(', ')}]`}`
}
