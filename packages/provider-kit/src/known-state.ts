import type { Clock, EpochMillis } from '@machinepool/contract'

/**
 * What we know of resources that only we change: read once, kept up to date by our own writes, and read again after a
 * while in case somebody else did change them.
 */
export interface KnownState<Value> {
  /** What is known and younger than `maxAgeMs`, otherwise what `load` says. Concurrent callers share one load. */
  get(key: string, maxAgeMs: number, load: () => Promise<Value>): Promise<Value>
  /** After a write: the answer from now on, whatever a load that is still on its way says. */
  put(key: string, value: Value): void
  /** After a write with an outcome that is not known. */
  forget(key: string): void
}

interface Entry<Value> {
  readonly value: Value
  readonly knownAt: EpochMillis
}

export function createKnownState<Value>(clock: Clock): KnownState<Value> {
  const entries = new Map<string, Entry<Value>>()
  const loading = new Map<string, Promise<Value>>()
  return {
    get(key, maxAgeMs, load) {
      const entry = entries.get(key)
      if (entry && clock.now() - entry.knownAt <= maxAgeMs) return Promise.resolve(entry.value)
      const running = loading.get(key)
      if (running) return running
      const startedAt = clock.now()
      const promise = load()
        .then((value) => {
          if (loading.get(key) === promise) entries.set(key, { value, knownAt: startedAt })
          return entries.get(key)?.value ?? value
        })
        .finally(() => {
          if (loading.get(key) === promise) loading.delete(key)
        })
      loading.set(key, promise)
      return promise
    },
    put(key, value) {
      loading.delete(key)
      entries.set(key, { value, knownAt: clock.now() })
    },
    forget(key) {
      loading.delete(key)
      entries.delete(key)
    },
  }
}
