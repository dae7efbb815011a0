/** API groups of Cluster API. */
export const clusterGroup = 'cluster.x-k8s.io'
export const bootstrapGroup = 'bootstrap.cluster.x-k8s.io'
export const infrastructureGroup = 'infrastructure.cluster.x-k8s.io'

/**
 * Labels that a CRD carries to say which of its versions implement which Cluster API contract
 * (https://cluster-api.sigs.k8s.io/developer/providers/contracts/overview#api-version-labels). clusterctl reads them too.
 */
export const coreContractLabels = {
  'cluster.x-k8s.io/v1beta1': 'v1beta1',
  'cluster.x-k8s.io/v1beta2': 'v1beta2',
} as const
