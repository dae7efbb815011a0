import type { Registry } from '../kinds/registry.ts'
import type { KubeObject } from '../object.ts'
import type { Entry, ObjectStore } from '../storage/object-store.ts'
import { targetApiVersion, targetKey, type Target } from './target.ts'

/** What every operation works on. */
export interface Backend {
  readonly store: ObjectStore
  readonly registry: Registry
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

/** An entry in the version of the request. Shared: not to be changed. */
export function readEntry(entry: Entry, target: Pick<Target, 'kind' | 'version'>): KubeObject {
  return target.kind.convert(entry.object, target.version.name)
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
  if (entry.object.apiVersion === apiVersion) return entry.json
  let text = entry.renderings.get(apiVersion)
  if (text === undefined) entry.renderings.set(apiVersion, (text = JSON.stringify(readEntry(entry, target))))
  return text
}
