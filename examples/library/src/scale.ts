import { errorBehaviours, ProviderError, type Desired, type Io, type PoolRef } from '@machinepool/contract'
import type { AwsProvider, AWSMachinePoolSpec } from '@machinepool/provider-aws'

/** Brings a pool of Auto Scaling instances to a size and returns their provider ids. `wait` passes between two looks. */
export async function scale(
  { machinePool }: AwsProvider,
  pool: PoolRef<AWSMachinePoolSpec>,
  size: number,
  io: Io,
  wait: (ms: number) => Promise<void>,
): Promise<readonly string[]> {
  for (;;) {
    try {
      const observed = await machinePool.observe(pool, io)
      const resolved = await machinePool.resolve(pool, observed, io)
      const going = observed.instances.filter(({ state }) => state === 'Pending' || state === 'Running').slice(size)
      const desired: Desired<AWSMachinePoolSpec> = {
        pool,
        resolved,
        size,
        presence: 'present',
        revision: machinePool.revision(pool, resolved, undefined),
        template: 'apply',
        bootstrap: undefined,
        // A real program drains these first.
        remove: going.map((instance) => ({ instance, keepSize: false })),
        release: [],
        extend: [],
        hold: false,
        rollout: 'leave',
        stamp: false,
      }
      const [action] = machinePool.plan(desired, observed)
      const running = observed.instances.filter(({ state }) => state === 'Running')
      if (action) await machinePool.execute(pool, action, io)
      else if (observed.instances.length === size && running.length === size)
        return running.map((each) => each.providerID)
      if (!action) await wait(2_000)
    } catch (error) {
      if (!ProviderError.is(error) || errorBehaviours[error.code].retry === 'change') throw error
      await wait(error.retryAfterMs ?? errorBehaviours[error.code].initialDelayMs)
    }
  }
}
