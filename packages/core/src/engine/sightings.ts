import type { EpochMillis, Instance, InstanceKey, Observation } from '@machinepool/contract'

/**
 * What this process has seen of its pools' groups and instances. Copies of a cloud's state disagree for seconds, so a later answer
 * may show an earlier moment: what was listed a moment ago and is missing now may be alive, and what was seen on its way out
 * may be shown running again.
 */
export interface Sightings {
  /**
   * The observation as far as it can be believed. While an instance that is known is missing and nobody saw it leave, the
   * listing counts as incomplete, until it has been missing for a while in every answer (R3).
   */
  believe(pool: string, known: readonly string[], observed: Observation): Observation
  /** We take these away ourselves: that they go needs no confirmation. */
  removed(pool: string, instances: readonly InstanceKey[]): void
  /** We had the group deleted: that there is none needs no confirmation. */
  groupDeleted(pool: string): void
  /**
   * Whether an answer without a group can be believed when the pool is to be left. A group that was asked for a moment ago,
   * perhaps by a process that died over it, does not show in every answer; so there has to be none for a while, unless this
   * process had it deleted (R4).
   */
  confirmsNoGroup(pool: string, observed: Observation): boolean
  forget(pool: string): void
}

interface Memory {
  /** When each known instance was first missed, by the time of the cloud's answer. */
  readonly missing: Map<string, EpochMillis>
  /** When each instance was last seen on its way out, by provider id and incarnation. */
  readonly terminating: Map<string, EpochMillis>
  /** Instances whose end is no surprise: the incarnation by provider id. */
  readonly expected: Map<string, string>
  /** When an answer first showed no group of a pool that is being deleted, by the time of the cloud's answer. */
  noGroupSince?: EpochMillis
  groupWent: boolean
}

/** @param confirmMs how long an instance or a group has to be missing, and how long a termination that was seen outweighs older answers */
export function createSightings(confirmMs: number): Sightings {
  const memories = new Map<string, Memory>()

  const memoryOf = (pool: string): Memory => {
    const before = memories.get(pool)
    if (before) return before
    const memory: Memory = { missing: new Map(), terminating: new Map(), expected: new Map(), groupWent: false }
    memories.set(pool, memory)
    return memory
  }

  return {
    believe(pool, known, observed) {
      const memory = memoryOf(pool)
      const instances = observed.instances.map((instance) => seenLeaving(memory, instance, observed, confirmMs))
      const believed = instances.some((instance, index) => instance !== observed.instances[index])
        ? { ...observed, instances }
        : observed
      if (!observed.complete) return believed
      return isMissing(memory, known, observed, confirmMs) ? { ...believed, complete: false } : believed
    },
    removed(pool, instances) {
      for (const { providerID, incarnation } of instances) memoryOf(pool).expected.set(providerID, incarnation)
    },
    groupDeleted(pool) {
      memoryOf(pool).groupWent = true
    },
    confirmsNoGroup(pool, { exists, observedAt }) {
      const memory = memoryOf(pool)
      // Somebody else's group of that name stays, and leaves no place for one of ours.
      if (exists || memory.groupWent) return true
      memory.noGroupSince ??= observedAt
      return observedAt - memory.noGroupSince >= confirmMs
    },
    forget: (pool) => void memories.delete(pool),
  }
}

/** Nothing stops a termination: an answer that shows the instance running is older than the one that showed it leave. */
function seenLeaving(
  { terminating, expected }: Memory,
  instance: Instance,
  { observedAt }: Observation,
  confirmMs: number,
): Instance {
  const { providerID, incarnation } = instance
  const key = `${providerID} ${incarnation}`
  if (instance.state === 'Terminating' || instance.state === 'TerminationHeld') expected.set(providerID, incarnation)
  // Its successor under the same id is not.
  if (expected.get(providerID) !== incarnation) expected.delete(providerID)
  if (instance.state === 'Terminating') {
    terminating.set(key, observedAt)
    return instance
  }
  const seenAt = terminating.get(key)
  if (seenAt === undefined) return instance
  if (observedAt - seenAt <= confirmMs) return { ...instance, state: 'Terminating' }
  // It lives after all, as where a cloud gave the deletion up.
  terminating.delete(key)
  expected.delete(providerID)
  return instance
}

/** Whether the answer lacks an instance that may be alive. Missing ones are written down; those that show up are struck off. */
function isMissing(
  { missing, terminating, expected }: Memory,
  known: readonly string[],
  { instances, observedAt }: Observation,
  confirmMs: number,
): boolean {
  const present = new Set(instances.map(({ providerID }) => providerID))
  const absent = new Set(known.filter((id) => !present.has(id)))
  for (const id of missing.keys()) if (!absent.has(id)) missing.delete(id)
  for (const [key, seenAt] of terminating) if (observedAt - seenAt > confirmMs) terminating.delete(key)
  for (const id of expected.keys()) if (!absent.has(id) && !present.has(id)) expected.delete(id)
  let unconfirmed = false
  for (const id of absent) {
    if (expected.has(id)) continue
    const since = missing.get(id)
    if (since === undefined) missing.set(id, observedAt)
    if (observedAt - (since ?? observedAt) < confirmMs) unconfirmed = true
  }
  return unconfirmed
}
