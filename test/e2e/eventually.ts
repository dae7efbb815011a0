import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks again and again until the answer is given; for conditions of other processes that send no event. The last error is
 * thrown when time is up.
 */
export async function eventually<T>(ask: () => Promise<T> | T, timeoutMs = 45_000): Promise<T> {
  const end = Date.now() + timeoutMs
  for (;;) {
    try {
      // Polling is one after the other by nature.
      // oxlint-disable-next-line no-await-in-loop
      return await ask()
    } catch (error) {
      if (Date.now() >= end) throw error
      // oxlint-disable-next-line no-await-in-loop
      await sleep(50)
    }
  }
}
