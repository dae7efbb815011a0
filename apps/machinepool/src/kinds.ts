import {
  clusterKind,
  kubeadmConfigKind,
  machineDeploymentKind,
  machineDrainRuleKind,
  machineKind,
  machinePoolKind,
  machineSetKind,
  type Kind,
} from '@machinepool/api'
import { awsKinds } from '@machinepool/provider-aws'

/** Every kind this program serves or prints, by the provider it comes from. */
export const kindsByProvider: Readonly<Record<string, readonly Kind[]>> = {
  core: [machinePoolKind, clusterKind, machineKind, machineSetKind, machineDeploymentKind, machineDrainRuleKind],
  'bootstrap-kubeadm': [kubeadmConfigKind],
  aws: awsKinds,
}
