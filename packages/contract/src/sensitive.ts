const redacted = '[redacted]'

/**
 * Wraps a secret so that it cannot reach a log, an event, a condition or the output of `plan` by accident (R20):
 * `JSON.stringify`, template strings, `util.inspect` and structured loggers all see `[redacted]`.
 */
export class Sensitive<T = string> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** The secret itself. Call it only where the value goes into a request to the cloud. */
  reveal(): T {
    return this.#value
  }

  toJSON(): string {
    return redacted
  }

  toString(): string {
    return redacted
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return redacted
  }
}
