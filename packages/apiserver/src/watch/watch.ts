import type { ServerResponse } from 'node:http'

import { ApiFailure } from '../failure.ts'
import { needVersion, readEntry, renderEntry, type Backend } from '../operations/backend.ts'
import {
  listOptions,
  parseCount,
  parseSelection,
  selects,
  tooLarge,
  unknownMatch,
  type Selection,
} from '../operations/list.ts'
import { targetApiVersion, type Target } from '../operations/target.ts'
import type { Accepted } from '../server/negotiation.ts'
import type { Entry, StoreEvent } from '../storage/object-store.ts'
import type { ChangeType } from '../storage/storage.ts'
import { partialMetadata, renderTable, type IncludeObject } from '../table/table.ts'
import { Outside } from '../webhooks/outside.ts'

/** A watcher that reads so slowly that more than this waits for it is cut off; it resumes with a new watch. */
const mostUnsent = 16 * 1024 * 1024
const bookmarkInterval = 60_000
const longestWatch = 3600_000

export interface WatchRequest {
  readonly target: Target
  readonly query: URLSearchParams
  readonly accepted: Accepted
  readonly response: ServerResponse
}

/** What a watch needs of the time that passes. Milliseconds. */
export interface Timers {
  /** Runs `task` once after a delay; the result cancels it. */
  after(delay: number, task: () => void): () => void
}

interface Start {
  /** Objects to send before the changes. */
  readonly initial: readonly Entry[]
  readonly backlog: readonly StoreEvent[]
  /** State of the collection when the initial objects were read. */
  readonly revision: number
  /** Say where the initial objects end. */
  readonly announceEnd: boolean
}

/**
 * Streams the changes of a collection until the client or the timeout ends it.
 *
 * @throws ApiFailure before anything is sent: 410 for a revision that is too old, 422 for options that exclude each other.
 */
export async function serveWatch(backend: Backend, timers: Timers, request: WatchRequest): Promise<void> {
  const { target, query, response } = request
  const selection = parseSelection(target, query)
  const frames = frameWriter(backend, request)
  await backend.store.settled()
  const outside = new Outside()
  const start = await outside.complete(() => {
    const found = startOf(backend, target, query, selection)
    needVersion(found.initial, target)
    return found
  })
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' })
  response.flushHeaders()
  const stream = openStream(backend, timers, request, frames)
  const tell = (event: StoreEvent) => {
    if (event.entry.revision <= start.revision) return
    const type = eventType(event, selection, target)
    if (type !== undefined) stream.send(frames.event(event, type))
  }
  const deliver = target.kind.convertsOutside ? inTurn(tell, (error) => stream.fail(error)) : tell
  const stop = backend.store.listen(target.kind.definition.table, deliver)
  stream.onEnd(stop)
  for (const entry of start.initial) stream.send(frames.object('ADDED', entry))
  if (start.announceEnd) stream.send(frames.bookmark(start.revision, true))
  for (const event of start.backlog) deliver(event)
  await stream.ended
}

/** Events of a kind that is converted outside wait for it, each for the one before it. */
function inTurn(tell: (event: StoreEvent) => void, failed: (error: unknown) => void): (event: StoreEvent) => void {
  let last = Promise.resolve()
  return (event) => {
    last = last.then(() => new Outside().complete(() => tell(event))).catch(failed)
  }
}

function startOf(backend: Backend, target: Target, query: URLSearchParams, selection: Selection): Start {
  const text = query.get('resourceVersion') ?? ''
  const match = query.get('resourceVersionMatch') ?? ''
  const sendInitial = query.get('sendInitialEvents')
  if (sendInitial === null && match !== '') {
    throw listOptions(
      'resourceVersionMatch',
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    )
  }
  if (sendInitial !== null && match !== 'NotOlderThan') {
    const detail = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'
    throw listOptions('resourceVersionMatch', detail, match === '' ? [] : [unknownMatch(match, ['NotOlderThan'])])
  }
  const asked = text === '' ? 0 : parseWatchRevision(text)
  if (asked > backend.store.revision) throw tooLarge(asked, backend.store.revision)
  const { revision } = backend.store
  const fromNow = sendInitial === 'true' || (sendInitial === null && asked === 0)
  if (!fromNow) {
    const from = sendInitial === 'false' && asked === 0 ? revision : asked
    return {
      initial: [],
      backlog: backend.store.since(target.kind.definition.table, from),
      revision: from,
      announceEnd: false,
    }
  }
  const prefix = target.namespace === '' ? '' : `${target.namespace}/`
  const entries = [...backend.store.all(target.kind.definition.table, prefix)].filter((entry) =>
    selects(selection, entry, target),
  )
  const announceEnd = sendInitial === 'true' && query.get('allowWatchBookmarks') === 'true'
  return { initial: entries, backlog: [], revision, announceEnd }
}

/** @throws ApiFailure 500, as watches of kube-apiserver do, for anything but a whole number. */
function parseWatchRevision(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  const quoted = JSON.stringify(text)
  throw new ApiFailure(
    500,
    '',
    `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`,
  )
}

/** How a change looks to somebody who sees only what is selected. */
function eventType(event: StoreEvent, selection: Selection, target: Target): ChangeType | undefined {
  if (selection.everything) return event.type
  const now = event.type !== 'DELETED' && selects(selection, event.entry, target)
  // An unknown former state may have been selected: the client is told of the loss, which is harmless if it never knew.
  const before = event.type !== 'ADDED' && (event.previous === undefined || selects(selection, event.previous, target))
  if (now) return before ? 'MODIFIED' : 'ADDED'
  return before ? 'DELETED' : undefined
}

interface FrameWriter {
  event(event: StoreEvent, type: ChangeType): Buffer
  object(type: ChangeType, entry: Entry): Buffer
  bookmark(revision: number, initialEventsEnd: boolean): Buffer
}

function frameWriter(backend: Backend, { target, accepted, query }: WatchRequest): FrameWriter {
  const apiVersion = targetApiVersion(target)
  const { kind } = target.kind.definition
  const include = (query.get('includeObject') ?? 'Metadata') as IncludeObject
  const metaVersion = `meta.k8s.io/${accepted.version}`
  let headings = true

  function body(entry: Entry): string {
    if (accepted.as === 'Object') return renderEntry(entry, target)
    const object = readEntry(entry, target)
    if (accepted.as !== 'Table') return JSON.stringify(partialMetadata(object, metaVersion))
    const metadata = { resourceVersion: String(entry.revision) }
    const table = renderTable([object], target.version.columns, {
      include,
      now: backend.now(),
      metadata,
      headings,
      apiVersion: metaVersion,
    })
    headings = false
    return JSON.stringify(table)
  }

  function frame(type: ChangeType, entry: Entry): Buffer {
    return Buffer.from(`{"type":"${type}","object":${body(entry)}}\n`)
  }

  return {
    object: frame,
    event(event, type) {
      // Something that left the selection is shown as it was, under the revision of the change.
      const entry = type === 'DELETED' && event.type !== 'DELETED' ? departed(event) : event.entry
      if (accepted.as === 'Table') return frame(type, entry)
      const form = `${type} ${accepted.as} ${apiVersion}`
      let made = event.frames.get(form)
      if (made === undefined) event.frames.set(form, (made = frame(type, entry)))
      return made
    },
    bookmark(revision, initialEventsEnd) {
      const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}
      const metadata = { resourceVersion: String(revision), ...annotations }
      const table = accepted.as === 'Table'
      const object = table
        ? renderTable([], target.version.columns, {
            include,
            now: backend.now(),
            metadata,
            headings,
            apiVersion: metaVersion,
          })
        : { kind, apiVersion, metadata }
      return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
    },
  }
}

function departed({ entry, previous }: StoreEvent): Entry {
  if (previous === undefined) return entry
  const object = {
    ...previous.object,
    metadata: { ...previous.object.metadata, resourceVersion: String(entry.revision) },
  }
  return { key: entry.key, revision: entry.revision, object, json: JSON.stringify(object), renderings: new Map() }
}

interface Stream {
  send(frame: Buffer): void
  /** Tells the client that its watch cannot go on, and ends it. */
  fail(error: unknown): void
  onEnd(task: () => void): void
  readonly ended: Promise<void>
}

function openStream(backend: Backend, timers: Timers, { query, response }: WatchRequest, frames: FrameWriter): Stream {
  const { promise, resolve } = Promise.withResolvers<void>()
  const tasks: (() => void)[] = []
  let open = true
  const end = () => {
    if (!open) return
    open = false
    for (const task of tasks) task()
    response.end()
    resolve()
  }
  const send = (frame: Buffer) => {
    if (!open) return
    response.write(frame)
    if (response.writableLength <= mostUnsent) return
    end()
    response.destroy()
  }
  response.on('close', end)
  const bookmarks = query.get('allowWatchBookmarks') === 'true'
  const sayWhereWeAre = () => {
    if (bookmarks) send(frames.bookmark(backend.store.revision, false))
  }
  const seconds = parseCount(query, 'timeoutSeconds')
  tasks.push(
    timers.after(seconds === 0 ? longestWatch : seconds * 1000, () => {
      sayWhereWeAre()
      end()
    }),
  )
  let cancelBookmark: (() => void) | undefined
  const nextBookmark = () => {
    cancelBookmark = timers.after(bookmarkInterval, () => {
      sayWhereWeAre()
      nextBookmark()
    })
  }
  if (bookmarks) nextBookmark()
  tasks.push(() => cancelBookmark?.())
  const fail = (error: unknown) => {
    const failure =
      error instanceof ApiFailure ? error : new ApiFailure(500, 'InternalError', 'Internal error occurred')
    send(Buffer.from(`${JSON.stringify({ type: 'ERROR', object: failure.toStatus() })}\n`))
    end()
  }
  return { send, fail, ended: promise, onEnd: (task) => void tasks.push(task) }
}
