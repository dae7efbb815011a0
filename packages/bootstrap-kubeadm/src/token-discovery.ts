import { clusterSecretName, type KubeadmConfigSpec } from '@machinepool/api'

import { caCertHashes, type ClusterAccess } from './cluster-access.ts'
import { DiscoveryError } from './discovery-error.ts'
import type { Discovery } from './join-configuration.ts'

/** How machines find the cluster with a bootstrap token: what the user says, else what the cluster's own objects say. */
export function tokenDiscovery(
  spec: KubeadmConfigSpec['joinConfiguration'],
  access: ClusterAccess,
  token: string,
  clusterName: string,
): Discovery {
  const given = spec?.discovery?.bootstrapToken
  const path = 'spec.joinConfiguration.discovery.bootstrapToken'
  const apiServerEndpoint = given?.apiServerEndpoint ?? access.endpoint
  if (apiServerEndpoint === undefined) {
    throw new DiscoveryError(
      'endpoint',
      `the API server of Cluster ${clusterName} is not known: set spec.controlPlaneEndpoint of the Cluster, ` +
        `or ${path}.apiServerEndpoint`,
    )
  }
  if (given?.caCertHashes !== undefined && given.caCertHashes.length > 0) {
    return { kind: 'token', apiServerEndpoint, token, caCertHashes: given.caCertHashes }
  }
  // Nothing to verify without TLS; skipping the check with TLS would hand the token to anybody, so the user must say so.
  if (given?.unsafeSkipCAVerification === true || !access.tls) {
    return { kind: 'token', apiServerEndpoint, token, caCertHashes: [] }
  }
  if (access.certificateAuthority === undefined) {
    throw new DiscoveryError(
      'certificateAuthority',
      `the CA of Cluster ${clusterName} is neither in ConfigMap kube-public/cluster-info nor in Secret ` +
        `${clusterSecretName(clusterName, 'ca')} or ${clusterSecretName(clusterName, 'kubeconfig')}: add it there, or set ${path}.caCertHashes`,
    )
  }
  return { kind: 'token', apiServerEndpoint, token, caCertHashes: caCertHashes(access.certificateAuthority) }
}
