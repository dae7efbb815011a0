import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

import { createClient, loadKubeconfig, type Client, type ClientOptions } from './index.ts'

interface StoredObject {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    namespace: string
    uid: string
    resourceVersion: string
    annotations?: Record<string, string>
  }
  data?: Record<string, string>
}

interface LoggedEvent {
  readonly version: number
  readonly type: string
  readonly object: StoredObject
}

export type Kind = 'list' | 'watch' | 'other'

/** Answers one request in its own way; `proceed` answers as a good server would. */
export type Fault = (request: IncomingMessage, response: ServerResponse, proceed: () => void) => void

/**
 * A server of ConfigMaps over real HTTP that keeps a history of events, and misbehaves on demand: each fault is used for
 * one request of its kind, in order.
 */
export class HostileServer {
  readonly requests: {
    readonly method: string
    readonly kind: Kind
    readonly url: URL
    readonly headers: IncomingMessage['headers']
  }[] = []
  /** Whether `sendInitialEvents` is understood, refused, or overlooked. */
  streamedList: 'yes' | 'refused' | 'ignored' = 'yes'
  readonly #objects = new Map<string, StoredObject>()
  #log: LoggedEvent[] = []
  #version = 100
  #oldest = 100
  readonly #streams = new Set<ServerResponse>()
  readonly #stalled = new Set<ServerResponse>()
  readonly #faults: { readonly kind: Kind; readonly fault: Fault }[] = []
  #server = createServer((request, response) => this.#serve(request, response))
  #port = 0

  async start(): Promise<this> {
    this.#server = createServer((request, response) => this.#serve(request, response))
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
    return this
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get version(): string {
    return String(this.#version)
  }

  /** Watches that are open and served. */
  get openStreams(): number {
    return this.#streams.size
  }

  async client(options: ClientOptions = {}): Promise<Client> {
    const text = JSON.stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'k' } }],
      clusters: [{ name: 'k', cluster: { server: this.url } }],
    })
    return createClient(await loadKubeconfig({ text }), options)
  }

  next(kind: Kind, fault: Fault): void {
    this.#faults.push({ kind, fault })
  }

  put(name: string, data: Record<string, string> = {}): void {
    const version = ++this.#version
    const known = this.#objects.has(name)
    const object: StoredObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: String(version) },
      data,
    }
    this.#objects.set(name, object)
    this.#emit({ version, type: known ? 'MODIFIED' : 'ADDED', object })
  }

  remove(name: string): void {
    const object = this.#objects.get(name)
    if (object !== undefined) {
      const version = ++this.#version
      this.#objects.delete(name)
      const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
      this.#emit({ version, type: 'DELETED', object: last })
    }
  }

  /** What a store that missed nothing holds: name to resource version. */
  state(): Record<string, string> {
    return Object.fromEntries([...this.#objects].map(([name, { metadata }]) => [name, metadata.resourceVersion]))
  }

  /** Forgets the history: older resource versions are answered with 410. */
  compact(): void {
    this.#log = []
    this.#oldest = this.#version
  }

  /** Sends raw bytes on every open watch. */
  send(text: string): void {
    for (const stream of this.#streams) {
      stream.write(text)
    }
  }

  bookmark(version = this.version): void {
    this.send(frame('BOOKMARK', bookmarkAt(version)))
  }

  /** Ends every open watch; `broken` without a proper end. */
  dropStreams(how: 'ended' | 'broken'): void {
    for (const stream of this.#streams) {
      if (how === 'ended') {
        stream.end()
      } else {
        stream.destroy()
      }
    }
    this.#streams.clear()
  }

  /** Open watches stay open, but nothing is sent on them any more. */
  stallStreams(): void {
    for (const stream of this.#streams) {
      this.#stalled.add(stream)
    }
    this.#streams.clear()
  }

  #emit(event: LoggedEvent): void {
    this.#log.push(event)
    this.send(frame(event.type, event.object))
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url)
    const kind = kindOf(url)
    this.requests.push({ method: request.method ?? '', kind, url, headers: request.headers })
    const index = this.#faults.findIndex((fault) => fault.kind === kind)
    const [fault] = index === -1 ? [] : this.#faults.splice(index, 1)
    const proceed = () => this.#answer(kind, url, response)
    if (fault === undefined) {
      proceed()
    } else {
      fault.fault(request, response, proceed)
    }
  }

  #answer(kind: Kind, url: URL, response: ServerResponse): void {
    if (kind === 'list') {
      this.#list(url, response)
    } else if (kind === 'watch') {
      this.#watch(url, response)
    } else {
      json(response, 200, { kind: 'Anything', method: url.pathname })
    }
  }

  #list(url: URL, response: ServerResponse): void {
    const limit = Number(url.searchParams.get('limit') ?? this.#objects.size)
    const [offset = 0, version = this.#version] = (url.searchParams.get('continue') ?? '')
      .split(':')
      .filter(Boolean)
      .map(Number)
    const all = [...this.#objects.values()]
    const next = offset + limit
    json(response, 200, {
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(version), ...(next < all.length ? { continue: `${next}:${version}` } : {}) },
      items: all.slice(offset, next).map(({ metadata, data }) => ({ metadata, data })),
    })
  }

  #watch(url: URL, response: ServerResponse): void {
    const initial = url.searchParams.get('sendInitialEvents') === 'true'
    if (initial && this.streamedList === 'refused') {
      failure(response, 422, 'Invalid', 'sendInitialEvents: Forbidden')
      return
    }
    const since = url.searchParams.get('resourceVersion')
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (initial || since === null) {
      for (const object of this.#objects.values()) {
        response.write(frame('ADDED', object))
      }
      if (initial && this.streamedList === 'yes') {
        response.write(frame('BOOKMARK', bookmarkAt(this.version, { 'k8s.io/initial-events-end': 'true' })))
      }
    } else if (Number(since) < this.#oldest) {
      response.end(
        frame('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }),
      )
      return
    } else {
      for (const event of this.#log.filter(({ version }) => version > Number(since))) {
        response.write(frame(event.type, event.object))
      }
    }
    this.#streams.add(response)
    response.on('close', () => {
      this.#streams.delete(response)
      this.#stalled.delete(response)
    })
  }
}

function kindOf(url: URL): Kind {
  if (!url.pathname.endsWith('/configmaps')) {
    return 'other'
  }
  return url.searchParams.get('watch') === 'true' ? 'watch' : 'list'
}

function bookmarkAt(resourceVersion: string, annotations?: Record<string, string>): object {
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion, ...(annotations && { annotations }) } }
}

export function frame(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`
}

export function json(response: ServerResponse, code: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

export function failure(
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  json(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message }, headers)
}

/** Waits, bounded, until something has really happened over the network. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    if (condition()) {
      return
    }
    await delay(3)
  }
  throw new Error(`did not happen: ${what}`)
}
