import type { KubeObject } from '@machinepool/kube'

/** Milliseconds from its creation in which an object's progress is not reported; creation times are whole seconds. */
const quietMs = 5_000
/** By how much each other object that begins while there are others lengthens that. */
const quietForEachMs = 200
const longestQuietMs = 30_000

/**
 * How long to leave new objects alone before their progress is worth a write. One alone is through, or in trouble, in a few
 * seconds. Hundreds at once wait for each other, and reports of that would only lengthen the queue.
 */
export interface Beginnings {
  /** How much is left of the quiet first moments of this object, in milliseconds. It counts as one that begins from now on. */
  restMs(id: string, object: KubeObject, now: number): number
  /** It has arrived, is in trouble, has been reported on, or is gone. */
  over(id: string): void
}

export function createBeginnings(): Beginnings {
  const ids = new Set<string>()
  // The last of many has waited as long as the first: what counts is how many there were.
  let most = 0
  return {
    restMs(id, object, now) {
      ids.add(id)
      most = Math.max(most, ids.size)
      return restOf(object, Math.min(longestQuietMs, quietMs + (most - 1) * quietForEachMs), now)
    },
    over(id) {
      ids.delete(id)
      if (ids.size === 0) most = 0
    },
  }
}

/** How much is left of a time that began with the object's creation. Milliseconds. */
export function restOf({ metadata }: KubeObject, ms: number, now: number): number {
  const created = Date.parse(metadata.creationTimestamp ?? '')
  return Number.isNaN(created) ? 0 : Math.max(0, created + ms - now)
}
