import type { Clock } from '../clock.ts'
import { Heap } from './heap.ts'

/** What the first listing asks for waits behind everything that happens now. */
export const lowPriority = -100

export interface AddOptions {
  /** Not before this many milliseconds from now. Default 0. */
  readonly afterMs?: number
  /** Higher first. Default 0. */
  readonly priority?: number
}

interface Entry<T> {
  readonly key: string
  readonly item: T
  readonly priority: number
  /** Milliseconds since the epoch. */
  readonly readyAt: number
  /** Order of arrival among equals; an item keeps its place when it is added again. */
  readonly sequence: number
  /** When it became ready, for metrics; milliseconds since the epoch. */
  readonly addedAt: number
}

/** An item that is being worked on. */
export interface Lease<T> {
  readonly key: string
  readonly item: T
  readonly priority: number
  /** Milliseconds that it waited after it became ready. */
  readonly waitedMs: number
}

export interface WorkQueueOptions<T> {
  readonly clock: Clock
  /** Items with equal keys are one item. */
  readonly key: (item: T) => string
  /** Called when an item has become ready; take it from there, not from inside the call. */
  readonly onReady: () => void
}

/**
 * Items to work on, each at most once in the queue and never taken twice at the same time. Highest priority first, then
 * in order of arrival. Adding an item again raises its priority and brings it forward, never the opposite. An item that is
 * added while it is worked on comes out again after `done`.
 */
export class WorkQueue<T> {
  readonly #options: WorkQueueOptions<T>
  readonly #entries = new Map<string, Entry<T>>()
  readonly #working = new Set<string>()
  /** Both heaps may hold entries that have been replaced since; they are skipped. */
  readonly #ready = new Heap<Entry<T>>(
    (a, b) => a.priority > b.priority || (a.priority === b.priority && a.sequence < b.sequence),
  )
  readonly #waiting = new Heap<Entry<T>>((a, b) => a.readyAt < b.readyAt)
  /** Ready, but the same item is being worked on. */
  readonly #blocked = new Map<string, Entry<T>>()
  #sequence = 0
  #cancelTimer: (() => void) | undefined
  #timerAt = Number.POSITIVE_INFINITY

  constructor(options: WorkQueueOptions<T>) {
    this.#options = options
  }

  /** Items that wait, delayed ones included; those being worked on are not counted. */
  get size(): number {
    return this.#entries.size
  }

  /** Items that could be taken now if nobody worked on them. */
  depth(): number {
    const now = this.#options.clock.now()
    let count = 0
    for (const entry of this.#entries.values()) {
      count += entry.readyAt <= now ? 1 : 0
    }
    return count
  }

  add(item: T, { afterMs = 0, priority = 0 }: AddOptions = {}): void {
    const key = this.#options.key(item)
    const now = this.#options.clock.now()
    const readyAt = now + Math.max(0, afterMs)
    const known = this.#entries.get(key)
    if (known !== undefined && known.priority >= priority && known.readyAt <= readyAt) {
      return
    }
    const entry: Entry<T> = {
      key,
      item,
      priority: Math.max(priority, known?.priority ?? priority),
      readyAt: Math.min(readyAt, known?.readyAt ?? readyAt),
      sequence: known?.sequence ?? this.#sequence++,
      addedAt: Math.max(now, Math.min(readyAt, known?.readyAt ?? readyAt)),
    }
    this.#entries.set(key, entry)
    this.#file(entry, now)
  }

  /** The next item to work on; end with `done`. `undefined` when none is ready. */
  take(): Lease<T> | undefined {
    const now = this.#options.clock.now()
    this.#promote(now)
    for (let entry = this.#ready.pop(); entry !== undefined; entry = this.#ready.pop()) {
      if (this.#entries.get(entry.key) !== entry) {
        continue
      }
      if (this.#working.has(entry.key)) {
        this.#blocked.set(entry.key, entry)
        continue
      }
      this.#entries.delete(entry.key)
      this.#working.add(entry.key)
      const waitedMs = Math.max(0, now - Math.min(entry.addedAt, now))
      return { key: entry.key, item: entry.item, priority: entry.priority, waitedMs }
    }
    return undefined
  }

  /** Work on the item has ended. */
  done(key: string): void {
    this.#working.delete(key)
    const blocked = this.#blocked.get(key)
    this.#blocked.delete(key)
    if (blocked !== undefined && this.#entries.get(key) === blocked) {
      this.#ready.push(blocked)
      this.#options.onReady()
    }
  }

  /** Ends the timer of delayed items. */
  close(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  #file(entry: Entry<T>, now: number): void {
    if (entry.readyAt <= now) {
      this.#ready.push(entry)
      this.#options.onReady()
    } else {
      this.#waiting.push(entry)
      this.#arm(now)
    }
  }

  /** Moves what has become ready; true when there was something. */
  #promote(now: number): boolean {
    let moved = false
    for (let entry = this.#waiting.peek(); entry !== undefined && entry.readyAt <= now; entry = this.#waiting.peek()) {
      this.#waiting.pop()
      if (this.#entries.get(entry.key) === entry) {
        this.#ready.push(entry)
        moved = true
      }
    }
    return moved
  }

  #arm(now: number): void {
    const next = this.#waiting.peek()
    if (next === undefined || next.readyAt >= this.#timerAt) {
      return
    }
    this.#cancelTimer?.()
    this.#timerAt = next.readyAt
    this.#cancelTimer = this.#options.clock.after(Math.max(0, next.readyAt - now), () => {
      this.#timerAt = Number.POSITIVE_INFINITY
      this.#cancelTimer = undefined
      const later = this.#options.clock.now()
      const moved = this.#promote(later)
      this.#arm(later)
      if (moved) {
        this.#options.onReady()
      }
    })
  }
}
