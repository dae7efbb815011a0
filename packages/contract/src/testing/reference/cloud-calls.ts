import { ProviderError } from '../../errors.ts'
import type { Io } from '../../io.ts'
import { translate } from './errors.ts'

const deadlineMs = 30_000

/**
 * One call to the cloud, with a deadline of its own (R17) and the error translated (R18).
 *
 * Providers of real clouds take `withDeadline` and the error table from `@machinepool/provider-kit`; this package depends on
 * nothing.
 */
export async function callCloud<T>(io: Io, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const cancel = io.clock.after(deadlineMs, abort)
  if (io.signal.aborted) abort()
  io.signal.addEventListener('abort', abort, { once: true })
  try {
    return await call(controller.signal)
  } catch (error) {
    if (!controller.signal.aborted) throw translate(error)
    throw new ProviderError({
      code: 'Unavailable',
      reason: io.signal.aborted ? 'Aborted' : 'DeadlineExceeded',
      message: io.signal.aborted ? 'The caller gave up.' : `The cloud did not answer within ${deadlineMs} ms.`,
      cause: error,
    })
  } finally {
    cancel()
    io.signal.removeEventListener('abort', abort)
  }
}
