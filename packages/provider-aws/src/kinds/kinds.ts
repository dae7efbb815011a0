import type { Kind } from '@machinepool/api'

import { awsClusterKind } from './aws-cluster.ts'
import {
  awsClusterControllerIdentityKind,
  awsClusterRoleIdentityKind,
  awsClusterStaticIdentityKind,
} from './aws-identities.ts'
import { awsMachinePoolMachineKind } from './aws-machine-pool-machine.ts'
import { awsMachinePoolKind } from './aws-machine-pool.ts'

/** All kinds of the AWS provider, in the order in which their CRDs are installed. */
export const awsKinds: readonly Kind[] = [
  awsMachinePoolKind,
  awsMachinePoolMachineKind,
  awsClusterKind,
  awsClusterControllerIdentityKind,
  awsClusterRoleIdentityKind,
  awsClusterStaticIdentityKind,
]
