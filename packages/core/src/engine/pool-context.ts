import type { JsonObject, PoolRef } from '@machinepool/contract'

import type { PoolContext } from './pool-plan.ts'
import { emptyLedger } from './ledger.ts'

/** Default of the progress deadline, as for Deployments. */
export const defaultProgressDeadlineMs = 600_000

/**
 * The context of a pool outside Kubernetes: alive, not paused, no Nodes known, nothing remembered. Callers override what
 * they know.
 */
export function standalonePoolContext<Spec = JsonObject>(
  pool: PoolRef<Spec>,
  known: Partial<PoolContext<Spec>> = {},
): PoolContext<Spec> {
  return {
    pool,
    lifecycle: 'active',
    paused: false,
    bootstrap: { status: 'none' },
    controlPlaneVersion: undefined,
    prerequisite: undefined,
    nodes: undefined,
    machines: undefined,
    controls: { paused: false, approvalRequired: false, progressDeadlineMs: defaultProgressDeadlineMs },
    timing: { minReadyMs: 0, nodeDrainTimeoutMs: undefined, volumeDetachTimeoutMs: undefined },
    holdTerminations: false,
    ledger: emptyLedger,
    ...known,
  }
}
