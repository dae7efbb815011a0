export interface ItemBackoffOptions {
  /** Delay after the first failure, in milliseconds. Default 5, as controller-runtime. */
  readonly initialMs?: number
  /** No delay is longer. Milliseconds. Default 1 000 000. */
  readonly maximumMs?: number
}

/** Counts failures of each item; the delay doubles with each one until `forget`. */
export class ItemBackoff {
  readonly #failures = new Map<string, number>()
  readonly #initialMs: number
  readonly #maximumMs: number

  constructor({ initialMs = 5, maximumMs = 1_000_000 }: ItemBackoffOptions = {}) {
    this.#initialMs = initialMs
    this.#maximumMs = maximumMs
  }

  /** Counts one more failure; milliseconds until the next try. */
  next(key: string): number {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    return Math.min(this.#initialMs * 2 ** failures, this.#maximumMs)
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  forget(key: string): void {
    this.#failures.delete(key)
  }
}
