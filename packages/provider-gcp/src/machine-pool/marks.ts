import { parseRevision, type Ownership, type PoolRef } from '@machinepool/contract'

/**
 * Managed instance groups and instance templates have no labels of their own. What marks them as ours is a line in their
 * description, written by the same call that makes them, so that no moment has a resource without an owner (R2).
 */
const prefix = 'machinepool:'

export interface Mark {
  readonly management: string
  readonly namespace: string
  readonly cluster: string
  readonly pool: string
  /** Everything else that was written down, by name. */
  readonly notes: Readonly<Record<string, string>>
}

type Marked = Pick<PoolRef<unknown>, 'key' | 'cluster' | 'managementId'>

export function markOf(pool: Marked, notes: Mark['notes'] = {}): Mark {
  return {
    management: pool.managementId,
    namespace: pool.key.namespace,
    cluster: pool.cluster.name,
    pool: pool.key.name,
    notes,
  }
}

/** Names in Kubernetes, hashes and references have no spaces, so words of a line are enough. */
function formatMark({ notes, ...owner }: Mark): string {
  return [
    prefix,
    ...[...Object.entries(owner), ...Object.entries(notes)].map(([key, value]) => `${key}=${value}`),
  ].join(' ')
}

export function parseMark(description: string | undefined): Mark | undefined {
  const line = lines(description).find((text) => text.startsWith(`${prefix} `))
  if (line === undefined) return undefined
  const { management, namespace, cluster, pool, ...notes } = Object.fromEntries(
    line
      .split(' ')
      .slice(1)
      .map((word): [string, string] => {
        const index = word.indexOf('=')
        return index < 0 ? [word, ''] : [word.slice(0, index), word.slice(index + 1)]
      }),
  )
  if (management === undefined || namespace === undefined || cluster === undefined || pool === undefined)
    return undefined
  return { management, namespace, cluster, pool, notes }
}

/** The description with our line in it; other lines are somebody's own words and stay. */
export function describe(mark: Mark, description?: string): string {
  const others = lines(description).filter((line) => line !== '' && !line.startsWith(`${prefix} `))
  return [...others, formatMark(mark)].join('\n')
}

function lines(description: string | undefined): readonly string[] {
  return (description ?? '').split('\n')
}

/** Whose a resource with this description is, as far as our own marks go. */
export function ownerByMark(pool: Marked, mark: Mark | undefined): Extract<Ownership, 'ours' | 'foreign' | 'unmarked'> {
  if (mark === undefined) return 'unmarked'
  return isSamePool(pool, mark) && mark.management === pool.managementId ? 'ours' : 'foreign'
}

export function isSamePool(pool: Marked, mark: Mark): boolean {
  return mark.namespace === pool.key.namespace && mark.cluster === pool.cluster.name && mark.pool === pool.key.name
}

/** What an own template says about itself. */
export interface TemplateMark {
  readonly revision: string
  /** SHA-256 of the bootstrap data, hex; empty when there is none. */
  readonly bootstrap: string
  /** Hash of what the image was looked up by. */
  readonly imageKey: string
  /** The image that was found, which stays while the question is the same. */
  readonly image: string
  /** Name of somebody else's template that this one is an exact copy of: instances made from that one count as ours. */
  readonly stamps?: string
}

export function templateNotes({ revision, bootstrap, imageKey, image, stamps }: TemplateMark): Mark['notes'] {
  return { revision, bootstrap, imageKey, image, ...(stamps === undefined ? {} : { stamps }) }
}

export function templateMark(mark: Mark | undefined): TemplateMark | undefined {
  const { revision, bootstrap = '', imageKey = '', image = '', stamps } = mark?.notes ?? {}
  if (revision === undefined || parseRevision(revision) === undefined) return undefined
  return { revision, bootstrap, imageKey, image, ...(stamps === undefined ? {} : { stamps }) }
}

/** Optional settings of the group that came from the spec: what leaves the spec is taken away, what others set stays. */
export function settingsNote(mark: Mark | undefined): ReadonlySet<string> {
  return new Set((mark?.notes['settings'] ?? '').split(',').filter((name) => name !== ''))
}
