import type { EpochMillis } from '../../io.ts'
import { CloudError, ProcessKilled, type CloudErrorCode } from './state.ts'

/** One call that reached the cloud. */
export interface CallRecord {
  readonly at: EpochMillis
  readonly call: string
  readonly write: boolean
  /** `ok`, the cloud's error code, or what became of the caller. */
  outcome: 'ok' | CloudErrorCode | 'hung' | 'killed' | 'answer lost'
}

/** Which calls a fault meets. */
export type FaultTarget = 'any' | 'read' | 'write' | { readonly call: string }

export interface Fault {
  readonly target: FaultTarget
  /** Matching calls that pass unharmed first. Default 0. */
  readonly after?: number
  /** How many calls it meets. Default 1. */
  readonly times?: number
  /**
   * `error`: refused with the code. `loseAnswer`: takes effect, then looks like an outage. `hang`: never answers.
   * `killBefore`, `killAfter`: the process ends before or after the call took effect.
   */
  readonly effect: { readonly error: CloudErrorCode } | 'loseAnswer' | 'hang' | 'killBefore' | 'killAfter'
}

interface ArmedFault {
  readonly fault: Fault
  skip: number
  left: number
}

/** Faults waiting for their call, and the log of all calls. */
export class CallMonitor {
  readonly log: CallRecord[] = []
  readonly #armed: ArmedFault[] = []

  arm(fault: Fault): void {
    this.#armed.push({ fault, skip: fault.after ?? 0, left: fault.times ?? 1 })
  }

  disarm(): void {
    this.#armed.splice(0)
  }

  /** The fault that meets this call, if any. */
  meet(call: string, write: boolean): Fault['effect'] | undefined {
    for (const armed of this.#armed) {
      if (armed.left === 0 || !matches(armed.fault.target, call, write)) continue
      if (armed.skip > 0) {
        armed.skip -= 1
        continue
      }
      armed.left -= 1
      return armed.fault.effect
    }
    return undefined
  }
}

function matches(target: FaultTarget, call: string, write: boolean): boolean {
  if (typeof target === 'object') return target.call === call
  return target === 'any' || (target === 'write') === write
}

export function outage(): CloudError {
  return new CloudError('ServiceUnavailable', 'The connection was reset.')
}

export function killed(): ProcessKilled {
  return new ProcessKilled('The process has ended.')
}
