import { clusterKind } from '../kinds/cluster.ts'
import { kubeadmConfigKind } from '../kinds/kubeadm-config.ts'
import { machineKind } from '../kinds/machine.ts'
import { machinePoolKind } from '../kinds/machine-pool.ts'
import { clusterConversion } from './cluster.ts'
import { createConverter, type Convert } from './converter.ts'
import { kubeadmConfigConversion } from './kubeadm-config.ts'
import { machineConversion } from './machine.ts'
import { machinePoolConversion } from './machine-pool.ts'

/** Converts objects of the core kinds; see `createConverter`. */
export const convert: Convert = createConverter([
  { kind: machinePoolKind, versions: { v1beta1: machinePoolConversion } },
  { kind: machineKind, versions: { v1beta1: machineConversion } },
  { kind: clusterKind, versions: { v1beta1: clusterConversion } },
  { kind: kubeadmConfigKind, versions: { v1beta1: kubeadmConfigConversion } },
])
