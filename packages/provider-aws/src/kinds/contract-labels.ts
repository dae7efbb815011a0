/**
 * Labels of the CRDs that tell Cluster API which of our versions implement which of its contracts
 * (https://cluster-api.sigs.k8s.io/developer/providers/contracts/overview#api-version-labels). Upstream's values.
 */
export const awsContractLabels = {
  'cluster.x-k8s.io/provider': 'infrastructure-aws',
  'cluster.x-k8s.io/v1beta1': 'v1beta1_v1beta2',
} as const
