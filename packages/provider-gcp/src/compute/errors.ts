import { ProviderError, type JsonValue } from '@machinepool/contract'
import {
  type CloudFailure,
  type ErrorTableRow,
  at,
  createErrorTable,
  objectsAt,
  textAt,
} from '@machinepool/provider-kit'

const expired = { code: 'Unauthenticated', reason: 'CredentialsInvalid' } as const
const noCapacity = (reason: string): ErrorTableRow => ({ code: 'InsufficientCapacity', reason })
const quota = (reason: string): ErrorTableRow => ({ code: 'QuotaExceeded', reason })

/**
 * Google's words in the contract's. Three dialects of one API: `reason` of an HTTP error, `code` of a failed operation,
 * and `code` in a managed instance's lastAttempt.
 *
 * 403 has two faces: `rateLimitExceeded` passes by itself, `forbidden` does not.
 * https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-api-errors
 * https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-vm-creation
 */
export const gcpErrorCodes: Readonly<Record<string, ErrorTableRow>> = {
  // Who are you?
  authError: expired,
  invalid_grant: expired,
  required: 'InvalidSpec',
  UNAUTHENTICATED: expired,
  ACCOUNT_STATE_INVALID: expired,
  ACCESS_TOKEN_EXPIRED: expired,
  // You may not.
  accessNotConfigured: { code: 'PermissionDenied', reason: 'ApiNotEnabled', hint: 'Enable the Compute Engine API.' },
  SERVICE_DISABLED: { code: 'PermissionDenied', reason: 'ApiNotEnabled', hint: 'Enable the Compute Engine API.' },
  accountDisabled: { code: 'PermissionDenied', reason: 'AccountDisabled' },
  accountClosed: { code: 'PermissionDenied', reason: 'AccountDisabled' },
  billingDisabled: { code: 'PermissionDenied', reason: 'BillingDisabled' },
  BILLING_DISABLED: { code: 'PermissionDenied', reason: 'BillingDisabled' },
  USER_PROJECT_DENIED: 'PermissionDenied',
  forbidden: 'PermissionDenied',
  insufficientPermissions: 'PermissionDenied',
  IAM_PERMISSION_DENIED: 'PermissionDenied',
  PERMISSION_DENIED: 'PermissionDenied',
  PERMISSIONS_ERROR: 'PermissionDenied',
  SERVICE_ACCOUNT_ACCESS_DENIED: { code: 'PermissionDenied', reason: 'ServiceAccountAccessDenied' },
  // Not so fast.
  rateLimitExceeded: 'Throttled',
  userRateLimitExceeded: 'Throttled',
  concurrentLimitExceeded: 'Throttled',
  RATE_LIMIT_EXCEEDED: 'Throttled',
  servingLimitExceeded: 'Throttled',
  RESOURCE_EXHAUSTED: 'Throttled',
  OPERATION_RATE_EXCEEDED: 'Throttled',
  RESOURCE_OPERATION_RATE_EXCEEDED: 'Throttled',
  // Not so many.
  quotaExceeded: 'QuotaExceeded',
  limitExceeded: 'QuotaExceeded',
  // Of calls in a day: nothing that a minute's wait mends.
  dailyLimitExceeded: quota('dailyLimitExceeded'),
  dailyLimitExceededUnreg: quota('dailyLimitExceeded'),
  'QUOTA_EXCEEDED*': quota('QUOTA_EXCEEDED'),
  QUOTA_EXCEEDED: quota('QUOTA_EXCEEDED'),
  LIMIT_EXCEEDED: quota('LIMIT_EXCEEDED'),
  // Nothing left.
  RESOURCE_POOL_EXHAUSTED: noCapacity('RESOURCE_POOL_EXHAUSTED'),
  RESOURCE_POOL_EXHAUSTED_WITH_DETAILS: noCapacity('RESOURCE_POOL_EXHAUSTED'),
  ZONE_RESOURCE_POOL_EXHAUSTED: noCapacity('ZONE_RESOURCE_POOL_EXHAUSTED'),
  ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS: noCapacity('ZONE_RESOURCE_POOL_EXHAUSTED'),
  REGION_RESOURCE_POOL_EXHAUSTED: noCapacity('REGION_RESOURCE_POOL_EXHAUSTED'),
  INSUFFICIENT_CAPACITY: noCapacity('INSUFFICIENT_CAPACITY'),
  UNSUPPORTED_CAPACITY: noCapacity('UNSUPPORTED_CAPACITY'),
  VM_MIN_COUNT_NOT_REACHED: noCapacity('VM_MIN_COUNT_NOT_REACHED'),
  IP_SPACE_EXHAUSTED: noCapacity('IP_SPACE_EXHAUSTED'),
  IP_SPACE_EXHAUSTED_WITH_DETAILS: noCapacity('IP_SPACE_EXHAUSTED'),
  INVALID_RESERVATION: noCapacity('INVALID_RESERVATION'),
  RESERVATION_NOT_READY: noCapacity('RESERVATION_NOT_READY'),
  RESERVATION_INCOMPATIBLE: noCapacity('RESERVATION_INCOMPATIBLE'),
  RESERVATION_CAPACITY_EXCEEDED: noCapacity('RESERVATION_CAPACITY_EXCEEDED'),
  // Busy.
  resourceNotReady: 'InProgress',
  RESOURCE_NOT_READY: 'InProgress',
  resourceInUseByAnotherResource: { code: 'InProgress', reason: 'ResourceInUse' },
  RESOURCE_IN_USE_BY_ANOTHER_RESOURCE: { code: 'InProgress', reason: 'ResourceInUse' },
  operationInProgress: 'InProgress',
  // Changed in between.
  conditionNotMet: 'Conflict',
  // Of an operation: an organisation policy, such as one against external addresses.
  CONDITION_NOT_MET: { code: 'PermissionDenied', reason: 'ConstraintViolated' },
  fingerprintMismatch: 'Conflict',
  // There already, or not there.
  alreadyExists: 'AlreadyExists',
  RESOURCE_ALREADY_EXISTS: 'AlreadyExists',
  notFound: 'NotFound',
  RESOURCE_NOT_FOUND: { code: 'InvalidSpec', reason: 'ResourceNotFound' },
  // Nonsense.
  badRequest: 'InvalidSpec',
  invalid: 'InvalidSpec',
  'INVALID_*': 'InvalidSpec',
  parseError: 'Internal',
  UNSUPPORTED_OPERATION: 'InvalidSpec',
  // Google's own trouble.
  backendError: 'Unavailable',
  backendNotConnected: 'Unavailable',
  transientError: 'Unavailable',
  UNAVAILABLE: 'Unavailable',
  OPERATION_CANCELED_BY_USER: 'Unavailable',
  internalError: 'Unavailable',
  INTERNAL_ERROR: 'Unavailable',
  RESOURCE_OPERATION_TIMEOUT: 'Unavailable',
}

/** Google errors as the contract's. */
export const gcpError = createErrorTable({ cloud: 'Google Cloud', read: readFailure, codes: gcpErrorCodes })

/** An answer that is no success, or an operation that ended with an error. */
export class ComputeFailure extends Error implements CloudFailure {
  override readonly name = 'ComputeFailure'
  readonly code?: string
  readonly httpStatus?: number
  readonly retryAfterMs?: number

  constructor(failure: CloudFailure) {
    super(failure.message)
    if (failure.code !== undefined) this.code = knownCode(failure.code)
    if (failure.httpStatus !== undefined) this.httpStatus = failure.httpStatus
    if (failure.retryAfterMs !== undefined) this.retryAfterMs = failure.retryAfterMs
  }
}

function readFailure(error: unknown): CloudFailure | undefined {
  return error instanceof ComputeFailure || error instanceof CredentialsFailure ? error : undefined
}

/** There are codes for single quotas, and new ones come: all of them say so. */
function knownCode(code: string): string {
  return !(code in gcpErrorCodes) && code.includes('QUOTA') ? 'QUOTA_EXCEEDED' : code
}

/** Credentials that cannot be read, or that a token endpoint does not take. */
class CredentialsFailure extends Error implements CloudFailure {
  override readonly name = 'CredentialsFailure'
  readonly code = 'invalid_grant'
}

/**
 * What google-auth-library threw while a request was to be authorized. No answer, and an outage of the token endpoint,
 * pass by themselves; all else is about the credentials.
 */
export function credentialsFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { status, code } = error as { readonly status?: unknown; readonly code?: unknown }
  if (typeof status === 'number' && (status === 429 || status >= 500)) {
    return new ComputeFailure({ message: `the token endpoint answered: ${error.message}`, httpStatus: status })
  }
  // Of files, which the others are not: a credentials file that cannot be read.
  const isTransport =
    typeof code === 'string' && /^(?:E[A-Z_]+|UND_ERR_.*)$/.test(code) && !/^E(?:NOENT|ACCES|PERM|ISDIR)$/.test(code)
  if (isTransport || error.name === 'AbortError' || error.name === 'TimeoutError' || ProviderError.is(error))
    return error
  return new CredentialsFailure(error.message, { cause: error })
}

/**
 * The failure in an answer. Not every body is JSON: proxies and front ends answer with pages of their own.
 * https://cloud.google.com/compute/docs/api/how-tos/errors
 */
export function failureOf(status: number, body: JsonValue | undefined, headers: Headers): ComputeFailure {
  if (at(body, 'error') === undefined) return foreignAnswer(status, headers)
  const reason = status === 401 ? 'authError' : reasonIn(body)
  return new ComputeFailure({
    httpStatus: status,
    message: textAt(body, 'error', 'message') ?? `HTTP ${status}`,
    ...(reason === undefined ? {} : { code: reason }),
    ...retryAfterOf(headers),
  })
}

/** An ErrorInfo is more exact than the old reason, which says `forbidden` for much; newer front ends have a status alone. */
function reasonIn(body: JsonValue | undefined): string | undefined {
  const reasonsOf = (list: string): readonly string[] =>
    objectsAt(body, 'error', list).flatMap((item) => textAt(item, 'reason') ?? [])
  const reasons = [...reasonsOf('details'), ...reasonsOf('errors')]
  const status = textAt(body, 'error', 'status')
  return [...reasons, status].find((reason) => reason !== undefined && reason in gcpErrorCodes) ?? reasons.at(-1)
}

/**
 * Not said by the API but by something before it. That it finds nothing (404) says nothing of the resource: a group is
 * gone when Compute Engine says so (R3).
 */
function foreignAnswer(status: number, headers: Headers): ComputeFailure {
  const believable = status === 401 || status === 403 || status === 429 || status >= 500
  return new ComputeFailure({
    httpStatus: believable ? status : 502,
    message: `HTTP ${status} with an answer that is not the API's`,
    ...retryAfterOf(headers),
  })
}

/** Seconds, or a date, which is compared with the answer's own. */
function retryAfterOf(headers: Headers): { readonly retryAfterMs?: number } {
  const text = headers.get('retry-after')
  if (text === null) return {}
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.parse(headers.get('date') ?? '')
  return ms > 0 ? { retryAfterMs: ms } : {}
}
