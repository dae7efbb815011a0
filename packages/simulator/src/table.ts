import type { Clock } from '@machinepool/kube'

/**
 * Records by key, as an eventually consistent service keeps them: `get` is the truth the service works with,
 * `read` what a caller is shown, `lag` milliseconds behind. Records are immutable: a change puts a new one.
 */
export interface Table<T> {
  get(key: string): T | undefined
  values(): T[]
  put(key: string, record: T): void
  delete(key: string): void
  read(key: string): T | undefined
  readAll(): T[]
  /** Takes records over as they were when they were saved. */
  restore(records: Iterable<readonly [key: string, record: unknown]>): void
}

/** Makes the table of a name. */
export type CreateTable = <T>(name: string) => Table<T>

/** Told about a change of a record; undefined: it is gone. */
export type OnRecord = (key: string, record: unknown) => void

export function createTable<T>(clock: Clock, lag: () => number, onRecord?: OnRecord): Table<T> {
  const live = new Map<string, T>()
  /** Per key, oldest first: what is shown until a moment. */
  const past = new Map<string, { until: number; record: T | undefined }[]>()

  function remember(key: string) {
    const ms = lag()
    if (ms <= 0) return
    const entries = past.get(key) ?? []
    entries.push({ until: clock.now() + ms, record: live.get(key) })
    past.set(key, entries)
  }

  function read(key: string): T | undefined {
    const entries = past.get(key)
    if (!entries) return live.get(key)
    const now = clock.now()
    while (entries.length > 0 && entries[0]!.until <= now) entries.shift()
    if (entries.length > 0) return entries[0]!.record
    past.delete(key)
    return live.get(key)
  }

  return {
    get: (key) => live.get(key),
    values: () => [...live.values()],
    put(key, record) {
      remember(key)
      live.set(key, record)
      onRecord?.(key, record)
    },
    delete(key) {
      remember(key)
      if (live.delete(key)) onRecord?.(key, undefined)
    },
    read,
    readAll() {
      const keys = new Set([...live.keys(), ...past.keys()])
      return [...keys].map(read).filter((record) => record !== undefined)
    },
    restore(records) {
      for (const [key, record] of records) live.set(key, record as T)
    },
  }
}
