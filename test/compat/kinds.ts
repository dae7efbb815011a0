import {
  clusterKind,
  kubeadmConfigKind,
  machineDrainRuleKind,
  machineKind,
  machinePoolKind,
  type Kind,
} from '@machinepool/api'

import {
  awsClusterControllerIdentityKind,
  awsClusterKind,
  awsClusterRoleIdentityKind,
  awsClusterStaticIdentityKind,
  awsMachinePoolKind,
} from '@machinepool/provider-aws'
import { gcpClusterKind, gcpMachinePoolKind } from '@machinepool/provider-gcp'

import type { Deliberate } from './deliberate.ts'
import { awsCluster, awsIdentity, awsMachinePool } from './differences/aws.ts'
import { gcpCluster, gcpMachinePool } from './differences/gcp.ts'
import { cluster, kubeadmConfig, machine, machineDrainRule, machinePool } from './differences/core.ts'

/** A kind, upstream's CRD of it, and where the two are meant to differ. */
export interface ComparedKind {
  kind: Kind
  /** Below `upstream-crds/`. */
  upstream: string
  deliberate: readonly Deliberate[]
}

/** MachineSet and MachineDeployment are not here: there is no CRD of upstream's among the references. */
export const comparedKinds: readonly ComparedKind[] = [
  { kind: machinePoolKind, upstream: 'core/cluster.x-k8s.io_machinepools.yaml', deliberate: machinePool },
  { kind: machineKind, upstream: 'core/cluster.x-k8s.io_machines.yaml', deliberate: machine },
  {
    kind: machineDrainRuleKind,
    upstream: 'core/cluster.x-k8s.io_machinedrainrules.yaml',
    deliberate: machineDrainRule,
  },
  { kind: clusterKind, upstream: 'core/cluster.x-k8s.io_clusters.yaml', deliberate: cluster },
  {
    kind: kubeadmConfigKind,
    upstream: 'bootstrap/bootstrap.cluster.x-k8s.io_kubeadmconfigs.yaml',
    deliberate: kubeadmConfig,
  },
  {
    kind: awsMachinePoolKind,
    upstream: 'aws/infrastructure.cluster.x-k8s.io_awsmachinepools.yaml',
    deliberate: awsMachinePool,
  },
  {
    kind: awsClusterKind,
    upstream: 'aws/infrastructure.cluster.x-k8s.io_awsclusters.yaml',
    deliberate: awsCluster,
  },
  ...[awsClusterControllerIdentityKind, awsClusterRoleIdentityKind, awsClusterStaticIdentityKind].map((kind) => ({
    kind,
    upstream: `aws/infrastructure.cluster.x-k8s.io_${kind.plural}.yaml`,
    deliberate: awsIdentity,
  })),
  {
    kind: gcpMachinePoolKind,
    upstream: 'gcp/infrastructure.cluster.x-k8s.io_gcpmachinepools.yaml',
    deliberate: gcpMachinePool,
  },
  {
    kind: gcpClusterKind,
    upstream: 'gcp/infrastructure.cluster.x-k8s.io_gcpclusters.yaml',
    deliberate: gcpCluster,
  },
]
