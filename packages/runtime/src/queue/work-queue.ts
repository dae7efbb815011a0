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

/** After so many takes that passed over somebody who had waited longer, that one is taken: nobody starves. */
export const mostPassedOver = 8

/**
 * Items to work on, each at most once in the queue and never taken twice at the same time. Highest priority first, then
 * in order of arrival; but of `mostPassedOver` + 1 takes in a row at least one is of the item that has waited longest,
 * whatever its priority. Adding an item again raises its priority and brings it forward, never the opposite. An item that
 * is added while it is worked on comes out again after `done`.
 */
export class WorkQueue<T> {
  readonly #options: WorkQueueOptions<T>
  readonly #entries = new Map<string, Entry<T>>()
  readonly #working = new Set<string>()
  /** What can be taken, by priority. These heaps and the next may hold entries that were replaced since; they are skipped. */
  readonly #ready = new Map<number, Heap<Entry<T>>>()
  readonly #waiting = new Heap<Entry<T>>((a, b) => a.readyAt < b.readyAt)
  readonly #readyKeys = new Set<string>()
  /** Ready, but the same item is being worked on. */
  readonly #blocked = new Map<string, Entry<T>>()
  #sequence = 0
  /** Takes in a row for which somebody who had waited longer was left. */
  #passedOver = 0
  #closed = false
  #cancelTimer: (() => void) | undefined
  #timerAt = Number.POSITIVE_INFINITY

  constructor(options: WorkQueueOptions<T>) {
    this.#options = options
  }

  /** Items that wait, delayed ones included; those being worked on are not counted. */
  get size(): number {
    return this.#entries.size
  }

  /** Items whose time has come and that wait for somebody to take them. */
  get depth(): number {
    return this.#readyKeys.size
  }

  /** The same by priority; a look at each of them. */
  depths(): Map<number, number> {
    const depths = new Map<number, number>()
    for (const key of this.#readyKeys) {
      const priority = this.#entries.get(key)?.priority ?? 0
      depths.set(priority, (depths.get(priority) ?? 0) + 1)
    }
    return depths
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
      addedAt:
        known !== undefined && known.readyAt <= now
          ? known.addedAt
          : Math.max(now, Math.min(readyAt, known?.readyAt ?? readyAt)),
    }
    this.#entries.set(key, entry)
    this.#file(entry, now)
  }

  /** The next item to work on; end with `done`. `undefined` when none is ready. */
  take(): Lease<T> | undefined {
    const now = this.#options.clock.now()
    this.#promote(now)
    const entry = this.#next()
    if (entry === undefined) {
      return undefined
    }
    this.#ready.get(entry.priority)?.pop()
    this.#entries.delete(entry.key)
    this.#readyKeys.delete(entry.key)
    this.#working.add(entry.key)
    const waitedMs = Math.max(0, now - entry.addedAt)
    return { key: entry.key, item: entry.item, priority: entry.priority, waitedMs }
  }

  /** Work on the item has ended. */
  done(key: string): void {
    this.#working.delete(key)
    const blocked = this.#blocked.get(key)
    this.#blocked.delete(key)
    if (blocked !== undefined && this.#entries.get(key) === blocked) {
      this.#push(blocked)
      this.#options.onReady()
    }
  }

  /** Ends the timer of delayed items for good: what is added from now on waits for nobody. */
  close(): void {
    this.#closed = true
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  /** The entry whose turn it is; it stays where it is. */
  #next(): Entry<T> | undefined {
    let first: Entry<T> | undefined
    let oldest: Entry<T> | undefined
    for (const [priority, heap] of this.#ready) {
      const head = this.#head(heap)
      if (head === undefined) {
        this.#ready.delete(priority)
        continue
      }
      first = first === undefined || head.priority > first.priority ? head : first
      oldest = oldest === undefined || hasWaitedLonger(head, oldest) ? head : oldest
    }
    if (first === undefined || oldest === undefined || !hasWaitedLonger(oldest, first)) {
      this.#passedOver = 0
      return first
    }
    if (this.#passedOver < mostPassedOver) {
      this.#passedOver++
      return first
    }
    this.#passedOver = 0
    return oldest
  }

  /** The first entry that can be taken. Those before it leave the heap. */
  #head(heap: Heap<Entry<T>>): Entry<T> | undefined {
    for (let entry = heap.peek(); entry !== undefined; entry = heap.peek()) {
      const replaced = this.#entries.get(entry.key) !== entry
      if (!replaced && !this.#working.has(entry.key)) {
        return entry
      }
      heap.pop()
      if (!replaced) {
        this.#blocked.set(entry.key, entry)
      }
    }
    return undefined
  }

  #push(entry: Entry<T>): void {
    const heap = this.#ready.get(entry.priority) ?? new Heap<Entry<T>>((a, b) => a.sequence < b.sequence)
    this.#ready.set(entry.priority, heap)
    this.#readyKeys.add(entry.key)
    heap.push(entry)
  }

  #file(entry: Entry<T>, now: number): void {
    if (entry.readyAt <= now) {
      this.#push(entry)
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
        this.#push(entry)
        moved = true
      }
    }
    return moved
  }

  #arm(now: number): void {
    const next = this.#waiting.peek()
    if (this.#closed || next === undefined || next.readyAt >= this.#timerAt) {
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

function hasWaitedLonger(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.addedAt < b.addedAt || (a.addedAt === b.addedAt && a.sequence < b.sequence)
}
