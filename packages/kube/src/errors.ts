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
  /** Machine-readable reason, such as `NotFound`, `Conflict`, `Invalid`, `Expired`. */
  readonly reason: string
  readonly status: Status

  constructor(code: number, status: Status, request: string) {
    super(status.message ?? `${request}: HTTP ${code}`)
    this.code = code
    this.reason = status.reason ?? ''
    this.status = status
  }
}

/** No answer: the server could not be reached, or the connection broke. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
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
