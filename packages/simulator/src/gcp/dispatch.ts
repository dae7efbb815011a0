import type { IncomingHttpHeaders } from 'node:http'

import type { Clock } from '@machinepool/kube'

import type { Reply } from '../listener.ts'
import type { Rate, Throttle } from '../throttle.ts'
import type { GcpRequest, MethodHandlers } from './call.ts'
import type { GcpCallDescription, RecordingGcpCallLog } from './call-log.ts'
import { errorBody, GcpError, invalidValue } from './error.ts'
import { commonError, OddAnswer, Unanswered, type GcpFaultSource } from './faults.ts'
import { createFieldMask } from './fields.ts'
import { checkPlace } from './listing.ts'
import { computeModel } from './model.ts'
import { openOperation, showOperation } from './operations/operations.ts'
import { runOperation } from './operations/run.ts'
import { parseReference } from './reference.ts'
import type { Route } from './route.ts'
import type { Project } from './state.ts'
import type { TokenStore } from './tokens.ts'
import { checkQuery, readBody } from './validate.ts'

export interface DispatchOptions {
  readonly clock: Clock
  readonly calls: RecordingGcpCallLog
  readonly faults: GcpFaultSource
  readonly tokens: TokenStore
  readonly throttle: Throttle
  /** The bucket of an operation, by the pattern that names it; undefined when it is not limited. */
  readonly rateOf: (operation: string) => { readonly pattern: string; readonly rate: Rate } | undefined
  readonly projectOf: (id: string) => Project
  readonly methods: MethodHandlers
  /** Called before an answer goes out: what it acknowledges must not be lost. */
  readonly saved: () => void
  /** Whether calls without a token are refused. */
  readonly requireToken: boolean
}

export interface IncomingCall {
  readonly route: Route
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Carries out one call, and writes it down whatever becomes of it. Undefined: the connection is to be closed. */
export async function dispatch(options: DispatchOptions, call: IncomingCall): Promise<Reply | undefined> {
  const { route, query, headers } = call
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
  const { account } = options.tokens.identify(token)
  let description = describe(route, query, account)
  const record = (status: number, error?: string) =>
    options.calls.record({ ...description, time: options.clock.now(), status, ...(error !== undefined && { error }) })
  try {
    description = { ...description, body: parseBody(call.body) }
    admit(options, description, token)
    const fields = query.get('fields')
    const selected = fields === null ? undefined : createFieldMask(fields)
    const whole = await perform(options, call, description)
    const answer = selected ? selected(whole) : whole
    options.saved()
    const late = options.faults.take(description, 'after')
    if (late) throw late
    record(200)
    return { status: 200, contentType: 'application/json; charset=UTF-8', body: JSON.stringify(answer, undefined, 2) }
  } catch (error) {
    if (error instanceof Unanswered) {
      record(0, error.hang ? 'hang' : 'drop')
      if (!error.hang) return undefined
      return new Promise<never>(() => {})
    }
    const known = error instanceof GcpError ? error : mistake(error)
    record(known.status, known.reason)
    return errorReply(known)
  }
}

function describe({ id, variables }: Route, query: URLSearchParams, principal: string): GcpCallDescription {
  const { zone, region, project = '' } = variables as { zone?: string; region?: string; project?: string }
  const place = region === undefined ? 'global' : `regions/${region}`
  return {
    operation: id,
    project,
    scope: zone === undefined ? place : `zones/${zone}`,
    parameters: { ...variables, ...Object.fromEntries(query) },
    body: undefined,
    principal,
  }
}

/** Clients send an empty JSON string where there is no body. */
function parseBody(text: string): unknown {
  if (text.trim() === '' || text.trim() === '""') return {}
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new GcpError(400, 'parseError', 'Parse Error')
  }
}

function admit(
  { tokens, faults, throttle, rateOf, requireToken }: DispatchOptions,
  call: GcpCallDescription,
  token: string | undefined,
) {
  const { state } = tokens.identify(token)
  if (state !== 'valid') throw commonError('unauthenticated', call)
  if (token === undefined && requireToken) {
    throw new GcpError(
      401,
      'required',
      'Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
      { location: 'Authorization', locationType: 'header' },
    )
  }
  const fault = faults.take(call, 'before')
  if (fault) throw fault
  const limit = rateOf(call.operation)
  if (limit && !throttle.allow(`${call.project}/${limit.pattern}`, limit.rate))
    throw commonError('rateLimitExceeded', call)
}

async function perform(
  options: DispatchOptions,
  { route, query }: IncomingCall,
  call: GcpCallDescription,
): Promise<object> {
  const { id, method, variables } = route
  const handler = options.methods[id]
  if (!handler) throw new GcpError(501, 'notImplemented', `The simulator does not know compute.${id}.`)
  checkQuery(computeModel, method, query)
  const body = readBody(computeModel, id, method, call.body)
  const project = options.projectOf(call.project)
  const request: GcpRequest = { project, id, user: call.principal, variables, query, body }
  checkPlace(request)
  const failing =
    method.response === 'Operation' && method.verb !== 'GET' ? options.faults.take(call, 'operation') : undefined
  if (failing) return failedOperation(request, call, failing)
  const intent = intentOf(request, call)
  if (intent === undefined) return handler(request)
  const known = project.operations.get(project.requests.get(intent)?.operation ?? '')
  if (known) return showOperation(project, known)
  const answer = await handler(request)
  const operation = parseReference((answer as { selfLink: string }).selfLink).path
  project.requests.put(intent, { intent, operation })
  return answer
}

/** What a request id stands for: the same call again is answered with the operation of the first one. */
function intentOf({ query, id }: GcpRequest, { scope, parameters, project }: GcpCallDescription): string | undefined {
  const requestId = query.get('requestId')
  if (requestId === null) return undefined
  if (!/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(requestId) || /^[0-]+$/.test(requestId)) {
    throw invalidValue('requestId', requestId, 'The request ID must be a valid UUID, and not the zero UUID.')
  }
  const target = parameters['instanceGroupManager'] ?? parameters['instanceTemplate'] ?? parameters['instance'] ?? ''
  return `${project}/${scope}/${id}/${target}/${requestId}`
}

/** The HTTP answer is a success; the operation will not be one. */
function failedOperation(
  { project, variables, id, user, body }: GcpRequest,
  { scope }: GcpCallDescription,
  error: Error,
): object {
  if (!(error instanceof GcpError)) throw error
  const name = (body as { name?: string }).name
  const known = variables['instanceGroupManager'] ?? variables['instanceTemplate'] ?? variables['instance']
  const collection = id.includes('emplate') ? 'instanceTemplates' : 'instanceGroupManagers'
  const target = `${scope}/${variables['instance'] === undefined ? collection : 'instances'}/${known ?? name ?? 'unknown'}`
  const operation = openOperation(project, { type: `compute.${id}`, target, targetId: '0', user })
  const failure = { code: error.reason, message: error.message, status: error.status, statusText: 'BAD REQUEST' }
  runOperation(project, operation, { do: 'fail', failure })
  return showOperation(project, operation)
}

function errorReply(error: GcpError): Reply {
  const odd = error instanceof OddAnswer ? error : undefined
  const retryAfter = odd?.retryAfter
  return {
    status: error.status,
    contentType: odd?.html === undefined ? 'application/json; charset=UTF-8' : 'text/html; charset=UTF-8',
    body: odd?.html ?? JSON.stringify(errorBody(error), undefined, 2),
    ...(retryAfter !== undefined && { headers: { 'retry-after': String(retryAfter) } }),
  }
}

/** A fault of the simulator itself: told to the caller, because nobody else sees it. */
function mistake(error: unknown): GcpError {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new GcpError(500, 'internalError', `The simulator failed: ${text}`)
}
