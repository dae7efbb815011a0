import type { InfraMachinePoolKind } from '@machinepool/contract'

import { gcpMachinePoolMachineKind } from '../kinds/gcp-machine-pool-machine.ts'
import { gcpMachinePoolKind } from '../kinds/gcp-machine-pool.ts'

export const poolKind: InfraMachinePoolKind = {
  group: gcpMachinePoolKind.group,
  version: gcpMachinePoolKind.storageVersion,
  kind: gcpMachinePoolKind.kind,
  plural: gcpMachinePoolKind.plural,
  finalizer: 'gcpmachinepool.infrastructure.cluster.x-k8s.io',
  machineKind: {
    kind: gcpMachinePoolMachineKind.kind,
    plural: gcpMachinePoolMachineKind.plural,
    finalizer: 'gcpmachinepoolmachine.infrastructure.cluster.x-k8s.io',
  },
  clusterKinds: [{ group: gcpMachinePoolKind.group, version: 'v1beta1', kind: 'GCPCluster', plural: 'gcpclusters' }],
  conditions: { shape: 'metav1', v1beta2: false },
  annotations: [],
}
