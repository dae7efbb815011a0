import type { Kind } from '@machinepool/api'

import { gcpClusterKind } from './gcp-cluster.ts'
import { gcpMachinePoolKind } from './gcp-machine-pool.ts'
import { gcpMachinePoolMachineKind } from './gcp-machine-pool-machine.ts'

/** All kinds of the GCP provider, in the order in which their CRDs are installed. */
export const gcpKinds: readonly Kind[] = [gcpMachinePoolKind, gcpMachinePoolMachineKind, gcpClusterKind]
