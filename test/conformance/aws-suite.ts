import type { ConformanceSuite } from '@machinepool/contract/testing'
import { awsMachinePoolCapabilities } from '@machinepool/provider-aws'

import { createAwsHarness } from './aws-harness.ts'

export const awsSuite: ConformanceSuite = {
  name: 'aws/AWSMachinePool',
  // With the feature gate MachinePoolMachines.
  capabilities: { ...awsMachinePoolCapabilities, machines: true },
  harness: createAwsHarness,
  skip: [
    {
      id: 'IMP-060',
      reason: 'Auto Scaling lists all instances of a group in one answer, which comes whole or not at all',
    },
  ],
}
