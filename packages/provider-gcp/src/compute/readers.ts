import type { Clock, Io, PoolRef } from '@machinepool/contract'
import { createKnownState, createLookupCache, createSnapshotReader, type Snapshot } from '@machinepool/provider-kit'

import type { InstanceDetails, TemplateView } from '../machine-pool/group-view.ts'
import { templatePrefix } from '../machine-pool/names.ts'
import {
  readGroups,
  readManagedInstances,
  searchKey,
  unreachableError,
  type FoundGroup,
  type GroupAnswer,
  type ManagedListing,
} from './group-reads.ts'
import { readInstanceDetails } from './instance-reads.ts'
import type { GcpProject } from './project.ts'
import { readOwnTemplates, readTemplate } from './template-reads.ts'

/** Names that fit into one filter. */
const groupsPerCall = 50

const minutes = 60_000
/** How long we trust what only we change. Somebody else's change is seen after that at the latest. */
const ownTemplatesMaxAgeMs = 30 * minutes
/** Templates never change. */
const templateTtlMs = 24 * 60 * minutes
const absentTemplateTtlMs = 30_000
/** Before details of instances are asked for again because some were missing. */
const detailsTtlMs = 15_000
const longestMissMs = 60 * minutes
/** Before a template that something still uses is tried again. */
const inUseMs = 5 * minutes
/** More instances than one process ever drives at a time. */
const rememberedDetails = 50_000

type Pool = PoolRef<unknown>

/** All that is read about pools, with how fresh it must be and how it shares calls (R21). */
export interface GcpReaders {
  group(project: GcpProject, key: string, io: Io): Promise<Snapshot<readonly FoundGroup[]>>
  managed(project: GcpProject, key: string, io: Io): Promise<Snapshot<ManagedListing>>
  ownTemplates(project: GcpProject, pool: Pool, io: Io): Promise<readonly TemplateView[]>
  template(project: GcpProject, name: string, io: Io): Promise<TemplateView | undefined>
  /**
   * Details by numeric id, of instances named after `base`. `ids` are those of instances that exist; what cannot be told
   * now is absent, and is asked for again more and more seldom.
   */
  details(
    project: GcpProject,
    base: string,
    ids: readonly string[],
    io: Io,
  ): Promise<ReadonlyMap<string, InstanceDetails>>
  /** What our own writes tell. */
  readonly changed: {
    group(project: GcpProject, key: string): void
    templates(project: GcpProject, pool: Pool): void
    /** Something still uses the template. */
    templateInUse(project: GcpProject, name: string): void
  }
  close(): Promise<void>
}

export function createReaders(clock: Clock): GcpReaders {
  const groups = createSnapshotReader<GcpProject, GroupAnswer>({
    name: 'instanceGroupManagers.aggregatedList',
    clock,
    bucketOf,
    maximumKeys: groupsPerCall,
    read: readGroups,
  })
  const managed = createSnapshotReader<GcpProject, ManagedListing>({
    name: 'instanceGroupManagers.listManagedInstances',
    clock,
    bucketOf,
    // The API lists one group a call.
    maximumKeys: 1,
    read: async (project, [key = ''], signal) => [await readManagedInstances(project, key, signal)],
  })
  const ownTemplates = createKnownState<readonly TemplateView[]>(clock)
  const templates = createLookupCache<TemplateView | undefined>({
    clock,
    ttlMs: templateTtlMs,
    negativeTtlMs: absentTemplateTtlMs,
  })
  const detailReads = createLookupCache<ReadonlyMap<string, InstanceDetails>>({
    clock,
    ttlMs: detailsTtlMs,
    negativeTtlMs: detailsTtlMs,
  })
  const details = new Map<string, InstanceDetails>()
  /** Instances whose details were not to be had: how often, and when they are asked for again. */
  const missed = new Map<string, { readonly times: number; readonly until: number }>()
  const inUse = new Map<string, number>()

  const remember = (found: ReadonlyMap<string, InstanceDetails>): void => {
    for (const [id, detail] of found) details.set(id, detail)
    for (const id of details.keys()) {
      if (details.size <= rememberedDetails) return
      details.delete(id)
    }
  }

  const miss = (id: string, now: number): void => {
    const times = missed.get(id)?.times ?? 0
    missed.delete(id)
    if (details.has(id)) return
    missed.set(id, { times: times + 1, until: now + Math.min(detailsTtlMs * 4 ** times, longestMissMs) })
    const [oldest] = missed.keys()
    if (missed.size > rememberedDetails && oldest !== undefined) missed.delete(oldest)
  }

  return {
    async group(project, key, io) {
      const { value, readAt } = await groups.get(project, key, io)
      if (value === undefined || 'groups' in value) return { value: value?.groups, readAt }
      // Not kept: the next look asks again.
      groups.invalidate(project, key)
      throw unreachableError(value.unreachable)
    },
    managed: (project, key, io) => managed.get(project, key, io),
    async ownTemplates(project, pool, io) {
      const list = await ownTemplates.get(keyOf(project, templatePrefix(pool)), ownTemplatesMaxAgeMs, () =>
        readOwnTemplates(project, pool, io.signal),
      )
      const now = io.clock.now()
      return list.map((template) =>
        (inUse.get(keyOf(project, template.name)) ?? 0) > now ? { ...template, inUse: true } : template,
      )
    },
    template: (project, name, io) =>
      templates.get(keyOf(project, name), (signal) => readTemplate(project, name, signal), { signal: io.signal }),
    async details(project, base, ids, io) {
      const now = io.clock.now()
      const wanted = ids.filter((id) => !details.has(id))
      if (wanted.some((id) => (missed.get(id)?.until ?? 0) <= now)) {
        const load = (signal: AbortSignal) => readInstanceDetails(project, base, signal)
        remember(await detailReads.get(keyOf(project, base), load, { signal: io.signal }))
        for (const id of wanted) miss(id, now)
      }
      return new Map(ids.flatMap((id) => (details.has(id) ? [[id, details.get(id)!]] : [])))
    },
    changed: {
      group(project, key) {
        groups.invalidate(project, key)
        groups.invalidate(project, searchKey(key))
        managed.invalidate(project, key)
      },
      templates: (project, pool) => ownTemplates.forget(keyOf(project, templatePrefix(pool))),
      templateInUse: (project, name) => void inUse.set(keyOf(project, name), clock.now() + inUseMs),
    },
    async close() {
      await Promise.all([groups.close(), managed.close()])
    },
  }
}

function bucketOf({ identity, project }: GcpProject): string {
  return JSON.stringify([identity, project])
}

function keyOf({ identity, project }: GcpProject, name: string): string {
  return JSON.stringify([identity, project, name])
}
