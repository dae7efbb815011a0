import type { Desired, Observation } from '@machinepool/contract'

import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import type { GcpGroup } from './group-view.ts'

/** What the engine wants of one pool. */
export type GcpDesired = Desired<GCPMachinePoolSpec>

/** What Google Cloud has of one pool. */
export type GcpObservation = Observation<GcpGroup>
