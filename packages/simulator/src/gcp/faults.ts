import type { Clock } from '@machinepool/kube'

import { names, type GcpCallDescription } from './call-log.ts'
import { GcpError } from './error.ts'

/** An error that some calls are answered with, in place of (or after) their work. */
export interface GcpFault {
  /** `instanceGroupManagers.insert`, `instances.*` or `*`. */
  readonly operation: string
  /**
   * A short name from `GcpCommonError`, or an answer in full; `drop` closes the connection without one, `hang` never
   * answers. With phase `operation`, `reason` is the code of the operation's error.
   */
  readonly error: GcpCommonError | GcpFaultAnswer | 'drop' | 'hang'
  /** Which calls, when not all. */
  readonly when?: (call: GcpCallDescription) => boolean
  /** Calls to fail; unlimited when absent. */
  readonly times?: number
  /** Moment, on the simulator's clock, from which calls work again. */
  readonly until?: number
  /**
   * `after` lets the call do its work and loses its answer; `operation` answers it with an operation that ends in the
   * error, without its work. Default `before`.
   */
  readonly phase?: 'before' | 'after' | 'operation'
}

export interface GcpFaultAnswer {
  /** Default 400. */
  readonly status?: number
  readonly reason: string
  readonly message?: string
  /** Sent as it is, in place of the API's error body: what a proxy answers. */
  readonly html?: string
  /** Seconds, for a Retry-After header. */
  readonly retryAfter?: number
}

export type GcpCommonError =
  | 'rateLimitExceeded'
  | 'tooManyRequests'
  | 'forbidden'
  | 'unauthenticated'
  | 'notFound'
  | 'resourceNotReady'
  | 'quotaExceeded'
  | 'internalError'
  | 'backendError'

export interface GcpFaults {
  /** Returns a function that takes the fault away. */
  add(fault: GcpFault): () => void
  clear(): void
}

/** No answer is to be given: the connection is closed, or stays open for good. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered'
  readonly hang: boolean

  constructor(hang: boolean) {
    super('this call gets no answer')
    this.hang = hang
  }
}

/** An answer that does not look like the API's. */
export class OddAnswer extends GcpError {
  readonly html: string | undefined
  readonly retryAfter: number | undefined

  constructor({ status = 400, reason, message = reason, html, retryAfter }: GcpFaultAnswer) {
    super(status, reason, message)
    this.html = html
    this.retryAfter = retryAfter
  }
}

export interface GcpFaultSource extends GcpFaults {
  /** The failure due for this call, if any; counts it. */
  take(call: GcpCallDescription, phase: NonNullable<GcpFault['phase']>): Error | undefined
}

export function createGcpFaults(clock: Clock): GcpFaultSource {
  const active = new Map<GcpFault, { left: number }>()
  return {
    add(fault) {
      active.set(fault, { left: fault.times ?? Infinity })
      return () => void active.delete(fault)
    },
    clear: () => active.clear(),
    take(call, phase) {
      for (const [fault, state] of active) {
        if (fault.until !== undefined && clock.now() >= fault.until) {
          active.delete(fault)
          continue
        }
        if ((fault.phase ?? 'before') !== phase || !names(fault.operation, call.operation)) continue
        if (fault.when?.(call) === false) continue
        if (--state.left <= 0) active.delete(fault)
        return toError(fault.error, call)
      }
      return undefined
    },
  }
}

function toError(error: GcpFault['error'], call: GcpCallDescription): Error {
  if (error === 'drop' || error === 'hang') return new Unanswered(error === 'hang')
  return typeof error === 'string' ? commonError(error, call) : new OddAnswer(error)
}

export function commonError(error: GcpCommonError, { operation, project, scope }: GcpCallDescription): GcpError {
  switch (error) {
    case 'rateLimitExceeded':
    case 'tooManyRequests':
      return new GcpError(
        error === 'rateLimitExceeded' ? 403 : 429,
        'rateLimitExceeded',
        `Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service 'compute.googleapis.com' for consumer 'project_number:${project}'.`,
      )
    case 'forbidden':
      return new GcpError(
        403,
        'forbidden',
        `Required 'compute.${operation}' permission for 'projects/${project}/${scope}'`,
      )
    case 'unauthenticated':
      return new GcpError(
        401,
        'authError',
        'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
        { location: 'Authorization', locationType: 'header' },
      )
    case 'notFound':
      return new GcpError(404, 'notFound', `The resource 'projects/${project}/${scope}' was not found`)
    case 'resourceNotReady':
      return new GcpError(400, 'resourceNotReady', `The resource 'projects/${project}/${scope}' is not ready`)
    case 'quotaExceeded':
      return new GcpError(403, 'quotaExceeded', `Quota '${operation}' exceeded.  Limit: 0.0 globally.`)
    case 'internalError':
      return new GcpError(500, 'internalError', 'Internal error. Please try again or contact Google Support.')
    default:
      return new GcpError(503, 'backendError', 'Backend error. Please try again.')
  }
}
