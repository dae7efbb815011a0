import type { ObjectKey } from '@machinepool/kube'
import type { Logger } from 'pino'

/** What a controller works on: only a name, so that events about one object fold into one piece of work. */
export type Request = ObjectKey

export interface Result {
  /** Look again after this many milliseconds, unless something happens before. */
  readonly requeueAfterMs?: number
}

export interface ReconcileContext {
  /** Bound to controller, namespace, name and reconcileID. */
  readonly log: Logger
  /** Aborted at the reconcile timeout and when the manager must stop. */
  readonly signal: AbortSignal
}

/**
 * Brings one object closer to what it says. Called again after errors (with backoff), events and `requeueAfterMs`.
 * Never called twice at the same time for one object.
 */
export type Reconcile = (request: Request, context: ReconcileContext) => Promise<Result | undefined>

/** Throw it for a failure that trying again cannot cure; it is logged and counted, not retried. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}
