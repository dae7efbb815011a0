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

/**
 * Whether a Secret of that name is the config's, whatever uid it had when the Secret was made: objects get others when they are
 * restored or moved. One that lost its owner in that is known by its type and cluster.
 */
export function mayBeTaken({ metadata, type }: Secret, config: KubeadmConfig, clusterName: string): boolean {
  const owners = metadata.ownerReferences ?? []
  if (owners.some((owner) => isReferenceTo(owner, config))) return true
  const ofCluster = type === clusterSecretType && metadata.labels?.[labels.clusterName] === clusterName
  return ofCluster && owners.every((owner) => owner.controller !== true)
}

/** References with those wanted among them, in place of older ones to the same objects. */
export function withOwner(present: readonly OwnerReference[], wanted: readonly OwnerReference[]): OwnerReference[] {
  const others = present.filter(({ kind, name }) => !wanted.some((owner) => owner.kind === kind && owner.name === name))
  return [...others, ...wanted]
}

/** The config that a Secret belongs to. */
export function configOf({ metadata }: Secret): string | undefined {
  return metadata.ownerReferences?.find(({ kind }) => kind === kubeadmConfigKind.kind)?.name
}

function isReferenceTo(owner: OwnerReference, config: KubeadmConfig): boolean {
  return owner.kind === kubeadmConfigKind.kind && owner.name === config.metadata.name
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
