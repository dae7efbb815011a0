import { randomBytes, randomUUID } from 'node:crypto'

import type { JsonObject } from '../json.ts'
import type { Registry } from '../kinds/registry.ts'
import type { KubeObject } from '../object.ts'
import type { Entry, ObjectStore } from '../storage/object-store.ts'
import type { AdmissionWebhooks } from '../webhooks/admission.ts'
import { Waiting, type Outside, type Question } from '../webhooks/outside.ts'
import { targetApiVersion, targetKey, type Target } from './target.ts'

/** What every operation works on. */
export interface Backend {
  readonly store: ObjectStore
  readonly registry: Registry
  readonly admission: AdmissionWebhooks
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

/** How a write is to be done. */
export interface WriteContext {
  readonly dryRun: boolean
  readonly fieldManager: string
  readonly fieldValidation: FieldValidation
  /** Fields that the body states more than once. */
  readonly duplicates?: readonly string[]
  /** Adds a `Warning` header to the answer. */
  readonly warn: (message: string) => void
  /** What a new object of this request is told from others by: a request may be worked on more than once. */
  readonly identity: Identity
  /** What webhooks have said. Absent: the server writes for itself, and asks nobody. */
  readonly outside?: Outside
  /** The options of the request, as webhooks see them. */
  readonly options?: JsonObject
}

interface Identity {
  readonly uid: string
  /** For `generateName`. */
  readonly suffix: string
}

/** Without vowels and characters that look alike, so that no words come out. */
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789'

export function newIdentity(): Identity {
  const suffix = [...randomBytes(5)].map((byte) => nameAlphabet[byte % nameAlphabet.length]).join('')
  return { uid: randomUUID(), suffix }
}

/** The result of a write: answered when `committed` resolves. */
export interface Written {
  readonly code: number
  readonly object: object
  readonly committed: Promise<unknown>
}

/** RFC 3339 in whole seconds, as `metav1.Time`. */
export function timestamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`
}

export function findEntry(backend: Backend, target: Target): Entry | undefined {
  return backend.store.get(target.kind.definition.table, targetKey(target))
}

/**
 * An entry in the version of the request. Shared: not to be changed.
 *
 * @throws Waiting when a webhook has to convert it.
 */
export function readEntry(entry: Entry, target: Pick<Target, 'kind' | 'version'>): KubeObject {
  const { kind, version } = target
  if (!kind.convertsOutside) return kind.convert(kind.current(entry), version.name)
  needVersion([entry], target)
  const text = entry.renderings.get(targetApiVersion(target))
  return text === undefined ? kind.current(entry) : (JSON.parse(text) as KubeObject)
}

/**
 * Has entries converted that are not known in the version of the request, all with one call.
 *
 * @throws Waiting when there are any.
 */
export function needVersion(entries: Iterable<Entry>, target: Pick<Target, 'kind' | 'version'>): void {
  const { kind } = target
  if (!kind.convertsOutside) return
  const apiVersion = targetApiVersion(target)
  const missing = [...entries].filter(
    (entry) => entry.object.apiVersion !== apiVersion && !entry.renderings.has(apiVersion),
  )
  if (missing.length === 0) return
  const key = `show in ${apiVersion} ${missing.map((entry) => `${entry.key} ${entry.revision}`).join(', ')}`
  const question: Question = async () => {
    const converted = await kind.convertOutside(
      missing.map((entry) => kind.current(entry)),
      apiVersion,
    )
    for (const [index, entry] of missing.entries()) entry.renderings.set(apiVersion, JSON.stringify(converted[index]))
  }
  throw new Waiting(new Map([[key, question]]))
}

/** What was written, for the answer. It is known in the version of the request already: nobody has to convert it back. */
export function written(entry: Entry, final: KubeObject, target: Pick<Target, 'kind' | 'version'>): KubeObject {
  if (!target.kind.convertsOutside) return readEntry(entry, target)
  return { ...final, metadata: { ...final.metadata, resourceVersion: String(entry.revision) } }
}

/** The JSON of an entry as an item of a list: typed lists say once what their items are. */
export function renderItem(entry: Entry, target: Target): string {
  const text = renderEntry(entry, target)
  const { custom, kind } = target.kind.definition
  if (custom) return text
  for (const head of typeHeads(targetApiVersion(target), kind))
    if (text.startsWith(head)) return `{${text.slice(head.length)}`
  const { apiVersion: _, kind: __, ...rest } = readEntry(entry, target)
  return JSON.stringify(rest)
}

/** How the text of an object of a kind usually begins. */
function typeHeads(apiVersion: string, kind: string): string[] {
  return [`{"apiVersion":"${apiVersion}","kind":"${kind}",`, `{"kind":"${kind}","apiVersion":"${apiVersion}",`]
}

/** The JSON of an entry in the version of the request; made once per version. */
export function renderEntry(entry: Entry, target: Target): string {
  const apiVersion = targetApiVersion(target)
  if (entry.object.apiVersion === apiVersion && target.kind.current(entry) === entry.object) return entry.json
  let text = entry.renderings.get(apiVersion)
  if (text === undefined) entry.renderings.set(apiVersion, (text = JSON.stringify(readEntry(entry, target))))
  return text
}
