import { ProviderError } from '@machinepool/contract'

import { scopeOfLink } from '../machine-pool/group-ref.ts'
import { pages } from './pages.ts'
import type { GcpProject } from './project.ts'
import type { InstanceGroupManager, InstanceGroupManagerAggregatedList, ManagedInstance } from './resources.ts'

/** A group and where it is. */
export interface FoundGroup {
  /** `zones/Z` or `regions/R`. */
  readonly scope: string
  readonly group: InstanceGroupManager
}

/** Scope of a key that asks for a name wherever it is. */
export const anywhere = '*'

/** Key of one read: `<scope>/<name>`, with `*` for any scope. */
export function groupKey(scope: string, name: string): string {
  return `${scope}/${name}`
}

/** The key under which a pool that does not know its group's place looks for the same name. */
export function searchKey(key: string): string {
  return groupKey(anywhere, parseKey(key).name)
}

function parseKey(key: string): { readonly scope: string; readonly name: string } {
  const index = key.lastIndexOf('/')
  return { scope: key.slice(0, index), name: key.slice(index + 1) }
}

/** What is known of one key: its groups, or where one might be that could not be asked. */
export type GroupAnswer = { readonly groups: readonly FoundGroup[] } | { readonly unreachable: string }

/**
 * Groups by key. One that is known by its place is asked for alone; several share one aggregated list of the project,
 * which costs one call whatever their zones and regions are (R21). A zone that could not be asked is no zone without
 * groups (R3), and no trouble of groups elsewhere (R27).
 */
export async function readGroups(
  project: GcpProject,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<readonly GroupAnswer[]> {
  const parsed = keys.map(parseKey)
  const [only] = parsed
  if (parsed.length === 1 && only !== undefined && only.scope !== anywhere)
    return [{ groups: await readOne(project, only, signal) }]
  const { found, unreachable } = await listByName(project, [...new Set(parsed.map(({ name }) => name))], signal)
  return parsed.map(({ scope, name }) => {
    const missing = unreachable.find((place) => place === anywhere || scope === anywhere || place === scope)
    if (missing !== undefined) return { unreachable: missing }
    return { groups: found.filter((one) => one.group.name === name && (scope === anywhere || one.scope === scope)) }
  })
}

async function readOne(
  project: GcpProject,
  { scope, name }: { readonly scope: string; readonly name: string },
  signal: AbortSignal,
): Promise<readonly FoundGroup[]> {
  try {
    return [{ scope, group: await project.call('instanceGroupManagers.get', { scope, name }, signal) }]
  } catch (error) {
    if (ProviderError.is(error) && error.code === 'NotFound') return []
    throw error
  }
}

async function listByName(
  project: GcpProject,
  names: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly found: readonly FoundGroup[]; readonly unreachable: readonly string[] }> {
  const found: FoundGroup[] = []
  const unreachable: string[] = []
  // A regular expression that must match the whole name; names are RFC 1035 labels and need no escaping.
  const query = { filter: `name eq "(${names.join('|')})"` }
  for await (const page of pages(project, 'instanceGroupManagers.aggregatedList', { query }, signal)) {
    const { items = {}, warning: general, unreachables = [] } = page
    unreachable.push(...unreachables.map(placeOf))
    if (isShort(general)) unreachable.push(...placesOf(general))
    for (const [place, { instanceGroupManagers: groups = [], warning }] of Object.entries(items)) {
      if (isShort(warning)) unreachable.push(place)
      for (const group of groups) found.push({ scope: scopeOfLink(group.selfLink) ?? place, group })
    }
  }
  return { found, unreachable }
}

type Warning = NonNullable<InstanceGroupManagerAggregatedList['warning']>

/** Warnings of lists that lack something; that a place is empty is the usual one, and none of them. */
const short: ReadonlySet<string> = new Set(['UNREACHABLE', 'PARTIAL_SUCCESS'])

function isShort(warning: Warning | undefined): warning is Warning {
  return short.has(warning?.code ?? '')
}

/** The places that a warning names; anywhere, when it names none. */
function placesOf({ data = [] }: Warning): readonly string[] {
  const named = data.filter(({ key }) => key === 'scope' || key === 'resource').map(({ value }) => placeOf(value))
  return named.length === 0 ? [anywhere] : named
}

/** `zones/Z` or `regions/R` of any kind of reference to it. */
function placeOf(reference: string | undefined): string {
  return /(?:zones|regions)\/[^/]+/.exec(reference ?? '')?.[0] ?? anywhere
}

export function unreachableError(place: string): ProviderError {
  const where = place === anywhere ? 'all zones' : place
  return new ProviderError({
    code: 'Unavailable',
    reason: 'ScopeUnreachable',
    message: `Google Cloud could not list the managed instance groups of ${where}.`,
  })
}

export interface ManagedListing {
  readonly managed: readonly ManagedInstance[]
  /** False when a page failed: then nothing may leave any list (R3). */
  readonly complete: boolean
}

/** Errors after which what was read so far is still an answer, though not a whole one. */
const passing: ReadonlySet<string> = new Set(['Throttled', 'Unavailable', 'Internal'])

export async function readManagedInstances(
  project: GcpProject,
  key: string,
  signal: AbortSignal,
): Promise<ManagedListing> {
  const managed: ManagedInstance[] = []
  try {
    for await (const page of pages(project, 'instanceGroupManagers.listManagedInstances', parseKey(key), signal)) {
      managed.push(...(page.managedInstances ?? []))
    }
    return { managed, complete: true }
  } catch (error) {
    if (managed.length === 0 || !ProviderError.is(error) || !passing.has(error.code)) throw error
    return { managed, complete: false }
  }
}
