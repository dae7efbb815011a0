import * as api from '@machinepool/api'
import type { Kind } from '@machinepool/api'

/** Every kind this program serves or prints, by the provider it comes from. */
export const kindsByProvider: Readonly<Record<string, readonly Kind[]>> = {
  core: [api.machinePoolKind, api.clusterKind, api.machineKind],
  'bootstrap-kubeadm': [api.kubeadmConfigKind],
}
