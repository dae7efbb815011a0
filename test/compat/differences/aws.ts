import type { Deliberate } from '../deliberate.ts'

const contractLabels: Deliberate = {
  path: 'labels[cluster.x-k8s.io/**',
  reason: 'upstream adds its contract labels when a release is built; the reference holds the CRDs from before that',
}

const webhook = 'upstream says the same in a webhook'
const awsLimit = 'AWS takes no more; bounded, so that the cost of CEL rules is'
const addition = 'an addition, optional'

const template = '*:spec.awsLaunchTemplate'

export const awsMachinePool: readonly Deliberate[] = [
  contractLabels,
  { path: 'v1beta1:served', reason: 'the documented sample is v1beta1: served here, and converted' },
  { path: 'v1beta1:spec.subnets[].**', reason: 'the documented sample writes subnets as plain ids' },
  { path: '*:spec.rules', reason: `${webhook}, but for minSize <= maxSize, which it does not check` },
  { path: '*:spec.additionalTags.**', reason: webhook },
  { path: '*:spec.subnets.maxItems', reason: awsLimit },
  { path: 'v1beta2:spec.subnets[].rules', reason: webhook },
  { path: 'v1beta2:spec.subnets[].filters.maxItems', reason: awsLimit },
  { path: 'v1beta2:spec.awsLaunchTemplate.rules', reason: webhook },
  { path: `${template}.rootVolume.rules`, reason: webhook },
  { path: `${template}.rootVolume.deviceName.maxLength`, reason: awsLimit },
  { path: `${template}.rootVolume.type.maxLength`, reason: awsLimit },
  { path: `${template}.additionalSecurityGroups.maxItems`, reason: awsLimit },
  { path: `${template}.additionalSecurityGroups[].rules`, reason: webhook },
  { path: `${template}.additionalSecurityGroups[].filters.maxItems`, reason: awsLimit },
  { path: `${template}.nonRootVolumes.maxItems`, reason: awsLimit },
  { path: `${template}.nonRootVolumes[].rules`, reason: webhook },
  { path: `${template}.nonRootVolumes[].deviceName.maxLength`, reason: awsLimit },
  { path: `${template}.nonRootVolumes[].type.maxLength`, reason: awsLimit },
  {
    path: `${template}.capacityReservationPreference.enum`,
    reason: 'the same words; upstream says them twice, in allOf',
  },
  { path: '*:spec.mixedInstancesPolicy.overrides.maxItems', reason: awsLimit },
  { path: 'v1beta2:spec.mixedInstancesPolicy.overrides[].weightedCapacity', reason: addition },
  { path: 'v1beta2:spec.refreshPreferences.rules', reason: webhook },
  { path: 'v1beta2:spec.refreshPreferences.skipMatching', reason: addition },
  { path: 'v1beta2:spec.refreshPreferences.autoRollback', reason: addition },
  { path: 'v1beta2:spec.refreshPreferences.checkpointPercentages', reason: addition },
  { path: 'v1beta2:spec.refreshPreferences.checkpointDelay', reason: addition },
  { path: 'v1beta2:spec.refreshPreferences.alarms', reason: addition },
  { path: 'v1beta2:spec.refreshPreferences.bakeTime', reason: addition },
  { path: 'v1beta2:spec.refreshPreferences.scaleInProtectedInstances', reason: addition },
  { path: 'v1beta2:spec.refreshPreferences.standbyInstances', reason: addition },
  { path: 'v1beta2:spec.warmPool', reason: addition },
  { path: 'v1beta2:spec.mixedInstancesPolicy.overrides[].instanceRequirements', reason: addition },
  {
    path: 'v1beta2:spec.mixedInstancesPolicy.overrides[].required',
    reason: 'an override may describe instance types by what they must have, instead of naming one',
  },
  { path: 'v1beta2:spec.mixedInstancesPolicy.overrides[].rules', reason: 'one of the two must be there' },
  { path: 'v1beta2:spec.awsLaunchTemplate.placementGroupName', reason: `${addition}, in AWSMachine's words` },
  { path: 'v1beta2:spec.awsLaunchTemplate.placementGroupPartition', reason: `${addition}, in AWSMachine's words` },
  { path: 'v1beta2:spec.awsLaunchTemplate.tenancy', reason: `${addition}, in AWSMachine's words` },
  { path: 'v1beta2:spec.awsLaunchTemplate.hostID', reason: `${addition}, in AWSMachine's words` },
  { path: 'v1beta2:spec.awsLaunchTemplate.hostAffinity', reason: `${addition}, in AWSMachine's words` },
  { path: 'v1beta2:spec.awsLaunchTemplate.networkInterfaces', reason: addition },
  { path: 'v1beta2:spec.lifecycleHooks.maxItems', reason: awsLimit },
  { path: 'v1beta2:spec.lifecycleHooks[].rules', reason: webhook },
  { path: 'v1beta2:spec.lifecycleHooks[].*.maxLength', reason: awsLimit },
  { path: 'v1beta2:spec.region', reason: `${addition}: for clusters without an AWSCluster` },
  { path: 'v1beta2:spec.strategy', reason: `${addition}: upstream knows instance refresh alone` },
  { path: 'v1beta2:spec.imageUpdatePolicy', reason: `${addition}: upstream always rolls to a new image` },
  { path: 'v1beta2:spec.healthCheckType', reason: addition },
  { path: 'v1beta2:spec.healthCheckGracePeriod', reason: addition },
  { path: 'v1beta2:spec.maxInstanceLifetime', reason: addition },
  { path: 'v1beta2:spec.terminationPolicies', reason: addition },
  { path: 'v1beta2:spec.newInstancesProtectedFromScaleIn', reason: addition },
  { path: 'v1beta2:spec.targetGroupARNs', reason: addition },
  { path: 'v1beta2:spec.instanceMaintenancePolicy', reason: addition },
  { path: 'v1beta2:status.initialization', reason: `${addition}: the newer contract's way to say ready` },
]

export const awsIdentity: readonly Deliberate[] = [
  contractLabels,
  { path: 'v1beta1', reason: 'not served by upstream either, and equal to v1beta2' },
]

/** Its controller is upstream's; this project installs the kind where upstream's is not. */
export const awsCluster: readonly Deliberate[] = [
  contractLabels,
  { path: 'v1beta1', reason: 'not served by upstream either' },
  {
    path: 'v1beta2:**.x-kubernetes-preserve-unknown-fields',
    reason: 'what pools do not read is kept, and not described',
  },
  ...[
    'spec.network.subnets[].*',
    'spec.network.*',
    'spec.bastion',
    'spec.controlPlaneLoadBalancer',
    'spec.secondaryControlPlaneLoadBalancer',
    'spec.partition',
    'spec.sshKeyName',
    'spec.s3Bucket.*',
    'status.*',
  ].map((path) => ({ path: `v1beta2:${path}`, reason: 'kept, and not described: pools do not read it' })),
]
