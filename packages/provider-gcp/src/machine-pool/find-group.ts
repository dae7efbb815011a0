import type { EpochMillis, Io, Ownership, PoolRef } from '@machinepool/contract'

import { anywhere, groupKey, type FoundGroup } from '../compute/group-reads.ts'
import type { GcpProject } from '../compute/project.ts'
import type { GcpReaders } from '../compute/readers.ts'
import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import { templateNameOf } from './current-template.ts'
import { parseGroupProviderID, type GroupRef } from './group-ref.ts'
import type { TemplateView } from './group-view.ts'
import { clusterLabel } from './labels.ts'
import { isSamePool, ownerByMark, parseMark } from './marks.ts'
import { groupNames } from './names.ts'
import { wantedScope, wantedZones } from './placement.ts'

type Pool = PoolRef<GCPMachinePoolSpec>

export interface FindContext {
  readonly project: GcpProject
  readonly readers: GcpReaders
  readonly io: Io
}

export interface FoundPoolGroup {
  /** Where the group is, or where a new one is to be. */
  readonly ref?: GroupRef
  readonly found?: FoundGroup
  readonly owner: Ownership
  readonly taken: readonly string[]
  readonly readAt: EpochMillis
}

/**
 * The recorded group; or the one that carries our mark under either of the pool's names, wherever it is; or the place
 * for a new one, out of the way of another pool's group of that name (R2).
 */
export async function findGroup(pool: Pool, context: FindContext): Promise<FoundPoolGroup> {
  const recorded = parseGroupProviderID(pool.recorded.providerID)
  return recorded === undefined ? searchGroup(pool, context) : recordedGroup(pool, recorded, context)
}

async function recordedGroup(
  pool: Pool,
  ref: GroupRef,
  { project, readers, io }: FindContext,
): Promise<FoundPoolGroup> {
  const { value, readAt } = await readers.group(project, groupKey(ref.scope, ref.name), io)
  const [found] = value ?? []
  if (found === undefined) return { ref, owner: 'unmarked', taken: [], readAt }
  const mark = parseMark(found.group.description)
  // The record counts, but not when another pool has made a group of that name there since.
  const owner = mark === undefined || isSamePool(pool, mark) ? 'ours' : 'foreign'
  return { ref, found, owner, taken: [], readAt }
}

async function searchGroup(pool: Pool, context: FindContext): Promise<FoundPoolGroup> {
  const { project, readers, io } = context
  const { plain, unique } = groupNames(pool)
  const names = [...new Set([plain, unique])]
  const snapshots = await Promise.all(names.map((name) => readers.group(project, groupKey(anywhere, name), io)))
  const readAt = Math.min(...snapshots.map((snapshot) => snapshot.readAt))
  const groups = snapshots.flatMap(({ value }) => value ?? [])
  const scope = wantedScope(wantedZones(pool).zones)
  const here = groups.filter((one) => one.scope === scope)
  const own = groups.find(({ group }) => ownerByMark(pool, parseMark(group.description)) === 'ours')
  if (own !== undefined)
    return { ref: refOf(project, own), found: own, owner: 'ours', taken: namesBut(here, own), readAt }
  const plainGroup = here.find(({ group }) => group.name === plain)
  if (plainGroup !== undefined && (await isAdoptable(pool, plainGroup, context))) {
    return { ref: refOf(project, plainGroup), found: plainGroup, owner: 'adoptable', taken: [], readAt }
  }
  if (scope === undefined) return { owner: 'unmarked', taken: [], readAt }
  const place = { project: project.project, scope }
  // A group without any mark may be this pool's in its owner's mind, so it is not silently worked around.
  const inTheWay = plainGroup !== undefined && parseMark(plainGroup.group.description) !== undefined
  const name = inTheWay ? unique : plain
  const found = here.find(({ group }) => group.name === name)
  const owner = found === undefined ? 'unmarked' : ownerByMark(pool, parseMark(found.group.description))
  return {
    ref: { ...place, name },
    ...(found === undefined ? {} : { found }),
    owner,
    taken: inTheWay ? [plain] : [],
    readAt,
  }
}

function refOf({ project }: GcpProject, { scope, group }: FoundGroup): GroupRef {
  return { project, scope, name: group.name ?? '' }
}

function namesBut(groups: readonly FoundGroup[], used: FoundGroup): readonly string[] {
  return groups.filter(({ group }) => group.name !== used.group.name).map(({ group }) => group.name ?? '')
}

/** Upstream marks nothing but the template; permission to adopt is the owner's, given on the pool. */
async function isAdoptable(pool: Pool, { group }: FoundGroup, { project, readers, io }: FindContext): Promise<boolean> {
  if (!pool.adopt || parseMark(group.description) !== undefined) return false
  const name = templateNameOf(group)
  const template = name === undefined ? undefined : await readers.template(project, name, io)
  return template !== undefined && bearsUpstreamMarks(pool, template)
}

const hashLength = 16

/** Upstream's name for templates of this pool, and its label for the cluster. */
function bearsUpstreamMarks(pool: Pool, { name, properties }: TemplateView): boolean {
  const hash = name.slice(-hashLength)
  const rest = name.slice(0, -hashLength - 1)
  return (
    /^[0-9a-f]+$/.test(hash) &&
    rest !== '' &&
    pool.key.name.startsWith(rest) &&
    rest.length >= Math.min(pool.key.name.length, 46) &&
    properties?.labels?.[clusterLabel(pool.cluster.name)] === 'owned'
  )
}
