import { createTimeSlice, type KubeObject, type StoreEvent } from '@machinepool/kube'

/**
 * Delivers events to one handler. A handler that comes late is first told about everything that is there, in slices, and
 * what happens meanwhile waits behind it: the handler sees one consistent order.
 */
export class Subscription<T extends KubeObject> {
  readonly #handler: (event: StoreEvent<T>) => void
  readonly #onError: (error: unknown) => void
  /** Events that wait; `undefined` once the handler has caught up. */
  #backlog: StoreEvent<T>[] | undefined
  #closed = false

  constructor(handler: (event: StoreEvent<T>) => void, present: readonly T[], onError: (error: unknown) => void) {
    this.#handler = handler
    this.#onError = onError
    if (present.length > 0) {
      this.#backlog = present.map((object) => ({ type: 'added', object, initial: true }))
      void this.#catchUp(this.#backlog)
    }
  }

  deliver(event: StoreEvent<T>): void {
    if (this.#backlog === undefined) {
      this.#call(event)
    } else {
      this.#backlog.push(event)
    }
  }

  close(): void {
    this.#closed = true
  }

  async #catchUp(backlog: StoreEvent<T>[]): Promise<void> {
    const slice = createTimeSlice()
    await slice.yield()
    for (let index = 0; index < backlog.length; index++) {
      this.#call(backlog[index] as StoreEvent<T>)
      if (slice.due()) {
        await slice.yield()
      }
    }
    this.#backlog = undefined
  }

  #call(event: StoreEvent<T>): void {
    if (this.#closed) {
      return
    }
    try {
      this.#handler(event)
    } catch (error) {
      this.#onError(error)
    }
  }
}
