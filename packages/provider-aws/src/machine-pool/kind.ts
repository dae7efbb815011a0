import type { InfraMachinePoolKind } from '@machinepool/contract'

import { awsMachinePoolMachineKind } from '../kinds/aws-machine-pool-machine.ts'
import { awsMachinePoolKind } from '../kinds/aws-machine-pool.ts'
import { writtenAnnotations } from './report.ts'

export const poolKind: InfraMachinePoolKind = {
  group: awsMachinePoolKind.group,
  version: awsMachinePoolKind.storageVersion,
  kind: awsMachinePoolKind.kind,
  plural: awsMachinePoolKind.plural,
  finalizer: 'awsmachinepool.infrastructure.cluster.x-k8s.io',
  machineKind: {
    kind: awsMachinePoolMachineKind.kind,
    plural: awsMachinePoolMachineKind.plural,
    finalizer: 'awsmachinepoolmachine.infrastructure.cluster.x-k8s.io',
  },
  clusterKinds: [{ group: awsMachinePoolKind.group, version: 'v1beta2', kind: 'AWSCluster', plural: 'awsclusters' }],
  conditions: { shape: 'v1beta1', v1beta2: false },
  annotations: [],
  writtenAnnotations,
}
