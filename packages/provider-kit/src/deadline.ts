import { ProviderError, type Clock } from '@machinepool/contract'

/** What a deadline needs of `Io`; an `Io` fits. */
export interface DeadlineScope {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** The error of a caller that gave up. Not a fault of the cloud, so nothing may be concluded from it. */
export function abortedError(signal: AbortSignal): ProviderError {
  return new ProviderError({
    code: 'Unavailable',
    reason: 'Aborted',
    message: 'The call was given up before the cloud answered.',
    cause: signal.reason,
  })
}

/**
 * Runs `fn` with a signal that is aborted after `ms` milliseconds or when the caller gives up (R17).
 *
 * Ends on time even when `fn` ignores its signal. The timer is gone when it returns.
 * @throws `Unavailable` with reason `DeadlineExceeded` or `Aborted`; otherwise what `fn` throws
 */
export async function withDeadline<T>(
  scope: DeadlineScope,
  ms: number,
  fn: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, signal } = scope
  if (signal.aborted) throw abortedError(signal)
  const controller = new AbortController()
  return new Promise<T>((resolve, reject) => {
    const end = (): void => {
      cancelTimer()
      signal.removeEventListener('abort', giveUp)
    }
    const stop = (error: ProviderError): void => {
      end()
      // Reject first: `fn` answers the abort with an error of its own, which says less.
      reject(error)
      controller.abort(error)
    }
    const giveUp = (): void => stop(abortedError(signal))
    const cancelTimer = clock.after(ms, () =>
      stop(
        new ProviderError({
          code: 'Unavailable',
          reason: 'DeadlineExceeded',
          message: `The cloud did not answer within ${ms} ms.`,
        }),
      ),
    )
    signal.addEventListener('abort', giveUp, { once: true })
    // Through a promise, so that a synchronous throw is handled like any other.
    Promise.resolve()
      .then(() => fn(controller.signal))
      .then(resolve, reject)
      .finally(end)
      .catch(() => undefined)
  })
}

/** Waits for shared work without owning it: a caller that aborts leaves, the work goes on for the others. */
export function leaveOnAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(abortedError(signal))
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => reject(abortedError(signal))
    signal.addEventListener('abort', leave, { once: true })
    work
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', leave))
      .catch(() => undefined)
  })
}
