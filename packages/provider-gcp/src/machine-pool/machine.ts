import type { Instance, MachineObject, PoolRef } from '@machinepool/contract'

import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'

/** The GCPMachinePoolMachine of one instance. PURE. */
export function machine(_pool: PoolRef<GCPMachinePoolSpec>, instance: Instance): MachineObject {
  const { incarnation, state, health, addresses } = instance
  return {
    spec: { instanceID: incarnation },
    status: {
      // Never blindly true: a machine whose instance stops or fails its health check is not ready any more.
      ready: state === 'Running' && health !== 'Unhealthy',
      initialization: { provisioned: true },
      instanceState: state,
      addresses: addresses.map(({ type, address }) => ({ type, address })),
    },
  }
}
