import type { IncomingMessage, ServerResponse } from 'node:http'

import { stringify as toYaml } from 'yaml'

import {
  ApiFailure,
  badRequest,
  methodNotAllowed,
  notFound,
  pathNotFound,
  unauthorized,
  unknownPatchType,
  unsupportedOption,
} from '../failure.ts'
import type { Registry } from '../kinds/registry.ts'
import type { KubeObject } from '../object.ts'
import {
  findEntry,
  readEntry,
  renderEntry,
  renderItem,
  type Backend,
  type FieldValidation,
  type WriteContext,
  type Written,
} from '../operations/backend.ts'
import { createObject, trackCreation } from '../operations/create.ts'
import { deleteCollection, deleteObject, parseDeleteOptions } from '../operations/delete.ts'
import { listObjects, parseSelection, selects } from '../operations/list.ts'
import { patchObject, type PatchRequest, type PatchType } from '../operations/patch.ts'
import { bindPod, evictPod } from '../operations/pod-subresources.ts'
import { answerReview } from '../operations/reviews.ts'
import { readScale, writeScale } from '../operations/scale.ts'
import { targetApiVersion, type Target } from '../operations/target.ts'
import { updateObject } from '../operations/update.ts'
import { partialMetadata, renderTable, type IncludeObject } from '../table/table.ts'
import { serveWatch, type Timers } from '../watch/watch.ts'
import { mediaType, parseBody, readBody, type BodyLimits } from './body.ts'
import { Documents } from './documents.ts'
import { duplicateFields } from './duplicate-fields.ts'
import { negotiate, type Accepted } from './negotiation.ts'
import { parseRoute, type Route } from './route.ts'

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

interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  readonly accepted: Accepted
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
  send(response, failure.code, JSON.stringify(failure.toStatus()))
}

/** Bytes. */
const mostSkipped = 64 * 1024

function send(response: ServerResponse, code: number, text: string, type = 'application/json'): void {
  const bytes = Buffer.from(text)
  response.writeHead(code, {
    'Content-Type': type,
    'Content-Length': bytes.length,
    'Cache-Control': 'no-cache, private',
  })
  response.end(bytes)
}

function sendObject(call: Call, code: number, text: string): void {
  if (call.accepted.format === 'json') send(call.response, code, text)
  else send(call.response, code, toYaml(JSON.parse(text)), 'application/yaml')
}

async function answer(
  options: HandlerOptions,
  documents: Documents,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = locationOf(request)
  if (!open.has(url.pathname) && !options.authenticate(bearerToken(request))) throw unauthorized()
  if (health.test(url.pathname)) {
    send(response, 200, 'ok', 'text/plain; charset=utf-8')
    return
  }
  const route = routeOf(url.pathname)
  if (route.to === 'resource' && !hasVersion(options.backend.registry, route)) {
    send(response, 404, '404 page not found\n', 'text/plain; charset=utf-8')
    return
  }
  const call = { request, response, query: url.searchParams, accepted: negotiate(acceptHeader(request, route)) }
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

const health = /^\/(healthz|livez|readyz)(\/.*)?$/

/** OpenAPI v2 is asked for as protobuf by clients that fall back to JSON when they get it. */
function acceptHeader(request: IncomingMessage, route: Route): string | undefined {
  return route.to === 'document' ? undefined : request.headers.accept
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

function targetOf(registry: Registry, route: Route & { to: 'resource' }): Target {
  const kind = registry.find(route.group, route.plural)
  const version = kind?.version(route.version)
  if (kind === undefined || version === undefined || !version.served) throw pathNotFound()
  if (route.namespace !== '' && !kind.definition.namespaced) throw pathNotFound()
  if (route.namespace === '' && route.name !== '' && kind.definition.namespaced) throw pathNotFound()
  const known = [
    '',
    ...(version.status ? ['status'] : []),
    ...(version.scale === undefined ? [] : ['scale']),
    ...extraSubresources(route),
  ]
  if (!known.includes(route.subresource))
    throw kind.definition.custom ? notFound(kind.definition, route.name) : pathNotFound()
  return { kind, version, namespace: route.namespace, name: route.name, subresource: route.subresource }
}

/** Whether there is anything in the group and version of a path. */
function hasVersion(registry: Registry, { group, version, plural }: Route & { to: 'resource' }): boolean {
  if (registry.find(group, plural)?.version(version)?.served === true) return true
  return registry
    .all()
    .some(
      ({ definition }) =>
        definition.group === group && definition.versions.some(({ name, served }) => served && name === version),
    )
}

function extraSubresources({ group, plural }: { group: string; plural: string }): string[] {
  if (group !== '') return []
  return plural === 'pods' ? ['eviction', 'binding'] : plural === 'namespaces' ? ['finalize'] : []
}

async function answerResource(options: HandlerOptions, route: Route & { to: 'resource' }, call: Call): Promise<void> {
  const { backend } = options
  const target = targetOf(backend.registry, route)
  const { method } = call.request
  const { deprecationWarning } = target.version
  if (deprecationWarning !== undefined) addWarning(call.response, deprecationWarning)
  if (method === 'GET' || method === 'HEAD') await read(options, target, call)
  else {
    const bytes = await readBody(call.request, options.limits)
    const body = method === 'PATCH' ? bytes : parseBody(bytes, mediaType(call.request), options.limits)
    const written = write(options, target, call, body, duplicatesIn(call, bytes))
    await written.committed
    sendObject(call, written.code, answerText(call, target, written.object))
  }
}

/** Tables of single objects are what `kubectl` prints after a write. */
function answerText(call: Call, target: Target, object: object): string {
  const { kind } = object as { kind?: string }
  if (kind === 'Status' || kind === 'Scale' || call.accepted.as === 'Object') return JSON.stringify(object)
  return JSON.stringify(
    presented(
      [object as KubeObject],
      target,
      call,
      { resourceVersion: (object as KubeObject).metadata.resourceVersion ?? '' },
      Date.now(),
    ),
  )
}

function presented(
  objects: readonly KubeObject[],
  target: Target,
  { accepted, query }: Call,
  metadata: object,
  now: number,
): object {
  const include = (query.get('includeObject') ?? 'Metadata') as IncludeObject
  if (accepted.as === 'Table')
    return renderTable(objects, target.version.columns, { include, now, metadata, headings: true })
  if (accepted.as === 'PartialObjectMetadata') return partialMetadata(objects[0] as KubeObject)
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    items: objects.map(partialMetadata),
  }
}

async function read(options: HandlerOptions, target: Target, call: Call): Promise<void> {
  const { backend } = options
  const watch = call.query.get('watch')
  if ((watch === 'true' || watch === '1') && target.name === '') {
    await serveWatch(backend, options.timers, {
      target,
      query: call.query,
      accepted: call.accepted,
      response: call.response,
    })
    return
  }
  if (target.kind.definition.review === true) throw methodNotAllowed()
  if (target.name === '') await readCollection(backend, target, call)
  else await readObject(backend, target, call)
}

async function readObject(backend: Backend, target: Target, call: Call): Promise<void> {
  if (target.subresource === 'scale') {
    const scale = JSON.stringify(readScale(backend, target))
    await backend.store.settled()
    sendObject(call, 200, scale)
    return
  }
  if (target.subresource !== '' && target.subresource !== 'status') throw methodNotAllowed()
  const entry = findEntry(backend, target)
  if (entry === undefined) throw notFound(target.kind.definition, target.name)
  await backend.store.settled()
  if (call.accepted.as === 'Object') sendObject(call, 200, renderEntry(entry, target))
  else {
    const metadata = { resourceVersion: String(entry.revision) }
    sendObject(call, 200, JSON.stringify(presented([readEntry(entry, target)], target, call, metadata, backend.now())))
  }
}

async function readCollection(backend: Backend, target: Target, call: Call): Promise<void> {
  const page = listObjects(backend, target, call.query)
  await backend.store.settled()
  const filtered = call.query.has('labelSelector') || call.query.has('fieldSelector')
  const metadata = {
    resourceVersion: String(page.revision),
    // Custom resources are listed without a type that could leave it out.
    ...(page.continueToken === '' && !(target.kind.definition.custom && call.accepted.as === 'Object')
      ? {}
      : { continue: page.continueToken }),
    ...(page.remaining > 0 && !filtered ? { remainingItemCount: page.remaining } : {}),
  }
  if (call.accepted.as === 'Object') {
    const head = JSON.stringify({
      kind: target.kind.definition.listKind,
      apiVersion: targetApiVersion(target),
      metadata,
    })
    const items = page.entries.map((entry) => renderItem(entry, target))
    sendObject(call, 200, `${head.slice(0, -1)},"items":[${items.join(',')}]}`)
    return
  }
  const objects = page.entries.map((entry) => readEntry(entry, target))
  sendObject(call, 200, JSON.stringify(presented(objects, target, call, metadata, backend.now())))
}

/** A patch is read by its own rules: only whole objects are looked through. */
function duplicatesIn({ request, query }: Call, bytes: Buffer): readonly string[] {
  const whole = request.method === 'POST' || request.method === 'PUT'
  const json = ['application/json', ''].includes(mediaType(request))
  return whole && json && query.get('fieldValidation') !== 'Ignore' ? duplicateFields(bytes.toString('utf8')) : []
}

function write(
  options: HandlerOptions,
  target: Target,
  call: Call,
  body: unknown,
  duplicates: readonly string[],
): Written {
  const { backend } = options
  const context = { ...writeContext(call), duplicates }
  switch (call.request.method) {
    case 'POST':
      return post(options, target, body, context)
    case 'PUT':
      if (target.name === '') throw methodNotAllowed()
      return target.subresource === 'scale'
        ? writeScale(backend, target, { body }, context)
        : updateObject(backend, target, body, context)
    case 'PATCH': {
      if (target.name === '') throw methodNotAllowed()
      const patch = patchRequest(options, call, body as Buffer)
      const patching =
        patch.type === 'apply' ? { ...context, fieldManager: call.query.get('fieldManager') ?? '' } : context
      return target.subresource === 'scale'
        ? writeScale(backend, target, { patch }, context)
        : patchObject(backend, target, patch, patching)
    }
    case 'DELETE':
      return remove(backend, target, call, body, context)
    default:
      throw methodNotAllowed()
  }
}

function post({ backend, token }: HandlerOptions, target: Target, body: unknown, context: WriteContext): Written {
  if (target.subresource === 'eviction') return evictPod(backend, target, body, context)
  if (target.subresource === 'binding') return bindPod(backend, target, body, context)
  if (target.name !== '' || target.subresource !== '') throw methodNotAllowed()
  if (target.kind.definition.review === true) {
    const review = answerReview(target, body, token)
    trackCreation(backend, target, review, context)
    return { code: 201, object: review, committed: Promise.resolve() }
  }
  return createObject(backend, target, body, context)
}

function remove(backend: Backend, target: Target, call: Call, body: unknown, context: WriteContext): Written {
  if (target.subresource !== '') throw methodNotAllowed(target.kind.definition)
  const options = parseDeleteOptions(body, call.query)
  const dryRun = context.dryRun || (body as { dryRun?: unknown[] } | undefined)?.dryRun?.includes('All') === true
  if (target.name !== '') return deleteObject(backend, target, options, { ...context, dryRun })
  const selection = parseSelection(target, call.query)
  return deleteCollection(backend, target, (entry) => selects(selection, entry, target), options, {
    ...context,
    dryRun,
  })
}

const patchTypes: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

function patchRequest(options: HandlerOptions, { request, query }: Call, bytes: Buffer): PatchRequest {
  const media = mediaType(request)
  const type = patchTypes[media]
  if (type === undefined) throw unknownPatchType()
  const force = query.get('force')
  return { type, body: parseBody(bytes, media, options.limits), force: force === null ? undefined : force === 'true' }
}

const optionKinds: Record<string, string> = {
  POST: 'CreateOptions',
  PUT: 'UpdateOptions',
  PATCH: 'PatchOptions',
  DELETE: 'DeleteOptions',
}

function writeContext({ request, response, query }: Call): WriteContext {
  const options = optionKinds[request.method ?? ''] ?? 'CreateOptions'
  const dryRun = query.getAll('dryRun')
  if (dryRun.some((value) => value !== 'All')) throw unsupportedOption(options, 'dryRun', dryRun, ['All'])
  const validation = query.get('fieldValidation') || 'Warn'
  if (validation !== 'Strict' && validation !== 'Warn' && validation !== 'Ignore') {
    throw unsupportedOption(options, 'fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn'])
  }
  return {
    dryRun: dryRun.length > 0,
    fieldManager: query.get('fieldManager') ?? managerOf(request),
    fieldValidation: validation satisfies FieldValidation,
    warn: (message) => addWarning(response, message),
  }
}

/** A client that does not name itself is known by its program. */
function managerOf(request: IncomingMessage): string {
  return (request.headers['user-agent'] ?? '').split('/')[0]?.slice(0, 128) || 'unknown'
}

function addWarning(response: ServerResponse, message: string): void {
  const text = message.replaceAll(/["\\]/g, '\\$&').replaceAll(/[^\x20-\x7e]/g, '?')
  response.appendHeader('Warning', `299 - "${text}"`)
}
