import type { AnyInfraMachinePool } from '@machinepool/contract'
import { LeadershipLostError } from '@machinepool/runtime'

/**
 * A provider that writes to the cloud only while `mayWrite` says so; else `execute` rejects with `LeadershipLostError`. A process
 * that was stopped in the middle of a reconcile, and that another has replaced meanwhile, must not remove an instance when it
 * goes on.
 */
export function fenceProvider(provider: AnyInfraMachinePool, mayWrite: () => boolean): AnyInfraMachinePool {
  return {
    ...provider,
    execute: (pool, action, io) =>
      mayWrite() ? provider.execute(pool, action, io) : Promise.reject(new LeadershipLostError()),
  }
}
