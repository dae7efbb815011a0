import type { PoolRef } from '@machinepool/contract'
import type { AWSMachinePoolSpec } from '@machinepool/provider-aws'

/** A pool as the provider takes it: the spec is that of an AWSMachinePool. */
export function poolOf(name: string, subnet: string, image: string): PoolRef<AWSMachinePoolSpec> {
  return {
    key: { namespace: 'example', name },
    cluster: { namespace: 'example', name: 'example' },
    managementId: 'library-example',
    spec: {
      minSize: 0,
      maxSize: 10,
      subnets: [{ id: subnet }],
      awsLaunchTemplate: { instanceType: 'm5.large', ami: { id: image } },
    },
    annotations: {},
    replicas: undefined,
    failureDomains: [],
    recorded: {},
    adopt: false,
    externallyScaled: false,
    operations: [],
  }
}
