import { errorBehaviours, type EpochMillis, type ProviderError } from '@machinepool/contract'

import { notReady, type EngineCondition } from './decide/conditions.ts'

/** Counts failures per pool in memory, so that the waits of the contract's error table can grow. */
export interface FailureCounter {
  /** How long to wait after this failure, in milliseconds. */
  delay(pool: string, error: ProviderError): number
  /** Something worked: the next failure starts from the beginning. */
  clear(pool: string): void
}

export function createFailureCounter(): FailureCounter {
  const failures = new Map<string, { readonly code: string; readonly count: number }>()
  return {
    delay(pool, error) {
      const before = failures.get(pool)
      const count = before?.code === error.code ? before.count + 1 : 1
      failures.set(pool, { code: error.code, count })
      return retryDelay(error, count)
    },
    clear: (pool) => void failures.delete(pool),
  }
}

/** The contract's table, applied to the `count`-th failure of one kind in a row. */
export function retryDelay(error: Pick<ProviderError, 'code' | 'retryAfterMs'>, count: number): EpochMillis {
  const { initialDelayMs, maximumDelayMs } = errorBehaviours[error.code]
  const delay = Math.min(maximumDelayMs, initialDelayMs * 2 ** Math.min(count - 1, 30))
  return Math.max(delay, error.retryAfterMs ?? 0)
}

export function failureCondition(error: ProviderError): EngineCondition {
  const field = error.field === undefined || error.message.includes(error.field) ? '' : `${error.field}: `
  const zone = error.zone === undefined ? '' : ` (${error.zone})`
  const severity = errorBehaviours[error.code].retry === 'change' ? 'Error' : 'Warning'
  return notReady(error.reason, `${field}${error.message}${zone}`, severity)
}
