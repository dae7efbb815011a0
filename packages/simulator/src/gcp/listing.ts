import { scopeOfRequest, type GcpRequest } from './call.ts'
import { GcpError, invalidValue } from './error.ts'
import { createFilter } from './filter.ts'
import type { Shown } from './shown.ts'
import { regionsOf } from './world.ts'

const pageSize = 500

export interface Page<T> {
  readonly items: readonly T[]
  readonly next?: string
}

/** Cuts a list as `filter`, `orderBy`, `maxResults` and `pageToken` say. */
export function page<T extends object>({ query, id }: GcpRequest, all: readonly T[]): Page<T> {
  const filter = query.get('filter')
  const kept = filter ? all.filter(createFilter(filter)) : all
  const max = Number(query.get('maxResults') ?? pageSize)
  if (max < 0 || max > pageSize) {
    throw invalidValue('maxResults', String(max), `Values must be within the range: [0, ${pageSize}]`)
  }
  const start = readToken(query.get('pageToken') ?? '', id)
  const items = kept.slice(start, start + (max || pageSize))
  const end = start + items.length
  return { items, ...(end < kept.length && { next: writeToken(end, id) }) }
}

/** Opaque to callers; good for the same method only. */
function writeToken(position: number, id: string): string {
  return Buffer.from(JSON.stringify([position, id])).toString('base64url')
}

function readToken(token: string, id: string): number {
  if (token === '') return 0
  try {
    const [position, method] = JSON.parse(Buffer.from(token, 'base64url').toString()) as [number, string]
    if (method === id && Number.isInteger(position)) return position
  } catch {
    // Told below.
  }
  throw invalidValue('pageToken', token, 'The page token is not valid.')
}

/** The answer of a `list` method. An empty list has no `items`. */
export function listing(request: GcpRequest, kind: string, all: readonly object[]): object {
  const { items, next } = page(request, all)
  const path = `${scopeOfRequest(request)}/${collectionOf(request.id)}`
  return {
    kind: `compute#${kind}List`,
    id: `projects/${request.project.id}/${path}`,
    ...(items.length > 0 && { items }),
    ...(next !== undefined && { nextPageToken: next }),
    selfLink: request.project.link(path),
  }
}

/** The answer of an `aggregatedList` method: items by scope, empty scopes with a warning. */
export function aggregatedListing(request: GcpRequest, kind: string, all: readonly Shown[]): object {
  const { project } = request
  const collection = collectionOf(request.id)
  const { items, next } = page(request, all)
  const { world } = project
  const scopes: Record<string, object> = {}
  for (const scope of [
    'global',
    ...regionsOf(world).map((name) => `regions/${name}`),
    ...world.zones.map((name) => `zones/${name}`),
  ]) {
    const prefix = `${project.link(scope)}/`
    const own = items.filter(({ selfLink }) => selfLink.startsWith(prefix))
    scopes[scope] = own.length > 0 ? { [collection]: own } : { warning: noResults(scope) }
  }
  return {
    kind: `compute#${kind}AggregatedList`,
    id: `projects/${project.id}/aggregated/${collection}`,
    items: scopes,
    ...(next !== undefined && { nextPageToken: next }),
    selfLink: project.link(`aggregated/${collection}`),
  }
}

function noResults(scope: string): object {
  return {
    code: 'NO_RESULTS_ON_PAGE',
    message: `There are no results for scope '${scope}' on this page.`,
    data: [{ key: 'scope', value: scope }],
  }
}

/** `regionInstanceGroupManagers.list` lists `instanceGroupManagers`. */
export function collectionOf(id: string): string {
  const resource = id.split('.', 1)[0]!
  if (/operations$/i.test(resource)) return 'operations'
  const regional = /^region([A-Z].*)$/.exec(resource)?.[1]
  return regional === undefined ? resource : regional[0]!.toLowerCase() + regional.slice(1)
}

/** Refuses places that are not in the world. */
export function checkPlace(request: GcpRequest) {
  const { project, variables } = request
  const { zone, region } = variables as { zone?: string; region?: string }
  if (zone !== undefined && !project.world.zones.includes(zone)) {
    throw invalidPlace('zone', zone)
  }
  if (region !== undefined && !regionsOf(project.world).includes(region)) {
    throw invalidPlace('region', region)
  }
}

function invalidPlace(kind: string, name: string): GcpError {
  return invalidValue(kind, name, 'Unknown ' + kind + '.')
}
