import type { JsonValue } from '@machinepool/contract'
import { type CloudFailure, type ErrorTableRow, createErrorTable, objectsAt, textAt } from '@machinepool/provider-kit'

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
  ACCESS_TOKEN_EXPIRED: expired,
  // You may not.
  accessNotConfigured: { code: 'PermissionDenied', reason: 'ApiNotEnabled', hint: 'Enable the Compute Engine API.' },
  SERVICE_DISABLED: { code: 'PermissionDenied', reason: 'ApiNotEnabled', hint: 'Enable the Compute Engine API.' },
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
  OPERATION_RATE_EXCEEDED: 'Throttled',
  RESOURCE_OPERATION_RATE_EXCEEDED: 'Throttled',
  // Not so many.
  quotaExceeded: 'QuotaExceeded',
  limitExceeded: 'QuotaExceeded',
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
    if (failure.code !== undefined) this.code = failure.code
    if (failure.httpStatus !== undefined) this.httpStatus = failure.httpStatus
    if (failure.retryAfterMs !== undefined) this.retryAfterMs = failure.retryAfterMs
  }
}

function readFailure(error: unknown): CloudFailure | undefined {
  if (error instanceof ComputeFailure) return error
  return isAuthFailure(error) ? { code: 'invalid_grant', message: error.message } : undefined
}

/** google-auth-library's errors of token endpoints: an answer of 400 or 401 there is about the credentials. */
function isAuthFailure(error: unknown): error is Error {
  if (!(error instanceof Error) || !('status' in error)) return false
  return error.status === 400 || error.status === 401
}

/**
 * The failure in an answer. Not every body is JSON: proxies and front ends answer with pages of their own.
 * https://cloud.google.com/compute/docs/api/how-tos/errors
 */
export function failureOf(status: number, body: JsonValue | undefined, retryAfter: string | null): ComputeFailure {
  const [first] = objectsAt(body, 'error', 'errors')
  const detail = objectsAt(body, 'error', 'details').find((item) => textAt(item, 'reason') !== undefined)
  // An ErrorInfo is more exact than the old reason, which says `forbidden` for much.
  const reason = knownReason(textAt(detail, 'reason')) ?? textAt(first, 'reason')
  return new ComputeFailure({
    httpStatus: status,
    message: textAt(body, 'error', 'message') ?? `HTTP ${status}`,
    ...(reason === undefined ? {} : { code: reason }),
    ...retryAfterOf(retryAfter),
  })
}

function knownReason(reason: string | undefined): string | undefined {
  return reason !== undefined && reason in gcpErrorCodes ? reason : undefined
}

function retryAfterOf(header: string | null): { readonly retryAfterMs?: number } {
  const seconds = Number(header)
  return header !== null && Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}
}
