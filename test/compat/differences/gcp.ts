import type { Deliberate } from '../deliberate.ts'

const contractLabels: Deliberate = {
  path: 'labels[cluster.x-k8s.io/**',
  reason: 'upstream adds its contract labels when a release is built; the reference holds the CRDs from before that',
}

const machineWebhook = 'upstream has the rule for GCPMachine alone, in a webhook'
const bounded = 'Google takes no more; bounded, so that the cost of CEL rules is'
const addition = 'an addition, optional'

export const gcpMachinePool: readonly Deliberate[] = [
  contractLabels,
  {
    path: 'v1beta1:spec.rules',
    reason: `${machineWebhook}; and what a managed instance group or its updater does not take`,
  },
  { path: 'v1beta1:spec.instanceType.maxLength', reason: bounded },
  { path: 'v1beta1:spec.additionalMetadata.maxItems', reason: bounded },
  { path: 'v1beta1:spec.additionalMetadata[].key.maxLength', reason: bounded },
  { path: 'v1beta1:spec.additionalMetadata.rules', reason: 'a second user-data would hide the bootstrap data' },
  { path: 'v1beta1:spec.resourceManagerTags.maxItems', reason: 'upstream says 50 in the description' },
  { path: 'v1beta1:spec.additionalDisks.maxItems', reason: bounded },
  { path: 'v1beta1:spec.additionalDisks[].rules', reason: 'local SSDs take no key; a size is positive' },
  { path: 'v1beta1:spec.additionalDisks[].encryptionKey.rules', reason: machineWebhook },
  { path: 'v1beta1:spec.rootDiskEncryptionKey.rules', reason: machineWebhook },
  ...[
    'spec.providerID',
    'spec.zones',
    'spec.distribution',
    'spec.strategy',
    'spec.resourcePolicies',
    'spec.reservationAffinity',
    'spec.autoHealing',
    'spec.instanceFlexibility',
    'spec.namedPorts',
    'spec.statefulDisks',
    'spec.targetSizePolicy',
    'status.infrastructureMachineKind',
    'status.initialization',
    'status.instanceGroupManager',
    'status.instanceTemplate',
    'status.zones',
  ].map((path) => ({ path: `v1beta1:${path}`, reason: addition })),
]

const notRead = 'what pools do not read is kept, and not described'

export const gcpCluster: readonly Deliberate[] = [
  contractLabels,
  { path: 'v1beta1:columns', reason: 'its controller is upstream’s, and so is its CRD wherever that runs' },
  { path: 'v1beta1:**.x-kubernetes-preserve-unknown-fields', reason: notRead },
  ...[
    'spec.network.*',
    'spec.serviceEndpoints.*',
    'spec.controlPlaneEndpoint',
    'spec.loadBalancer',
    'spec.resourceManagerTags',
    'status.required',
    'status.failureDomains{}.*',
    'status.network',
  ].map((path) => ({ path: `v1beta1:${path}`, reason: notRead })),
]
