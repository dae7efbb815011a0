import type { AnyInfraMachinePool, Instance, MachineObject } from '@machinepool/contract'
import type { Clock } from '@machinepool/runtime'

import type { Pass } from '../pass.ts'
import type { PoolPlan } from '../pool-plan.ts'
import type { MachineObjects } from './machine-sync.ts'
import { planMachines } from './plan-machines.ts'

/** Machine objects follow the instances; Machines that are to go are deleted. Returns how many objects there were. */
export async function syncMachines(
  pass: Pass,
  { observed, decision }: PoolPlan,
  parts: {
    readonly provider: AnyInfraMachinePool
    readonly machines: MachineObjects | undefined
    readonly clock: Clock
  },
): Promise<number> {
  const { machines, provider, clock } = parts
  if (machines === undefined || pass.context.paused) return 0
  const objects = machines.ofPool(pass.object)
  const { machinePool, clusterName, lifecycle } = pass.related
  const steps = planMachines({
    kind: machines.kind,
    pool: pass.object,
    machinePool,
    clusterName,
    lifecycle,
    observed,
    objects,
    machineOf: machines.machineOf,
    standing: machines.standing,
    say: (instance) => provider.machine?.(pass.context.pool, instance, observed) ?? plainMachine(instance),
    deleteMachines: decision.deleteMachines,
    now: clock.now(),
  })
  await machines.write(steps, pass.reconcile.signal)
  return objects.length
}

/** What a machine says when its provider has nothing to add. */
function plainMachine({ addresses }: Instance): MachineObject {
  return {
    spec: {},
    status: { ready: true, initialization: { provisioned: true }, addresses: addresses.map((one) => ({ ...one })) },
  }
}
