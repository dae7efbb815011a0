import type { KubeObject } from '@machinepool/kube'

/**
 * Bridges the moment between a write and the watch event that brings it back: while the cache still shows the object that a
 * write was based on, the server's answer to that write is the truth.
 */
export interface WriteMemory {
  latest<T extends KubeObject>(cached: T): T
  remember<T extends KubeObject>(cached: T, written: T): void
  forget(uid: string): void
}

export function createWriteMemory(): WriteMemory {
  const writes = new Map<string, { basedOn: string | undefined; written: KubeObject }>()
  return {
    latest<T extends KubeObject>(cached: T): T {
      const { uid, resourceVersion } = cached.metadata
      const entry = uid === undefined ? undefined : writes.get(uid)
      if (uid === undefined || entry === undefined) return cached
      if (entry.basedOn === resourceVersion) return entry.written as T
      writes.delete(uid)
      return cached
    },
    remember(cached, written) {
      const { uid, resourceVersion } = cached.metadata
      if (uid !== undefined) writes.set(uid, { basedOn: resourceVersion, written })
    },
    forget(uid) {
      writes.delete(uid)
    },
  }
}
