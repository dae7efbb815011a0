import { apiVersionOf, clusterSecretType, kubeadmConfigKind, labels, type KubeadmConfig } from '@machinepool/api'
import type { OwnerReference, Secret } from '@machinepool/kube'

import type { BootstrapData } from './bootstrap-data.ts'
import { secretAnnotations } from './names.ts'

/** The bootstrap data Secret: named like its config, so that a restart finds it again. */
export function dataSecret(
  config: KubeadmConfig,
  clusterName: string,
  data: BootstrapData,
  tokenID: string | undefined,
): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: config.metadata.name ?? '',
      namespace: config.metadata.namespace ?? '',
      labels: { [labels.clusterName]: clusterName },
      annotations: {
        [secretAnnotations.revision]: data.revision,
        ...(tokenID === undefined ? {} : { [secretAnnotations.tokenID]: tokenID }),
      },
      ownerReferences: [configAsController(config)],
    },
    type: clusterSecretType,
    data: { value: encode(data.value), format: encode(data.format) },
  }
}

export function isOwnedBy(secret: Secret, config: KubeadmConfig): boolean {
  return (secret.metadata.ownerReferences ?? []).some(
    (owner) => owner.kind === kubeadmConfigKind.kind && owner.name === config.metadata.name,
  )
}

function configAsController(config: KubeadmConfig): OwnerReference {
  return {
    apiVersion: apiVersionOf(kubeadmConfigKind),
    kind: kubeadmConfigKind.kind,
    name: config.metadata.name ?? '',
    uid: config.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
