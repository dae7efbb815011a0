import { ApiFailure, badRequest, expired, invalid, type FieldError } from '../failure.ts'
import { isObject } from '../json.ts'
import type { KubeObject } from '../object.ts'
import { parseFieldSelector } from '../selectors/fields.ts'
import { parseLabelSelector } from '../selectors/labels.ts'
import type { Entry, Page } from '../storage/object-store.ts'
import { needVersion, readEntry, type Backend } from './backend.ts'
import type { Target } from './target.ts'

/** What a listing or watch lets through. */
export interface Selection {
  readonly matches: (object: KubeObject) => boolean
  /** Nothing is filtered out. */
  readonly everything: boolean
  /** It names fields, which have their places in one version only. */
  readonly byFields: boolean
  /** Only this one is asked for, by its name. */
  readonly name: string | undefined
}

export function parseSelection(target: Target, query: URLSearchParams): Selection {
  const labelText = query.get('labelSelector') ?? ''
  const fieldText = query.get('fieldSelector') ?? ''
  const labels = parseLabelSelector(labelText)
  const fields = parseFieldSelector(fieldText, target.version.selectable, target.kind.definition.custom)
  const { namespace, name } = target
  return {
    byFields: fieldText !== '',
    name: /^metadata\.name==?([^,=!\\]+)$/.exec(fieldText.trim())?.[1],
    everything: labelText === '' && fieldText === '' && namespace === '' && name === '',
    matches: (object) =>
      (namespace === '' || object.metadata.namespace === namespace) &&
      (name === '' || object.metadata.name === name) &&
      labels(object.metadata.labels) &&
      fields(object),
  }
}

/** Whether an entry is selected, seen in the version of the request: field selectors name its fields. */
export function selects(selection: Selection, entry: Entry, target: Target): boolean {
  return selection.everything || selection.matches(selection.byFields ? readEntry(entry, target) : entry.object)
}

interface ContinueToken {
  readonly v: 'meta.k8s.io/v1'
  readonly rv: number
  readonly start: string
}

/** A page of a collection. */
export function listObjects(
  backend: Backend,
  target: Target,
  query: URLSearchParams,
): Page & { continueToken: string } {
  const selection = parseSelection(target, query)
  const limit = parseCount(query, 'limit')
  const token = parseToken(query.get('continue') ?? '')
  checkVersion(backend, query, token)
  const exact =
    query.get('resourceVersionMatch') === 'Exact' ? { at: parseRevision(query.get('resourceVersion') ?? '') } : {}
  const prefix = target.namespace === '' ? '' : `${target.namespace}/`
  const page = readPage(
    backend,
    target,
    { prefix, after: token?.start ?? '', limit, ...exact, ...atRevision(token) },
    selection,
  )
  const continueToken =
    page.last === undefined ? '' : formatToken({ v: 'meta.k8s.io/v1', rv: page.revision, start: page.last })
  return { ...page, continueToken }
}

function atRevision(token: ContinueToken | undefined): { at?: number } {
  // -1: continue with what is there now, after the state of the first page was forgotten.
  return token === undefined || token.rv < 0 ? {} : { at: token.rv }
}

function readPage(
  backend: Backend,
  target: Target,
  query: { prefix: string; after: string; limit: number; at?: number },
  selection: Selection,
): Page {
  try {
    if (selection.byFields) needVersion(backend.store.all(target.kind.definition.table, query.prefix), target)
    const keep = selection.everything ? undefined : (entry: Entry) => selects(selection, entry, target)
    const page = backend.store.page(target.kind.definition.table, query, keep)
    // There cannot be another of that name.
    const sole = selection.name !== undefined && target.kind.definition.namespaced === (target.namespace !== '')
    return sole ? { entries: page.entries, revision: page.revision, remaining: 0 } : page
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.code !== 410) throw error
    if (query.after === '') throw expired('The resourceVersion for the provided list is too old.')
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    )
  }
}

function checkVersion(backend: Backend, query: URLSearchParams, token: ContinueToken | undefined): void {
  const version = query.get('resourceVersion') ?? ''
  const match = query.get('resourceVersionMatch') ?? ''
  if (match !== '' && version === '')
    throw listOptions('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided')
  if (match !== '' && token !== undefined)
    throw listOptions('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided')
  if (match !== '' && match !== 'Exact' && match !== 'NotOlderThan') {
    const error = unknownMatch(match, ['Exact', 'NotOlderThan', ''])
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [error])
  }
  if (match === 'Exact' && version === '0') {
    const detail = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
    throw listOptions('resourceVersionMatch', detail)
  }
  if (version === '' || version === '0') return
  if (token !== undefined) throw badRequest('specifying resource version is not allowed when using continue')
  const asked = parseRevision(version)
  if (asked > backend.store.revision) throw tooLarge(asked, backend.store.revision)
}

/** Options that exclude each other. */
export function listOptions(field: string, detail: string, more: readonly FieldError[] = []): ApiFailure {
  return invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
    { type: 'FieldValueForbidden', field, detail },
    ...more,
  ])
}

export function unknownMatch(match: string, known: readonly string[]): FieldError {
  const detail = `supported values: ${known.map((item) => JSON.stringify(item)).join(', ')}`
  return { type: 'FieldValueNotSupported', field: 'resourceVersionMatch', value: match, detail }
}

export function tooLarge(asked: number, present: number): ApiFailure {
  return new ApiFailure(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${present}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}

/** @throws ApiFailure 400 for anything but a whole number. */
export function parseRevision(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    )
  }
  return Number(text)
}

export function parseCount(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? ''
  if (text === '') return 0
  if (!/^[-+]?\d{1,15}$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  // Less than none is none.
  return Math.max(0, Number(text))
}

function formatToken(token: ContinueToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url')
}

function parseToken(text: string): ContinueToken | undefined {
  if (text === '') return undefined
  try {
    const token: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (isObject(token) && typeof token['rv'] === 'number' && typeof token['start'] === 'string') {
      return { v: 'meta.k8s.io/v1', rv: token['rv'], start: token['start'] }
    }
  } catch {
    // Said below: anything that is not one of our tokens is refused alike.
  }
  const bad = /[^\w-]/.exec(text)?.index ?? (text.length % 4 === 1 ? text.length - 1 : undefined)
  const why =
    bad === undefined
      ? 'it must be the value that the previous page returned'
      : `illegal base64 data at input byte ${bad}`
  throw badRequest(`invalid continue token: continue key is not valid: ${why}`)
}
