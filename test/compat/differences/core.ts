import type { Deliberate } from '../deliberate.ts'

const contractLabels: Deliberate = {
  path: 'labels[cluster.x-k8s.io/**',
  reason: 'upstream adds its contract labels when a release is built; the reference holds the CRDs from before that',
}

const immutableCluster: Deliberate = {
  path: '*:spec.clusterName.rules',
  reason: 'immutable in upstream too, where a webhook says so',
}

export const machinePool: readonly Deliberate[] = [
  contractLabels,
  immutableCluster,
  { path: '*:spec.rules', reason: 'one cluster name for pool and template; a webhook says so upstream' },
  { path: '*:spec.replicas.minimum', reason: 'a negative count has no meaning; upstream accepts it' },
  { path: '*:spec.template.spec.rules', reason: 'taints are forbidden for pools; a webhook says so upstream' },
  { path: '*:spec.template.spec.bootstrap.rules', reason: 'configRef or dataSecretName; a webhook says so upstream' },
  {
    path: '*:spec.template.spec.version.rules',
    reason: 'must be a semantic version; a webhook says so upstream',
  },
]

export const machine: readonly Deliberate[] = [contractLabels, immutableCluster]

export const machineDrainRule: readonly Deliberate[] = [contractLabels]

export const cluster: readonly Deliberate[] = [
  contractLabels,
  {
    path: '*:spec.topology.**',
    reason:
      'managed topologies belong to ClusterClass, which is not part of this project: accepted and kept as they are',
  },
]

export const kubeadmConfig: readonly Deliberate[] = [
  contractLabels,
  { path: '*:spec.rules', reason: 'what Ignition has no place for; a webhook says so upstream' },
  { path: '*:spec.files.rules', reason: 'paths are unique; a webhook says so upstream' },
  { path: '*:spec.files[].rules', reason: 'content or contentFrom; a webhook says so upstream' },
  { path: '*:spec.users[].rules', reason: 'passwd or passwdFrom; a webhook says so upstream' },
  {
    path: '*:spec.joinConfiguration.discovery.file.kubeConfig.user.rules',
    reason: 'exec or authProvider; a webhook says so upstream',
  },
  {
    path: 'v1beta2:spec.diskSetup.partitions[].rules',
    reason: 'says the same (exactly one of layout and diskLayout) in other words',
  },
]
