import { ProviderError } from '@machinepool/contract'

import { scopeOfLink } from '../machine-pool/group-ref.ts'
import { pages } from './pages.ts'
import type { GcpProject } from './project.ts'
import type { InstanceGroupManager, ManagedInstance } from './resources.ts'

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

function parseKey(key: string): { readonly scope: string; readonly name: string } {
  const index = key.lastIndexOf('/')
  return { scope: key.slice(0, index), name: key.slice(index + 1) }
}

/**
 * Groups by key. One that is known by its place is asked for alone; several share one aggregated list of the project,
 * which costs one call whatever their zones and regions are (R21).
 */
export async function readGroups(
  project: GcpProject,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<readonly (readonly FoundGroup[])[]> {
  const parsed = keys.map(parseKey)
  const [only] = parsed
  if (parsed.length === 1 && only !== undefined && only.scope !== anywhere)
    return [await readOne(project, only, signal)]
  const found = await listByName(project, [...new Set(parsed.map(({ name }) => name))], signal)
  return parsed.map(({ scope, name }) =>
    found.filter((one) => one.group.name === name && (scope === anywhere || one.scope === scope)),
  )
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
): Promise<readonly FoundGroup[]> {
  const found: FoundGroup[] = []
  // A regular expression that must match the whole name; names are RFC 1035 labels and need no escaping.
  const query = { filter: `name eq "(${names.join('|')})"` }
  for await (const { items = {} } of pages(project, 'instanceGroupManagers.aggregatedList', { query }, signal)) {
    for (const [place, { instanceGroupManagers: groups = [], warning }] of Object.entries(items)) {
      // A zone that could not be asked is no zone without groups (R3).
      if (warning?.code === 'UNREACHABLE') throw unreachable(place)
      for (const group of groups) found.push({ scope: scopeOfLink(group.selfLink) ?? place, group })
    }
  }
  return found
}

function unreachable(place: string): ProviderError {
  return new ProviderError({
    code: 'Unavailable',
    reason: 'ScopeUnreachable',
    message: `Google Cloud could not list the managed instance groups of ${place}.`,
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
