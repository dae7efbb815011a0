import type { JsonObject } from '../../json.ts'
import type { Ownership } from '../../observation.ts'
import type { PoolRef } from '../../pool.ts'
import { canonicalHash } from '../../revision.ts'

/** Our mark: who owns the resource. No UID in it, so that it survives a move to another management cluster (R2). */
export const ownerTag = 'machinepool/owner'
/** On a template: the revision it stands for. */
export const revisionTag = 'machinepool/revision'
/** On a template: the question its image was the answer to, so that the answer can stay (R21). */
export const imageQueryTag = 'machinepool/image-query'
/** The mark of the upstream controllers: names the pool, but not the installation. */
export const upstreamTag = 'upstream/pool'

export function ownerMark<Spec>(pool: PoolRef<Spec>): string {
  const { key, cluster, managementId } = pool
  return [managementId, key.namespace, cluster.name, key.name].join('/')
}

export function upstreamMark<Spec>(pool: PoolRef<Spec>): string {
  return [pool.key.namespace, pool.cluster.name, pool.key.name].join('/')
}

const providerIDPrefix = 'memory:///groups/'

export function groupProviderID(name: string): string {
  return providerIDPrefix + name
}

/** The exact group of a pool: as recorded, or the name that a new pool gets. Never a prefix or a pattern (R5). */
export function groupName<Spec>(pool: PoolRef<Spec>): string {
  const recorded = pool.recorded.providerID
  if (recorded?.startsWith(providerIDPrefix)) return recorded.slice(providerIDPrefix.length)
  return `${pool.key.namespace}-${pool.cluster.name}-${pool.key.name}`
}

export function ownershipOf<Spec>(
  pool: PoolRef<Spec>,
  group: { readonly name: string; readonly tags: Readonly<Record<string, string>> },
): Ownership {
  const mark = group.tags[ownerTag]
  if (mark === ownerMark(pool)) return 'ours'
  if (mark !== undefined) return 'foreign'
  if (pool.recorded.providerID === groupProviderID(group.name)) return 'ours'
  const upstream = group.tags[upstreamTag]
  if (upstream === undefined) return 'unmarked'
  return upstream === upstreamMark(pool) && pool.adopt ? 'adoptable' : 'foreign'
}

/** Equal for equal decisions of one pool, in every process. */
export function keyOf<Spec>(pool: PoolRef<Spec>, action: string, facts: JsonObject): string {
  return canonicalHash([ownerMark(pool), action, facts]).slice(0, 32)
}
