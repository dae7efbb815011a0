/**
 * Labels of the CRDs that tell Cluster API which of our versions implement which of its contracts
 * (https://cluster-api.sigs.k8s.io/developer/providers/contracts/overview#api-version-labels). Upstream's values.
 */
export const gcpContractLabels = {
  'cluster.x-k8s.io/provider': 'infrastructure-gcp',
  'cluster.x-k8s.io/v1beta1': 'v1beta1',
} as const
