import type { DeletePolicy } from '@machinepool/contract'

import type { Member } from './members.ts'

/**
 * Chooses who leaves when the pool shrinks (R10): whose Machine is being deleted, whose drain has begun, marked for deletion, failed, outdated, in the
 * largest zone, unready, then by `deletePolicy`. Zones are counted anew after each choice, so that they stay level.
 *
 * Instances of unknown state and those the cloud protects from scale-in are never chosen.
 */
export function chooseVictims(members: readonly Member[], count: number, policy: DeletePolicy): readonly Member[] {
  const left = members.filter(mayBeVictim)
  const zones = countByZone(members)
  const chosen: Member[] = []
  while (chosen.length < count && left.length > 0) {
    const best = left.reduce((a, b) => (compare(b, a, zones, policy) < 0 ? b : a))
    left.splice(left.indexOf(best), 1)
    chosen.push(best)
    const zone = best.instance.zone ?? ''
    zones.set(zone, (zones.get(zone) ?? 0) - 1)
  }
  return chosen
}

export function mayBeVictim(member: Member): boolean {
  if (member.instance.state === 'Unknown') return false
  // Protection is against the cloud's own choice; a deleted Machine is somebody's.
  return member.leaving || !member.instance.protected
}

function countByZone(members: readonly Member[]): Map<string, number> {
  const zones = new Map<string, number>()
  for (const { instance } of members) zones.set(instance.zone ?? '', (zones.get(instance.zone ?? '') ?? 0) + 1)
  return zones
}

/** Negative: `a` leaves before `b`. */
function compare(a: Member, b: Member, zones: ReadonlyMap<string, number>, policy: DeletePolicy): number {
  return (
    first(a.leaving, b.leaving) ||
    first(a.drain !== undefined, b.drain !== undefined) ||
    first(a.deleteFirst, b.deleteFirst) ||
    first(a.failed, b.failed) ||
    first(a.outdated, b.outdated) ||
    (zones.get(b.instance.zone ?? '') ?? 0) - (zones.get(a.instance.zone ?? '') ?? 0) ||
    first(!a.available, !b.available) ||
    byPolicy(a, b, policy) ||
    order(a.instance.incarnation, b.instance.incarnation)
  )
}

export function byPolicy(a: Member, b: Member, policy: DeletePolicy): number {
  if (policy === 'Random') return order(scatter(a.instance.incarnation), scatter(b.instance.incarnation))
  // An instance of unknown age counts as the newest: a cloud that shows no age shows none for all.
  const age = (a.instance.createdAt ?? Infinity) - (b.instance.createdAt ?? Infinity)
  if (Number.isNaN(age) || age === 0) return 0
  return policy === 'Oldest' ? age : -age
}

function first(a: boolean, b: boolean): number {
  return Number(b) - Number(a)
}

function order<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Random, but the same at every look: a choice that changed each time would cordon one Node after the other. FNV-1a. */
function scatter(text: string): number {
  let hash = 0x811c9dc5
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}
