import type { Storage } from './storage.ts'

/** Nothing survives the process. */
export function createMemoryStorage(): Storage {
  return {
    load: () => ({ revision: 0, objects: [], changes: [] }),
    commit: () => {},
    close: () => {},
  }
}
