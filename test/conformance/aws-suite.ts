import type { ConformanceSuite } from '@machinepool/contract/testing'
import { awsMachinePoolCapabilities } from '@machinepool/provider-aws'

import { createAwsHarness } from './aws-harness.ts'

export const awsSuite: ConformanceSuite = {
  name: 'aws/AWSMachinePool',
  capabilities: awsMachinePoolCapabilities,
  harness: createAwsHarness,
  skip: [],
}
