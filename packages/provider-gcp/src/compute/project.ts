import { ProviderError, type Clock, type JsonObject, type JsonValue } from '@machinepool/contract'
import { leaveOnAbort, withDeadline, type CallGates } from '@machinepool/provider-kit'

import { credentialsFailure, failureOf, gcpError } from './errors.ts'
import { methods, type AnswerOf, type BodyOf, type Method, type MethodName } from './methods.ts'

/** Headers that authorize a request; what google-auth-library's clients have. */
export interface Authorization {
  getRequestHeaders(url?: string | URL): Promise<Headers>
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** One finished call, for metrics and for tests that count. */
export interface GcpCall {
  readonly method: MethodName
  readonly project: string
  /** `ok` or the contract's error code. */
  readonly outcome: string
  readonly durationMs: number
}

export interface CallParameters<M extends MethodName> {
  /** `zones/Z`, `regions/R` or `global`, for methods whose path has it. */
  readonly scope?: string
  readonly name?: string
  /** Another project than the session's, such as the one that owns an image. */
  readonly project?: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: BodyOf<M>
}

/** Compute Engine as one identity in one project: the narrow interface behind which the HTTP is. */
export interface GcpProject {
  /** Whose credentials these are: reads are shared within one identity only. */
  readonly identity: string
  readonly project: string
  /**
   * Makes one call, within its deadline and in its turn.
   * @throws `ProviderError`
   */
  call<M extends MethodName>(method: M, parameters: CallParameters<M>, signal: AbortSignal): Promise<AnswerOf<M>>
  close(): void
}

export interface GcpProjectOptions {
  readonly identity: string
  readonly project: string
  readonly authorization: () => Promise<Authorization>
  /** Forgets credentials that did not work, or that cannot be had in time: they are read again. */
  readonly renew: () => void
  /** Ends in `/compute/v1/`. */
  readonly endpoint: string
  readonly fetch: Fetch
  readonly gates: CallGates
  readonly deadlineMs: number
  readonly clock: Clock
  readonly onCall?: (call: GcpCall) => void
}

export function createGcpProject(options: GcpProjectOptions): GcpProject {
  const { identity, project, endpoint, gates, deadlineMs, clock } = options
  const closing = new AbortController()

  const authorized = async (url: string, signal: AbortSignal): Promise<Headers> => {
    try {
      const headers = async () => (await options.authorization()).getRequestHeaders(url)
      return await leaveOnAbort(headers(), signal)
    } catch (error) {
      options.renew()
      throw credentialsFailure(error)
    }
  }

  const send = async (
    method: Method,
    parameters: CallParameters<MethodName>,
    signal: AbortSignal,
  ): Promise<JsonValue> => {
    const url = urlOf(endpoint, project, method, parameters)
    const headers = await authorized(url, signal)
    headers.set('accept', 'application/json')
    headers.set('user-agent', 'machinepool')
    const { body } = parameters
    if (body !== undefined) headers.set('content-type', 'application/json')
    const response = await options.fetch(url, {
      method: method.verb,
      headers,
      signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    // A token may be taken back before it ends; the next call asks for another one.
    if (response.status === 401) options.renew()
    return answerOf(response)
  }

  return {
    identity,
    project,
    async call(name, parameters, signal) {
      const method: Method = methods[name]
      const gate = gates.for({ account: project, region: '', api: `compute:${method.quota}` })
      return gate.run(signal, async () => {
        const startedAt = clock.now()
        const finish = (outcome: string): void =>
          options.onCall?.({ method: name, project, outcome, durationMs: clock.now() - startedAt })
        try {
          const work = withDeadline({ clock, signal }, deadlineMs, (shared) => send(method, parameters, shared))
          const answer = await leaveOnAbort(work, closing.signal)
          finish('ok')
          // The shape of an answer is the API's promise; what is read of it is read with care.
          return answer as never
        } catch (error) {
          const translated = gcpError(error, { operation: name })
          finish(translated.code)
          throw translated
        }
      })
    },
    close: () => closing.abort(),
  }
}

function urlOf(endpoint: string, ownProject: string, method: Method, parameters: CallParameters<MethodName>): string {
  const { scope = '', name = '', project = ownProject, query = {} } = parameters
  // A scope is two path segments; what comes from users is one.
  const path = method.path
    .replace('{scope}', () => scope.split('/').map(encodeURIComponent).join('/'))
    .replace('{name}', () => encodeURIComponent(name))
  const url = new URL(`projects/${encodeURIComponent(project)}/${path}`, endpoint)
  for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value)
  return url.href
}

async function answerOf(response: Response): Promise<JsonObject> {
  const text = await response.text()
  const body = parsed(text)
  if (!response.ok) throw failureOf(response.status, body, response.headers)
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  throw new ProviderError({
    code: 'Unavailable',
    reason: 'UnreadableAnswer',
    message: `Google Cloud answered ${response.status} with something that is no JSON object.`,
  })
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}
