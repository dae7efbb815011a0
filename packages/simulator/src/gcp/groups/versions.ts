import { parseReference } from '../reference.ts'
import type { FixedOrPercent, GcpGroup, GcpMember, GroupResource, Version } from './state.ts'

/** Resolves a number of instances; percentages are rounded up. */
export function calculate({ fixed, percent }: FixedOrPercent, of: number): number {
  return fixed ?? Math.ceil(((percent ?? 0) * of) / 100)
}

/** How many instances each version is to have, in the order of the versions. */
export function versionSizes({ versions, targetSize }: GroupResource): number[] {
  const sizes = versions.map((version) =>
    version.targetSize ? Math.min(targetSize, calculate(version.targetSize, targetSize)) : 0,
  )
  const rest = Math.max(0, targetSize - sizes.reduce((sum, size) => sum + size, 0))
  return sizes.map((size, index) => (versions[index]!.targetSize ? size : rest))
}

export function templateOf({ instanceTemplate }: Version): string {
  return parseReference(instanceTemplate).path
}

function isOf(member: GcpMember, version: Version): boolean {
  return member.template === templateOf(version) && member.version === version.name
}

export function isLive({ action }: GcpMember): boolean {
  return action !== 'DELETING' && action !== 'ABANDONING'
}

/** Live members of no version, or more of one than it is to have. */
export function outdatedMembers({ resource, members }: GcpGroup): GcpMember[] {
  const sizes = versionSizes(resource)
  const live = members.filter(isLive)
  const strays = live.filter((member) => !resource.versions.some((version) => isOf(member, version)))
  if (resource.versions.length === 1) return strays
  const surplus = resource.versions.flatMap((version, index) =>
    live.filter((member) => isOf(member, version)).slice(sizes[index]),
  )
  return [...strays, ...surplus]
}

/** The version of which most instances are missing. */
export function nextVersion({ resource }: GcpGroup, members: readonly GcpMember[]): Version {
  const { versions } = resource
  const sizes = versionSizes(resource)
  const gaps = versions.map(
    (version, index) => sizes[index]! - members.filter((member) => isLive(member) && isOf(member, version)).length,
  )
  return versions[gaps.indexOf(Math.max(...gaps))]!
}

/** What the members of a version carry of it. */
export function assign(version: Version): Pick<GcpMember, 'template' | 'version'> {
  return { template: templateOf(version), ...(version.name !== undefined && { version: version.name }) }
}
