import { canonicalHash, type PoolRef } from '@machinepool/contract'

/** RFC 1035 labels, and what Google appends to the base name of instances: `-` and four characters. */
const maximumLength = 63
const maximumBaseLength = 58
const hashLength = 8

/** Names that one kind of resource of a pool may have, best first. */
export interface Names {
  /** Upstream's: cluster and pool, where Google allows it. */
  readonly plain: string
  /** Deterministic, and no other pool of any installation has it. */
  readonly unique: string
}

type Named = Pick<PoolRef<unknown>, 'key' | 'cluster' | 'managementId'>

/**
 * Two pools of one name, in two namespaces or two management clusters of one project, want the same plain name; the
 * second one gets the unique name.
 */
export function groupNames(pool: Named): Names {
  const wanted = `${pool.cluster.name}-${pool.key.name}`
  const unique = `${label(wanted, maximumLength - hashLength - 1)}-${poolHash(pool)}`
  return { plain: label(wanted, maximumLength) === wanted ? wanted : unique, unique }
}

/** Instances are named after the pool, as upstream has it. */
export function baseInstanceName(pool: Named): string {
  const { name } = pool.key
  if (label(name, maximumBaseLength) === name) return name
  return `${label(name, maximumBaseLength - hashLength - 1)}-${poolHash(pool)}`
}

/** What all templates of the pool begin with, and no template of another pool. */
export function templatePrefix(pool: Named): string {
  return `${label(pool.key.name, templatePrefixLength)}-${poolHash(pool)}-`
}

/** `<pool>-<hash of the pool>-<revision>-<content>`: a template cannot change, so its name says what is in it. */
export function templateName(pool: Named, revisionHash: string, contentHash: string): string {
  return `${templatePrefix(pool)}${revisionHash}-${contentHash.slice(0, hashLength)}`
}

const revisionLength = 16
const templatePrefixLength = maximumLength - hashLength - 1 - revisionLength - 1 - hashLength - 1

function poolHash({ key, cluster, managementId }: Named): string {
  return canonicalHash([managementId, key.namespace, cluster.name, key.name]).slice(0, hashLength)
}

/** An RFC 1035 label out of any name: lower case, letters first, digits and dashes, no dash at the end. */
function label(name: string, length: number): string {
  const text = name.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')
  const begun = /^[a-z]/.test(text) ? text : `p${text}`
  return begun.slice(0, length).replace(/-+$/, '')
}

/** Name of a template, group or zone: the last part of whatever kind of reference. */
export function lastPart(reference: string | undefined): string {
  return (reference ?? '').slice((reference ?? '').lastIndexOf('/') + 1)
}

/**
 * A reference without its host, so that full and partial ones are equal. Hosts differ: www.googleapis.com,
 * compute.googleapis.com, private endpoints, other universes.
 */
export function resourcePath(reference: string | undefined): string {
  const text = reference ?? ''
  const index = text.indexOf('projects/')
  return index < 0 ? text : text.slice(index)
}
