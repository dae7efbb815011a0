/** The `Status` object with which an API server explains a refusal. */
export interface Status {
  readonly kind?: 'Status'
  readonly status?: string
  readonly message?: string
  readonly reason?: string
  readonly code?: number
  readonly details?: {
    readonly name?: string
    readonly group?: string
    readonly kind?: string
    readonly retryAfterSeconds?: number
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]
  }
}

/** The API server answered, with a failure. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status. */
  readonly code: number
  /** Machine-readable reason, such as `NotFound`, `Conflict`, `Invalid`, `Expired`. Empty when the server gave none. */
  readonly reason: string
  readonly status: Status
  /** The server said when to come back, in milliseconds from now. */
  readonly retryAfterMs: number | undefined

  constructor(code: number, status: Status, request: string, retryAfterMs?: number) {
    super(status.message ?? `${request}: HTTP ${code}`)
    this.code = code
    this.reason = status.reason ?? ''
    this.status = status
    const seconds = status.details?.retryAfterSeconds
    this.retryAfterMs = retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000)
  }
}

/**
 * Why there was no answer. `timeout`: the deadline passed. `unreachable`: no connection was made, nothing was sent.
 * `broken`: the connection ended before the answer was complete; a write may have happened. `malformed`: what came back
 * is not what a Kubernetes API server sends. `credentials`: none could be obtained, nothing was sent.
 */
export type ConnectionErrorCode = 'timeout' | 'unreachable' | 'broken' | 'malformed' | 'credentials'

/** No answer: the server could not be reached, or the connection broke. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly code: ConnectionErrorCode

  constructor(message: string, options?: { readonly cause?: unknown; readonly code?: ConnectionErrorCode }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.code = options?.code ?? 'broken'
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404
}

/** The object was changed in between (409 with reason `Conflict`). */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.reason === 'Conflict'
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.reason === 'AlreadyExists'
}

/** The resource version or continue token is too old (410); only a new list helps. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone')
}

/** The credentials were not accepted (401). */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.code === 401
}
