import type { Kind } from '../toolkit/kind.ts'
import { clusterKind } from './cluster.ts'
import { kubeadmConfigKind } from './kubeadm-config.ts'
import { machineKind } from './machine.ts'
import { machineDrainRuleKind } from './machine-drain-rule.ts'
import { machinePoolKind } from './machine-pool.ts'
import { machineDeploymentKind, machineSetKind } from './machine-set.ts'

/** Every kind of this package: what an API server for machine pools serves besides the providers' kinds. */
export const coreKinds: readonly Kind[] = [
  clusterKind,
  machinePoolKind,
  machineKind,
  machineSetKind,
  machineDeploymentKind,
  machineDrainRuleKind,
  kubeadmConfigKind,
]
