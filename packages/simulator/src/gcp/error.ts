/** Tells about trouble as the API does: the HTTP status says how bad it is, the reason what it is. */
export class GcpError extends Error {
  override readonly name = 'GcpError'
  readonly status: number
  /** Such as `notFound`, `rateLimitExceeded`. */
  readonly reason: string
  /** Members of the answer's `errors[0]` besides the usual ones. */
  readonly where: Readonly<Record<string, string>>

  constructor(status: number, reason: string, message: string, where: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.reason = reason
    this.where = where
  }
}

/** `path` from `projects/` on. */
export function notFound(path: string): GcpError {
  return new GcpError(404, 'notFound', `The resource '${path}' was not found`)
}

/** `field` as in `resource.updatePolicy.maxSurge`. */
export function invalidValue(field: string, value: unknown, why: string): GcpError {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return new GcpError(400, 'invalid', `Invalid value for field '${field}': '${text}'. ${why}`)
}

export function missing(field: string): GcpError {
  return new GcpError(400, 'required', `Required field '${field}' not specified`)
}

const limits = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'quotaExceeded', 'accessNotConfigured'])

/** The canonical names that newer front ends add; answers of 403 recorded from the API have none. */
const statusNames: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
}

/** https://cloud.google.com/compute/docs/reference/rest/v1#error-response */
export function errorBody({ status, reason, message, where }: GcpError): object {
  const domain = limits.has(reason) ? 'usageLimits' : 'global'
  const name = statusNames[status]
  return {
    error: {
      code: status,
      message,
      errors: [{ message, domain, reason, ...where }],
      ...(name !== undefined && { status: name }),
    },
  }
}
