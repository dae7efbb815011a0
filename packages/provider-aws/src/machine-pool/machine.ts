import type { Instance, MachineObject, PoolRef } from '@machinepool/contract'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'

/** The AWSMachinePoolMachine of one instance. PURE. */
export function machine(_pool: PoolRef<AWSMachinePoolSpec>, instance: Instance): MachineObject {
  const { incarnation, state, health, addresses, instanceType, zone } = instance
  return {
    spec: {
      instanceID: incarnation,
      ...(instanceType === undefined ? {} : { instanceType }),
      ...(zone === undefined ? {} : { availabilityZone: zone }),
    },
    status: {
      // Never blindly true: an instance that stops or fails its health check is not ready any more.
      ready: state === 'Running' && health !== 'Unhealthy',
      initialization: { provisioned: true },
      instanceState: state,
      addresses: addresses.map(({ type, address }) => ({ type, address })),
    },
  }
}
