import { groupKind, groupResource } from './object.ts'

export interface StatusCause {
  reason?: string
  message?: string
  field?: string
}

export interface StatusDetails {
  name?: string
  group?: string
  kind?: string
  uid?: string
  causes?: StatusCause[]
  retryAfterSeconds?: number
}

interface ResourceName {
  readonly group: string
  readonly plural: string
}

interface KindName {
  readonly group: string
  readonly kind: string
}

/** One field that is not as it must be. `value` is shown unless the type says that it is not. */
export interface FieldError {
  readonly type: FieldErrorType
  /** Such as `spec.template.spec.containers[0].name`. */
  readonly field: string
  readonly value?: unknown
  readonly detail?: string
}

export type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueTypeInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueNotFound'

const phrases: Record<FieldErrorType, string> = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueTypeInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueNotFound: 'Not found',
}

const withoutValue = new Set<FieldErrorType>(['FieldValueRequired', 'FieldValueForbidden', 'FieldValueTooLong'])

/** The message of a field error without its field, as Kubernetes words it. */
export function fieldErrorBody(error: FieldError): string {
  let text = phrases[error.type]
  if (!withoutValue.has(error.type) && error.value !== undefined) text += `: ${JSON.stringify(error.value)}`
  if (error.detail !== undefined && error.detail !== '') text += `: ${error.detail}`
  return text
}

/** A request that is refused. It becomes the `Status` object of the answer. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure'
  readonly code: number
  readonly reason: string
  readonly details: StatusDetails | undefined

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  toStatus(): object {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    }
  }
}

function resourceDetails(resource: ResourceName, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
  }
}

export function notFound(resource: ResourceName, name: string): ApiFailure {
  return new ApiFailure(
    404,
    'NotFound',
    `${groupResource(resource)} "${name}" not found`,
    resourceDetails(resource, name),
  )
}

/** No such path. */
export function pathNotFound(): ApiFailure {
  return new ApiFailure(404, 'NotFound', 'the server could not find the requested resource', {})
}

/** @param leaving the object that is there is being deleted. */
export function alreadyExists(resource: ResourceName, name: string, leaving = false): ApiFailure {
  const message = `${leaving ? 'object is being deleted: ' : ''}${groupResource(resource)} "${name}" already exists`
  return new ApiFailure(409, 'AlreadyExists', message, resourceDetails(resource, name))
}

export function conflict(resource: ResourceName, name: string, why = modified): ApiFailure {
  const message = `Operation cannot be fulfilled on ${groupResource(resource)} "${name}": ${why}`
  return new ApiFailure(409, 'Conflict', message, resourceDetails(resource, name))
}
const modified = 'the object has been modified; please apply your changes to the latest version and try again'

export function badRequest(message: string): ApiFailure {
  return new ApiFailure(400, 'BadRequest', message)
}

export function forbidden(resource: ResourceName, name: string, why: string, causes?: StatusCause[]): ApiFailure {
  const message = `${groupResource(resource)}${name === '' ? '' : ` "${name}"`} is forbidden: ${why}`
  return new ApiFailure(403, 'Forbidden', message, {
    ...resourceDetails(resource, name),
    ...(causes ? { causes } : {}),
  })
}

/** @param custom a custom resource that does not know the verb: it is named. */
export function methodNotAllowed(resource?: ResourceName & { readonly custom: boolean }): ApiFailure {
  if (resource?.custom === true) {
    const message = `delete is not supported on resources of kind "${groupResource(resource)}"`
    return new ApiFailure(405, 'MethodNotAllowed', message, resourceDetails(resource, ''))
  }
  return new ApiFailure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
}

export function unauthorized(): ApiFailure {
  return new ApiFailure(401, 'Unauthorized', 'Unauthorized')
}

export function notAcceptable(accepted: readonly string[]): ApiFailure {
  const message = `406: Not Acceptable\n\nAvailable representations: ${accepted.join(', ')}`
  return new ApiFailure(406, 'NotAcceptable', message, {})
}

/** The same, as kinds from definitions say it. */
export function noAcceptedType(accepted: readonly string[]): ApiFailure {
  return new ApiFailure(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`)
}

/** An object cannot be shown as a list, nor a list as an object. */
export function notAcceptableForm(message: string): ApiFailure {
  return new ApiFailure(406, 'NotAcceptable', message)
}

export function unsupportedMediaType(accepted: readonly string[]): ApiFailure {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`
  return new ApiFailure(415, 'UnsupportedMediaType', message)
}

/** A patch of a type that no kind takes. */
export function unknownPatchType(): ApiFailure {
  return new ApiFailure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})
}

/** A body that cannot be read as an object of its kind. */
export class DecodeFailure extends ApiFailure {
  /** What is wrong, without the kind. */
  readonly problem: string

  constructor(kind: string, version: string, problem: string) {
    super(400, 'BadRequest', `${kind} in version "${version}" cannot be handled as a ${kind}: ${problem}`)
    this.problem = problem
  }
}

/** A query parameter or option that is not one of those that exist. */
export function unsupportedOption(
  kind: string,
  field: string,
  value: unknown,
  supported: readonly string[],
): ApiFailure {
  const detail = `supported values: ${supported.map((item) => JSON.stringify(item)).join(', ')}`
  return invalid({ group: 'meta.k8s.io', kind }, '', [{ type: 'FieldValueNotSupported', field, value, detail }])
}

export function expired(message: string): ApiFailure {
  return new ApiFailure(410, 'Expired', message)
}

export function tooManyRequests(message: string, details: StatusDetails): ApiFailure {
  return new ApiFailure(429, 'TooManyRequests', message, details)
}

export function invalid(kind: KindName, name: string, errors: readonly FieldError[]): ApiFailure {
  const lines = errors.map((error) => `${error.field}: ${fieldErrorBody(error)}`)
  const unique = [...new Set(lines)]
  const list = unique.length === 1 ? unique[0] : `[${unique.join(', ')}]`
  return new ApiFailure(422, 'Invalid', `${groupKind(kind)} "${name}" is invalid: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    ...(kind.kind === '' ? {} : { kind: kind.kind }),
    causes: errors.map((error) => ({ reason: error.type, message: fieldErrorBody(error), field: error.field })),
  })
}
