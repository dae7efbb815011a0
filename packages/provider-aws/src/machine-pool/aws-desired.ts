import type { Desired, Observation } from '@machinepool/contract'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import type { AwsGroup } from './group-view.ts'

export type AwsDesired = Desired<AWSMachinePoolSpec>
export type AwsObservation = Observation<AwsGroup>
