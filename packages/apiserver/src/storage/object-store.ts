import { expired } from '../failure.ts'
import type { KubeObject } from '../object.ts'
import type { Change, ChangeType, Storage } from './storage.ts'

/** The current state of one object. Shared: never change `object`. */
export interface Entry {
  readonly key: string
  readonly revision: number
  readonly object: KubeObject
  readonly json: string
  /** Text of this object in other API versions, filled on demand and shared by all readers. */
  readonly renderings: Map<string, string>
}

/** A committed change as watchers see it. */
export interface StoreEvent {
  readonly type: ChangeType
  readonly resource: string
  readonly entry: Entry
  /** The state before; absent for `ADDED`, and for changes of a former run whose earlier state is not known any more. */
  readonly previous: Entry | undefined
  /** Finished frames of this event, shared by all watchers that want the same form. */
  readonly frames: Map<string, Buffer>
}

/** What a listing returns: the entries in key order, as of `revision`. */
export interface Page {
  readonly entries: readonly Entry[]
  readonly revision: number
  /** Key of the last entry when there are more. */
  readonly last?: string
  readonly remaining: number
}

interface Table {
  readonly entries: Map<string, Entry>
  /** Keys of `entries` in order. */
  readonly keys: string[]
  readonly listeners: Set<(event: StoreEvent) => void>
}

interface Pending {
  readonly change: Change
  readonly event: StoreEvent
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

export interface ObjectStoreOptions {
  /** How many past changes are kept for watches and for paged listings. */
  readonly history?: number
  /** Told of listeners that fail. */
  readonly log?: (error: unknown, change: string) => void
}

/**
 * All objects in memory, in front of a storage. Changes apply at once and are published to watchers when the storage
 * has them; `settled` lets readers wait so that nobody sees what a crash could take back.
 */
export class ObjectStore {
  readonly #storage: Storage
  readonly #history: number
  readonly #log: (error: unknown, change: string) => void
  readonly #tables = new Map<string, Table>()
  readonly #everyone = new Set<(event: StoreEvent) => void>()
  #events: StoreEvent[] = []
  #revision: number
  #pending: Pending[] = []
  #scheduled: Promise<void> | undefined

  constructor(storage: Storage, options: ObjectStoreOptions = {}) {
    this.#storage = storage
    this.#history = options.history ?? 10_000
    this.#log = options.log ?? (() => {})
    const snapshot = storage.load(this.#history)
    this.#revision = Math.max(snapshot.revision, 1)
    for (const { resource, key, json } of snapshot.objects) {
      const table = this.#table(resource)
      table.entries.set(key, storedEntry(key, JSON.parse(json) as KubeObject, json))
    }
    for (const table of this.#tables.values()) {
      table.keys.push(...table.entries.keys())
      table.keys.sort()
    }
    this.#restoreEvents(snapshot.changes)
  }

  /** The revision of the newest change. */
  get revision(): number {
    return this.#revision
  }

  get(resource: string, key: string): Entry | undefined {
    return this.#tables.get(resource)?.entries.get(key)
  }

  /** All entries of a resource, in key order. */
  *all(resource: string, prefix = ''): Generator<Entry> {
    const table = this.#tables.get(resource)
    if (table === undefined) return
    for (const key of keysFrom(table.keys, prefix, '')) {
      const entry = table.entries.get(key)
      if (entry !== undefined) yield entry
    }
  }

  resources(): IterableIterator<string> {
    return this.#tables.keys()
  }

  /**
   * A page of a listing. `at` asks for the state at an older revision, as long as the history reaches back to it.
   *
   * @param keep absent: everything.
   * @throws ApiFailure 410 when it does not.
   */
  page(
    resource: string,
    query: { prefix: string; after: string; limit: number; at?: number },
    keep?: (entry: Entry) => boolean,
  ): Page {
    const table = this.#table(resource)
    const at = query.at ?? this.#revision
    const former = at === this.#revision ? undefined : this.#former(resource, at)
    const keys = former === undefined ? table.keys : mergedKeys(table.keys, former)
    if (former === undefined && keep === undefined && query.prefix === '' && query.limit > 0)
      return pageOfAll(table, query, at)
    const entries: Entry[] = []
    let remaining = 0
    for (const key of keysFrom(keys, query.prefix, query.after)) {
      const entry = former?.has(key) === true ? former.get(key) : table.entries.get(key)
      if (entry === undefined) continue
      if (keep?.(entry) === false) continue
      if (query.limit > 0 && entries.length === query.limit) remaining += 1
      else entries.push(entry)
    }
    const last = entries.at(-1)?.key
    // Whether there is more is told without looking at whether it is selected, so a last page may be empty.
    const more =
      last !== undefined &&
      query.limit > 0 &&
      entries.length === query.limit &&
      keysFrom(keys, query.prefix, last).next().done !== true
    return { entries, revision: at, remaining, ...(more ? { last } : {}) }
  }

  /** Resolves when everything that was visible at the call is durable. */
  async settled(): Promise<void> {
    await this.#scheduled
  }

  /** Writes an object under a new revision. `committed` resolves when it is durable and published. */
  put(resource: string, key: string, object: KubeObject): { entry: Entry; committed: Promise<void> } {
    const table = this.#table(resource)
    const previous = table.entries.get(key)
    object.metadata.resourceVersion = String(this.#revision + 1)
    const entry = storedEntry(key, object, JSON.stringify(object))
    table.entries.set(key, entry)
    if (previous === undefined) insertKey(table.keys, key)
    return { entry, committed: this.#enqueue(previous === undefined ? 'ADDED' : 'MODIFIED', resource, entry, previous) }
  }

  /**
   * Removes an object; the entry in the result is its last state under the revision of the removal.
   *
   * @param final its last state, when the removal also changed it.
   */
  remove(resource: string, key: string, final?: KubeObject): { entry: Entry; committed: Promise<void> } | undefined {
    const table = this.#table(resource)
    const previous = table.entries.get(key)
    if (previous === undefined) return undefined
    const object = final ?? previous.object
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision + 1) } }
    const entry = storedEntry(key, last, JSON.stringify(last))
    table.entries.delete(key)
    removeKey(table.keys, key)
    return { entry, committed: this.#enqueue('DELETED', resource, entry, previous) }
  }

  /** Calls `listener` with every later change of a resource, after it is durable. Returns how to end it. */
  listen(resource: string, listener: (event: StoreEvent) => void): () => void {
    const { listeners } = this.#table(resource)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  listenToAll(listener: (event: StoreEvent) => void): () => void {
    this.#everyone.add(listener)
    return () => this.#everyone.delete(listener)
  }

  /**
   * The published changes of a resource after a revision.
   *
   * @throws ApiFailure 410 when the history does not reach back that far.
   */
  since(resource: string, revision: number): StoreEvent[] {
    const first = this.#firstKnown()
    if (revision < first - 1) throw expired(`too old resource version: ${revision} (${first - 1})`)
    return this.#events.slice(this.#indexAfter(revision)).filter((event) => event.resource === resource)
  }

  /** Writes what is still pending and lets go of the storage. */
  close(): void {
    this.#flush()
    this.#storage.close()
  }

  #table(resource: string): Table {
    let table = this.#tables.get(resource)
    if (table === undefined) {
      table = { entries: new Map(), keys: [], listeners: new Set() }
      this.#tables.set(resource, table)
    }
    return table
  }

  #enqueue(type: ChangeType, resource: string, entry: Entry, previous: Entry | undefined): Promise<void> {
    this.#revision += 1
    const { revision, key, json } = entry
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#pending.push({
      change: { revision, type, resource, key, json },
      event: { type, resource, entry, previous, frames: new Map() },
      done: resolve,
      failed: reject,
    })
    this.#scheduled ??= new Promise((settled) => {
      setImmediate(() => {
        this.#flush()
        settled()
      })
    })
    return promise
  }

  #flush(): void {
    const batch = this.#pending
    this.#pending = []
    this.#scheduled = undefined
    if (batch.length === 0) return
    try {
      this.#storage.commit(batch.map(({ change }) => change))
    } catch (error) {
      for (const { event } of batch.toReversed()) this.#undo(event)
      for (const { failed } of batch) failed(error)
      return
    }
    for (const { event } of batch) this.#events.push(event)
    // Cutting rarely keeps the cost per change constant.
    if (this.#events.length > this.#history * 2) this.#events = this.#events.slice(-this.#history)
    for (const { event, done } of batch) {
      for (const listener of this.#tables.get(event.resource)?.listeners ?? []) this.#tell(listener, event)
      for (const listener of this.#everyone) this.#tell(listener, event)
      // Everybody who follows has it; the history keeps what those need who come back, and they are few.
      event.frames.clear()
      shrink(event.previous)
      if (event.type === 'DELETED') shrink(event.entry)
      done()
    }
  }

  /** What one listener makes of a change is nothing that others, or the writer, have to suffer from. */
  #tell(listener: (event: StoreEvent) => void, event: StoreEvent): void {
    try {
      listener(event)
    } catch (error) {
      this.#log(error, `${event.type} ${event.resource} ${event.entry.key}`)
    }
  }

  /** Revisions of a failed batch are not given out again: somebody may have seen them in a dry read. */
  #undo(event: StoreEvent): void {
    const table = this.#table(event.resource)
    const { key } = event.entry
    if (event.previous === undefined) {
      table.entries.delete(key)
      removeKey(table.keys, key)
      return
    }
    if (!table.entries.has(key)) insertKey(table.keys, key)
    table.entries.set(key, event.previous)
  }

  #restoreEvents(changes: readonly Change[]): void {
    const known = new Map<string, Entry>()
    for (const { revision, type, resource, key, json } of changes) {
      const id = `${resource} ${key}`
      const entry = new StoredEntry(key, revision, json)
      this.#events.push({
        type,
        resource,
        entry,
        previous: type === 'ADDED' ? undefined : known.get(id),
        frames: new Map(),
      })
      if (type === 'DELETED') known.delete(id)
      else known.set(id, entry)
    }
  }

  /** Revision of the oldest change in the history. */
  #firstKnown(): number {
    return this.#events[0]?.entry.revision ?? this.#revision + 1 - this.#pending.length
  }

  #indexAfter(revision: number): number {
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#events[middle]?.entry.revision ?? 0) > revision) high = middle
      else low = middle + 1
    }
    return low
  }

  /** For every key that changed after `revision`: its entry then, or undefined when it did not exist. */
  #former(resource: string, revision: number): Map<string, Entry | undefined> {
    const former = new Map<string, Entry | undefined>()
    if (revision > this.#revision) throw expired(`resource version ${revision} is newer than ${this.#revision}`)
    const changes = [...this.since(resource, revision), ...this.#pending.map(({ event }) => event)]
    for (const event of changes) {
      if (event.resource === resource && event.entry.revision > revision && !former.has(event.entry.key)) {
        former.set(event.entry.key, event.previous)
      }
    }
    return former
  }
}

/** The text is always kept; the object is only kept while it is the current one, and read again from the text when asked for. */
class StoredEntry implements Entry {
  readonly key: string
  readonly revision: number
  readonly json: string
  readonly renderings = new Map<string, string>()
  #object: KubeObject | undefined

  constructor(key: string, revision: number, json: string, object?: KubeObject) {
    this.key = key
    this.revision = revision
    this.json = json
    this.#object = object
  }

  get object(): KubeObject {
    return (this.#object ??= JSON.parse(this.json) as KubeObject)
  }

  shrink(): void {
    this.#object = undefined
    this.renderings.clear()
  }
}

function storedEntry(key: string, object: KubeObject, json: string): Entry {
  return new StoredEntry(key, Number(object.metadata.resourceVersion), json, object)
}

/** A state that is history now: a parsed object takes several times the memory of its text. */
function shrink(entry: Entry | undefined): void {
  if (entry instanceof StoredEntry) entry.shrink()
}

/** A page of a whole table: what remains is counted without being looked at. */
function pageOfAll({ keys, entries }: Table, query: { after: string; limit: number }, revision: number): Page {
  let start = positionOf(keys, query.after)
  if (query.after !== '' && keys[start] === query.after) start += 1
  const found = keys.slice(start, start + query.limit).flatMap((key) => entries.get(key) ?? [])
  const remaining = keys.length - start - found.length
  const last = found.at(-1)?.key
  return { entries: found, revision, remaining, ...(remaining > 0 && last !== undefined ? { last } : {}) }
}

/** Index of the first key that is not before `key`. */
function positionOf(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle] ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}

function insertKey(keys: string[], key: string): void {
  keys.splice(positionOf(keys, key), 0, key)
}

function removeKey(keys: string[], key: string): void {
  const position = positionOf(keys, key)
  if (keys[position] === key) keys.splice(position, 1)
}

function* keysFrom(keys: readonly string[], prefix: string, after: string): Generator<string> {
  let position = positionOf(keys, after > prefix ? after : prefix)
  if (after !== '' && keys[position] === after) position += 1
  // A copy of the bounds: the caller may remove entries while it walks.
  for (const key of keys.slice(position)) {
    if (!key.startsWith(prefix)) return
    yield key
  }
}

function mergedKeys(keys: readonly string[], former: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...keys, ...former.keys()])].toSorted()
}
