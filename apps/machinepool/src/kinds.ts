import { coreKinds, kubeadmConfigKind, type Kind } from '@machinepool/api'

import { clouds } from './clouds/clouds.ts'

/** Every kind this program serves or prints, by the provider it comes from. */
export const kindsByProvider: Readonly<Record<string, readonly Kind[]>> = {
  core: coreKinds.filter((kind) => kind !== kubeadmConfigKind),
  'bootstrap-kubeadm': [kubeadmConfigKind],
  ...Object.fromEntries(clouds.map(({ name, kinds }) => [name, kinds])),
}
