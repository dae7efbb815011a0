import { clusterKind, kubeadmConfigKind, machinePoolKind, resourceOf } from '@machinepool/api'
import type { Cluster, KubeadmConfig, MachinePool } from '@machinepool/api'
import type { Resource } from '@machinepool/kube'

export const kubeadmConfigs: Resource<KubeadmConfig> = resourceOf(kubeadmConfigKind)
export const machinePools: Resource<MachinePool> = resourceOf(machinePoolKind)
export const clusters: Resource<Cluster> = resourceOf(clusterKind)
