import type { IncomingMessage, ServerResponse } from 'node:http'

import { ApiFailure, badRequest, methodNotAllowed, unauthorized } from '../failure.ts'
import type { Registry } from '../kinds/registry.ts'
import type { Backend } from '../operations/backend.ts'
import type { Timers } from '../watch/watch.ts'
import { addWarning, send, sendAs, sendObject, type Call } from './answer.ts'
import type { BodyLimits } from './body.ts'
import { Documents } from './documents.ts'
import { negotiate } from './negotiation.ts'
import { read } from './reading.ts'
import { parseRoute, type Route } from './route.ts'
import { hasVersion, targetOf } from './target-of.ts'
import { write } from './writing.ts'

export interface HandlerOptions {
  readonly backend: Backend
  readonly timers: Timers
  readonly limits: BodyLimits
  /** Whether a bearer token lets its holder in. */
  readonly authenticate: (token: string | undefined) => boolean
  readonly token: string
  /** Told of failures that are the server's own. */
  readonly log: (error: unknown, request: string) => void
}

const open = new Set(['/healthz', '/livez', '/readyz', '/version'])

/** Answers every request of the API. */
export function createHandler(
  options: HandlerOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const documents = new Documents(options.backend.registry)
  return async (request, response) => {
    try {
      await answer(options, documents, request, response)
    } catch (error) {
      fail(options, request, response, error)
    }
  }
}

function fail({ log }: HandlerOptions, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const name = `${request.method} ${request.url}`
  const failure = error instanceof ApiFailure ? error : new ApiFailure(500, 'InternalError', 'Internal error occurred')
  if (!(error instanceof ApiFailure)) log(error, name)
  if (response.headersSent) {
    response.destroy()
    return
  }
  const retry = failure.details?.retryAfterSeconds
  if (retry !== undefined) response.setHeader('Retry-After', String(retry))
  // A short rest of a body that was refused is read over; with a long one the connection is not used again.
  if (Number(request.headers['content-length'] ?? Infinity) <= mostSkipped) request.resume()
  else if (!request.complete) response.setHeader('Connection', 'close')
  sendAs(response, formatOf(request), failure.code, JSON.stringify(failure.toStatus()))
}

/** The format in which a failure is told: a failure has no other form than its own. */
function formatOf(request: IncomingMessage): 'json' | 'yaml' {
  try {
    return negotiate(request.headers.accept).format
  } catch {
    return 'json'
  }
}

/** Bytes. */
const mostSkipped = 64 * 1024

async function answer(
  options: HandlerOptions,
  documents: Documents,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = locationOf(request)
  if (!open.has(url.pathname) && !options.authenticate(bearerToken(request))) throw unauthorized()
  const health = healthOf(url.pathname, url.searchParams)
  if (health !== undefined) {
    send(response, 200, health, plainText)
    return
  }
  const route = routeOf(url.pathname)
  if (isNowhere(options.backend.registry, documents, route)) {
    send(response, 404, '404 page not found\n', plainText)
    return
  }
  const call = {
    request,
    response,
    query: url.searchParams,
    accepted: negotiate(acceptHeader(request, route), isCustom(options.backend.registry, route)),
  }
  if (route.to !== 'resource' && request.method !== 'GET') throw methodNotAllowed()
  if (route.to === 'resource') await answerResource(options, route, call)
  else if (route.to === 'document') sendObject(call, 200, documents.document(route.path))
  else {
    const text = documents.discovery(route, call.accepted)
    const aggregated = text.startsWith('{"kind":"APIGroupDiscoveryList"')
    send(
      response,
      200,
      text,
      aggregated ? 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' : 'application/json',
    )
  }
}

/** The path and query of a request. A path may begin with two slashes, which no URL parser takes for a path. */
function locationOf(request: IncomingMessage): { pathname: string; searchParams: URLSearchParams } {
  const text = (request.url ?? '/').replace(/^https?:\/\/[^/]*/, '')
  const end = text.indexOf('?')
  return end < 0
    ? { pathname: text, searchParams: new URLSearchParams() }
    : { pathname: text.slice(0, end), searchParams: new URLSearchParams(text.slice(end + 1)) }
}

const plainText = 'text/plain; charset=utf-8'

/** What there is to say of the server's health, or undefined when that was not asked. It answers, so it is well. */
function healthOf(pathname: string, query: URLSearchParams): string | undefined {
  const [, check, part] = /^\/(healthz|livez|readyz)(?:\/([^/]*))?$/.exec(pathname) ?? []
  if (check === undefined || !(part === undefined || part === '' || part === 'ping')) return undefined
  return query.has('verbose') ? `[+]ping ok\n${check} check passed\n` : 'ok'
}

/** A path that has no handler at all is answered by nobody who knows of the API. */
function isNowhere(registry: Registry, documents: Documents, route: Route): boolean {
  if (route.to === 'resource') return !hasVersion(registry, route)
  if (route.to === 'document') return !documents.has(route.path)
  return (
    route.group !== undefined &&
    route.group !== '' &&
    !registry.all().some(({ definition }) => definition.group === route.group)
  )
}

/** OpenAPI v2 is asked for as protobuf by clients that fall back to JSON when they get it. */
function acceptHeader(request: IncomingMessage, route: Route): string | undefined {
  return route.to === 'document' ? undefined : request.headers.accept
}

/** Custom resources have a handler of their own, with words of its own. */
function isCustom(registry: Registry, route: Route): boolean {
  return route.to === 'resource' && registry.find(route.group, route.plural)?.definition.custom === true
}

function routeOf(pathname: string): Route {
  try {
    return parseRoute(pathname)
  } catch {
    throw badRequest('the path of the request is not properly encoded')
  }
}

function bearerToken(request: IncomingMessage): string | undefined {
  return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
}

async function answerResource(options: HandlerOptions, route: Route & { to: 'resource' }, call: Call): Promise<void> {
  const target = targetOf(options.backend.registry, route)
  const { method } = call.request
  const { deprecationWarning } = target.version
  if (deprecationWarning !== undefined) addWarning(call.response, deprecationWarning)
  if (method === 'GET') await read(options, target, call)
  else await write(options, target, call)
}
