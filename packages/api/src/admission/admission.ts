import type { UnknownApiObject } from '../toolkit/object.ts'

/** What a request would do to an object. */
export interface AdmissionRequest {
  /** Deletions are let through. */
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'
  /** The object as the client wants it, in the kind's stored version. */
  readonly object: UnknownApiObject
  /** The object before an update, in the same version. */
  readonly old?: UnknownApiObject
  /** `status` or `scale`; writes to subresources are let through. */
  readonly subresource?: string
}

/** One field that is wrong; becomes a cause in the details of a Kubernetes `Status`. */
export interface FieldError {
  /** Path of the field, e.g. `spec.template.spec.version`. */
  readonly field: string
  readonly type: 'Required' | 'Invalid' | 'Forbidden' | 'Duplicate'
  /** What would be right, without the phrase for the type and the value. */
  readonly message: string
  readonly value?: unknown
}

/** Either the object with defaults filled in, or everything that is wrong with it. */
export type AdmissionResult =
  | { readonly object: UnknownApiObject; readonly warnings: readonly string[] }
  | { readonly errors: readonly FieldError[] }

export interface FeatureGates {
  /** Refuses every MachinePool when false. */
  readonly MachinePool: boolean
}

export const defaultFeatureGates: FeatureGates = { MachinePool: true }

/** Pure: fills in defaults and validates one kind. Never changes the object it is given. */
export type Admit = (request: AdmissionRequest, gates: FeatureGates) => AdmissionResult

export function required(field: string, message: string): FieldError {
  return { field, type: 'Required', message }
}

export function invalid(field: string, value: unknown, message: string): FieldError {
  return { field, type: 'Invalid', message, value }
}

export function forbidden(field: string, message: string): FieldError {
  return { field, type: 'Forbidden', message }
}

/** The admitted object, or the refusal when there are errors. */
export function outcome(object: UnknownApiObject, errors: readonly FieldError[]): AdmissionResult {
  return errors.length > 0 ? { errors } : { object, warnings: [] }
}

const phrases: Readonly<Record<FieldError['type'], string>> = {
  Required: 'Required value',
  Invalid: 'Invalid value',
  Forbidden: 'Forbidden',
  Duplicate: 'Duplicate value',
}

/** An error as the API server words it: `spec.replicas: Invalid value: -1: must be ...`. */
export function fieldErrorText({ field, type, message, value }: FieldError): string {
  const shown = value === undefined ? '' : `: ${JSON.stringify(value)}`
  return `${field}: ${phrases[type]}${shown}${message === '' ? '' : `: ${message}`}`
}

/** `MachinePool.cluster.x-k8s.io "np" is invalid: spec.replicas: Invalid value: ...`, as the API server says it. */
export function invalidMessage(object: UnknownApiObject, errors: readonly FieldError[]): string {
  const group = object.apiVersion.split('/')[0] ?? ''
  const list = errors.map(fieldErrorText)
  const name = object.metadata.name ?? object.metadata.generateName ?? ''
  return `${object.kind}.${group} "${name}" is invalid: ${list.length === 1 ? list[0] : `[${list.join(', ')}]`}`
}
