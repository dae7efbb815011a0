import { request, type Dispatcher } from 'undici'

import { sleep, systemClock } from './clock.ts'
import { withDeadline, type Deadline } from './deadline.ts'
import { ApiError, ConnectionError, type ConnectionErrorCode, type Status } from './errors.ts'
import type { ClusterConfig, Credential } from './kubeconfig/config.ts'
import { createRateLimiter, type RateLimit } from './rate-limiter.ts'
import { createTransport } from './transport.ts'

/** Told about every answer, for metrics. */
export interface RequestObservation {
  readonly method: string
  readonly host: string
  /** HTTP status, or 0 when there was no answer. */
  readonly code: number
  /** Milliseconds until the answer's headers. */
  readonly durationMs: number
}

export interface HttpRequest {
  readonly method: string
  /** Starts with `/`. */
  readonly path: string
  readonly query?: URLSearchParams
  readonly body?: object
  readonly contentType?: string
  /** Media types to ask for. Default JSON. */
  readonly accept?: string
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for the whole exchange; absent for streams, which end by their signal. */
  readonly timeoutMs?: number
  /** Wait and try again when the server says `Retry-After`. Default true. */
  readonly retry?: boolean
  /** Called right before each attempt; what it throws is thrown as it is, and nothing is sent. */
  readonly beforeSend?: () => void
}

interface HttpAnswer {
  readonly body: Dispatcher.ResponseData['body']
  readonly status: number
  /** Ends the deadline; call it when the body has been read. */
  done(): void
  /** What to throw for a failure while the body was read. */
  explain(error: unknown): unknown
}

export interface Http {
  /** Resolves with a 2xx answer; rejects with `ApiError`, `ConnectionError`, or the reason of the caller's signal. */
  send(request: HttpRequest): Promise<HttpAnswer>
  close(): Promise<void>
}

export interface HttpOptions {
  readonly userAgent: string
  readonly onRequest?: (observation: RequestObservation) => void
  readonly rateLimit?: RateLimit
}

/** As often as a server's `Retry-After` is followed within one request. */
const mostRetries = 5
/** A longer wait is left to the caller, who has other things to do. */
const longestRetryAfterMs = 10_000
/** Failures are explained in a few kilobytes; more is not read. */
const longestFailure = 1024 * 1024

/** Requests to one cluster: credentials, deadlines, retries, and failures turned into errors. */
export function createHttp(config: ClusterConfig, options: HttpOptions): Http {
  const transport = createTransport(config)
  const limiter = options.rateLimit && createRateLimiter(options.rateLimit, systemClock)
  const base = new URL(config.server)
  const prefix = base.pathname.replace(/\/$/, '')

  async function attempt(wanted: HttpRequest, deadline: Deadline | undefined): Promise<Dispatcher.ResponseData> {
    const signal = deadline?.signal ?? wanted.signal
    await limiter?.wait(signal)
    const credential = await credentialFor(config, signal)
    const query = wanted.query === undefined || wanted.query.size === 0 ? '' : `?${wanted.query.toString()}`
    const started = performance.now()
    const observe = (code: number) =>
      options.onRequest?.({ method: wanted.method, host: base.host, code, durationMs: performance.now() - started })
    permit(wanted)
    try {
      const response = await request(`${base.origin}${prefix}${wanted.path}${query}`, {
        method: wanted.method,
        dispatcher: transport.dispatcher(credential, wanted.timeoutMs === undefined ? 'stream' : 'request'),
        headers: {
          accept: wanted.accept ?? 'application/json',
          'user-agent': options.userAgent,
          ...(wanted.body === undefined ? {} : { 'content-type': wanted.contentType ?? 'application/json' }),
          ...(credential.authorization === undefined ? {} : { authorization: credential.authorization }),
          ...credential.headers,
        },
        body: wanted.body === undefined ? null : JSON.stringify(wanted.body),
        signal: signal ?? null,
      })
      observe(response.statusCode)
      return response
    } catch (error) {
      observe(0)
      throw error
    }
  }

  async function send(wanted: HttpRequest): Promise<HttpAnswer> {
    const name = `${wanted.method} ${wanted.path}`
    const deadline = wanted.timeoutMs === undefined ? undefined : withDeadline(wanted.timeoutMs, wanted.signal)
    const explain = (error: unknown) => explainFailure(error, name, wanted.signal, deadline)
    let renewed = false
    try {
      for (let tries = 0; ; tries++) {
        let response: Dispatcher.ResponseData
        try {
          response = await attempt(wanted, deadline)
        } catch (error) {
          // A kept connection that the server has just closed is not news; a read is simply sent again.
          if (
            wanted.method === 'GET' &&
            tries === 0 &&
            isClosedConnection(error) &&
            deadline?.signal.aborted !== true
          ) {
            continue
          }
          throw error
        }
        if (response.statusCode >= 200 && response.statusCode < 300) {
          return { body: response.body, status: response.statusCode, done: () => deadline?.clear(), explain }
        }
        const failure = await readFailure(response, name)
        if (failure.code === 401 && !renewed && config.credentials.invalidate()) {
          renewed = true
          continue
        }
        const wait = failure.retryAfterMs
        const again = wanted.retry !== false && tries < mostRetries && wait !== undefined && wait <= longestRetryAfterMs
        if (!again) {
          throw failure
        }
        await sleep(systemClock, wait, deadline?.signal ?? wanted.signal)
        if ((deadline?.signal ?? wanted.signal)?.aborted === true) {
          throw failure
        }
      }
    } catch (error) {
      deadline?.clear()
      throw explain(error)
    }
  }

  return { send, close: () => transport.close() }
}

/** The caller forbids to send a request. */
class Forbidden {
  readonly reason: unknown

  constructor(reason: unknown) {
    this.reason = reason
  }
}

function permit({ beforeSend }: HttpRequest): void {
  try {
    beforeSend?.()
  } catch (error) {
    throw new Forbidden(error)
  }
}

async function credentialFor(config: ClusterConfig, signal: AbortSignal | undefined): Promise<Credential> {
  try {
    return await config.credentials.current(signal)
  } catch (error) {
    throw new ConnectionError(`no credentials: ${(error as Error).message}`, { cause: error, code: 'credentials' })
  }
}

async function readFailure(response: Dispatcher.ResponseData, name: string): Promise<ApiError> {
  let text = ''
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8')
    if (text.length > longestFailure) {
      break
    }
  }
  return new ApiError(
    response.statusCode,
    statusOf(text, response.statusCode, name),
    name,
    retryAfter(response.headers),
  )
}

function statusOf(text: string, code: number, name: string): Status {
  try {
    const status = JSON.parse(text) as unknown
    if (typeof status === 'object' && status !== null && (status as Status).kind === 'Status') {
      return status
    }
  } catch {
    // Load balancers and proxies answer in HTML or plain text.
  }
  const reason = reasonsByCode.get(code)
  return {
    code,
    message: `${name}: HTTP ${code}${text === '' ? '' : `: ${text.slice(0, 200).trim()}`}`,
    ...(reason === undefined ? {} : { reason }),
  }
}

/** Reasons as in k8s.io/apimachinery `NewGenericServerResponse`, for answers that carry no Status. */
const reasonsByCode = new Map<number, string>([
  [400, 'BadRequest'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
  [406, 'NotAcceptable'],
  [410, 'Expired'],
  [413, 'RequestEntityTooLarge'],
  [415, 'UnsupportedMediaType'],
  [422, 'Invalid'],
  [429, 'TooManyRequests'],
  [500, 'InternalError'],
  [503, 'ServiceUnavailable'],
  [504, 'Timeout'],
])

/** `Retry-After` in milliseconds: seconds, or an HTTP date. */
function retryAfter(headers: Dispatcher.ResponseData['headers']): number | undefined {
  const header = headers['retry-after']
  const value = Array.isArray(header) ? header[0] : header
  if (value === undefined) {
    return undefined
  }
  const seconds = Number(value)
  if (Number.isFinite(seconds)) {
    return Math.max(0, seconds * 1000)
  }
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

function explainFailure(
  error: unknown,
  name: string,
  signal: AbortSignal | undefined,
  deadline: Deadline | undefined,
): unknown {
  if (error instanceof ApiError || error instanceof ConnectionError) {
    return error
  }
  if (error instanceof Forbidden) {
    return error.reason
  }
  if (signal?.aborted === true) {
    return signal.reason
  }
  const cause = error as Error
  if (deadline?.expired === true) {
    return new ConnectionError(`${name}: ${(deadline.signal.reason as Error).message}`, { cause, code: 'timeout' })
  }
  return new ConnectionError(`${name}: ${cause.message}`, { cause, code: codeOf(cause) })
}

const nothingSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_PRX_TLS',
])

function codeOf(error: Error): ConnectionErrorCode {
  if (error instanceof SyntaxError || error instanceof RangeError) {
    return 'malformed'
  }
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const tls = code.startsWith('ERR_TLS') || code.includes('CERT') || code.startsWith('ERR_SSL')
  return nothingSent.has(code) || tls ? 'unreachable' : 'broken'
}

function isClosedConnection(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}
