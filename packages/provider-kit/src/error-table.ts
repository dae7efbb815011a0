import { ProviderError, type ErrorCode } from '@machinepool/contract'

/** What a cloud SDK's error says, in a common shape. */
export interface CloudFailure {
  /** The cloud's own code, such as `ScalingActivityInProgress`. */
  readonly code?: string
  readonly message: string
  readonly httpStatus?: number
  readonly requestId?: string
  readonly retryAfterMs?: number
}

/** A contract code, alone or with a reason for the condition. */
export type ErrorTableRow =
  | ErrorCode
  | { readonly code: ErrorCode; readonly reason?: string; readonly field?: string; readonly hint?: string }

export interface ErrorTableOptions {
  /** For messages: `AWS`. */
  readonly cloud: string
  /** Reads the SDK's error; `undefined` when it is none of that SDK. */
  readonly read: (error: unknown) => CloudFailure | undefined
  /**
   * Cloud code to contract code. Keys, the most exact wins: `Operation/Code`, `Code`, `Prefix*` (the longest).
   * Only codes decide, never messages (R18).
   */
  readonly codes: Readonly<Record<string, ErrorTableRow>>
}

export interface ErrorContext {
  /** The cloud's name of the call. */
  readonly operation: string
  /** Of the spec, when the call depends on one field alone. */
  readonly field?: string
  readonly zone?: string
}

/** Turns whatever a call threw into the one error that may leave a provider. A `ProviderError` passes unchanged. */
export type ErrorTable = (error: unknown, context: ErrorContext) => ProviderError

export function createErrorTable(options: ErrorTableOptions): ErrorTable {
  const prefixes = Object.entries(options.codes)
    .filter(([key]) => key.endsWith('*'))
    .map(([key, row]) => ({ prefix: key.slice(0, -1), row }))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)

  const rowOf = (code: string, operation: string): ErrorTableRow | undefined =>
    options.codes[`${operation}/${code}`] ??
    options.codes[code] ??
    prefixes.find(({ prefix }) => code.startsWith(prefix))?.row

  return (error, context) => {
    if (ProviderError.is(error)) return error
    const failure = options.read(error)
    const code = failure?.code
    const found = code === undefined ? undefined : rowOf(code, context.operation)
    const row = normal(found ?? codeOfStatus(failure?.httpStatus) ?? codeOfTransport(error) ?? 'Internal')
    const field = row.field ?? context.field
    const said = failure?.message ?? (error instanceof Error ? error.message : String(error))
    return new ProviderError({
      code: row.code,
      message: `${options.cloud} ${context.operation}${code === undefined ? '' : ` ${code}`}: ${said}${row.hint ? ` ${row.hint}` : ''}`,
      ...(row.reason === undefined ? {} : { reason: row.reason }),
      ...(field === undefined ? {} : { field }),
      ...(context.zone === undefined ? {} : { zone: context.zone }),
      ...(failure?.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
      ...(failure?.requestId === undefined ? {} : { requestId: failure.requestId }),
      cause: error,
    })
  }
}

function normal(row: ErrorTableRow): Exclude<ErrorTableRow, string> {
  return typeof row === 'string' ? { code: row } : row
}

const statusCodes: Readonly<Record<number, ErrorCode>> = {
  400: 'InvalidSpec',
  401: 'Unauthenticated',
  403: 'PermissionDenied',
  404: 'NotFound',
  // A proxy's.
  407: 'Unauthenticated',
  408: 'Unavailable',
  409: 'Conflict',
  412: 'Conflict',
  429: 'Throttled',
}

function codeOfStatus(status: number | undefined): ErrorCode | undefined {
  if (status === undefined) return undefined
  return statusCodes[status] ?? (status >= 500 ? 'Unavailable' : undefined)
}

// libuv's and undici's names for "no answer".
const transportCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
])
const transportNames: ReadonlySet<string> = new Set(['AbortError', 'TimeoutError'])

/** Looks through the chain of causes, because SDKs wrap the socket's error. */
function codeOfTransport(error: unknown): ErrorCode | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth++) {
    const code = 'code' in current && typeof current.code === 'string' ? current.code : ''
    if (transportCodes.has(code) || transportNames.has(current.name)) return 'Unavailable'
  }
  return undefined
}
