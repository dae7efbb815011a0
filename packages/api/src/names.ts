import type { ObjectMeta } from './toolkit/object.ts'

// Names that Cluster API's parts agree on. https://cluster-api.sigs.k8s.io/reference/api/labels-and-annotations

export const finalizers = {
  machinePool: 'machinepool.cluster.x-k8s.io',
  machine: 'machine.cluster.x-k8s.io',
} as const

export const labels = {
  clusterName: 'cluster.x-k8s.io/cluster-name',
  /** On pool Machines and infra machines; its value is `poolNameLabelValue(name)`. */
  poolName: 'cluster.x-k8s.io/pool-name',
  deploymentName: 'cluster.x-k8s.io/deployment-name',
  setName: 'cluster.x-k8s.io/set-name',
  controlPlane: 'cluster.x-k8s.io/control-plane',
  watchFilter: 'cluster.x-k8s.io/watch-filter',
  /** On Nodes of interruptible instances. */
  interruptible: 'cluster.x-k8s.io/interruptible',
  provider: 'cluster.x-k8s.io/provider',
  topologyOwned: 'topology.cluster.x-k8s.io/owned',
  topologyPoolName: 'topology.cluster.x-k8s.io/pool-name',
  clusterctl: 'clusterctl.cluster.x-k8s.io',
  clusterctlMove: 'clusterctl.cluster.x-k8s.io/move',
  clusterctlMoveHierarchy: 'clusterctl.cluster.x-k8s.io/move-hierarchy',
} as const

export const annotations = {
  paused: 'cluster.x-k8s.io/paused',
  managedBy: 'cluster.x-k8s.io/managed-by',
  replicasManagedBy: 'cluster.x-k8s.io/replicas-managed-by',
  autoscalerMinSize: 'cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size',
  autoscalerMaxSize: 'cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size',
  deleteMachine: 'cluster.x-k8s.io/delete-machine',
  skipRemediation: 'cluster.x-k8s.io/skip-remediation',
  remediateMachine: 'cluster.x-k8s.io/remediate-machine',
  excludeNodeDraining: 'machine.cluster.x-k8s.io/exclude-node-draining',
  excludeWaitForVolumeDetach: 'machine.cluster.x-k8s.io/exclude-wait-for-node-volume-detach',
  /** Prefix: `<prefix>/<hook name>` on a Machine holds its drain. */
  preDrainHookPrefix: 'pre-drain.delete.hook.machine.cluster.x-k8s.io',
  /** Prefix: `<prefix>/<hook name>` on a Machine holds the removal of its instance. */
  preTerminateHookPrefix: 'pre-terminate.delete.hook.machine.cluster.x-k8s.io',
  topologyDeferUpgrade: 'topology.cluster.x-k8s.io/defer-upgrade',
  topologyHoldUpgradeSequence: 'topology.cluster.x-k8s.io/hold-upgrade-sequence',
  topologyUpgradeConcurrency: 'topology.cluster.x-k8s.io/upgrade-concurrency',
  topologyDryRun: 'topology.cluster.x-k8s.io/dry-run',
  clusterctlBlockMove: 'clusterctl.cluster.x-k8s.io/block-move',
  clusterctlDeleteForMove: 'clusterctl.cluster.x-k8s.io/delete-for-move',
  /** Carries what an older API version cannot say; written and removed by conversion. */
  conversionData: 'cluster.x-k8s.io/conversion-data',
  // On Nodes of the workload cluster.
  nodeClusterName: 'cluster.x-k8s.io/cluster-name',
  nodeClusterNamespace: 'cluster.x-k8s.io/cluster-namespace',
  nodeMachine: 'cluster.x-k8s.io/machine',
  nodeOwnerKind: 'cluster.x-k8s.io/owner-kind',
  nodeOwnerName: 'cluster.x-k8s.io/owner-name',
  nodeLabelsFromMachine: 'cluster.x-k8s.io/labels-from-machine',
  nodeAnnotationsFromMachine: 'cluster.x-k8s.io/annotations-from-machine',
} as const

/** Annotations of this project's own, where Cluster API has no word for it. */
export const projectAnnotations = {
  /** On a bootstrap data Secret: a revision of its content without tokens, written by the bootstrap provider. */
  bootstrapRevision: 'machinepool.dev/bootstrap-revision',
  /** On Nodes: for whose removal they were cordoned, so that only that cordon is undone. */
  nodeCordonedFor: 'machinepool.dev/cordoned-for',
  /** On a deleted MachinePool or Machine: when (RFC 3339) its infrastructure was gone; the time for deleting Nodes runs from then. */
  infrastructureGone: 'machinepool.dev/infrastructure-gone',
  /** On an infrastructure pool: how many of its instances are not as its spec wants them; absent: the provider does not say. */
  outdatedReplicas: 'machinepool.dev/outdated-replicas',
  /** On a MachinePool: how many Machines may be unavailable while unhealthy ones are replaced, `2` or `10%`. Default 1. */
  remediationMaxUnavailable: 'machinepool.dev/remediation-max-unavailable',
} as const

export const taints = {
  /** Set by kubelets of Cluster API machines until the controller has labelled the Node. */
  uninitialized: { key: 'node.cluster.x-k8s.io/uninitialized', effect: 'NoSchedule' },
  outdatedRevision: { key: 'node.cluster.x-k8s.io/outdated-revision', effect: 'PreferNoSchedule' },
} as const

/** Type of the Secrets that hold kubeconfigs, certificates and bootstrap data of a Cluster. */
export const clusterSecretType = 'cluster.x-k8s.io/secret'

/**
 * Name of a Secret that belongs to a Cluster: the admin kubeconfig is under key `value` of the one, the certificate of the CA
 * under key `tls.crt` of the other.
 */
export function clusterSecretName(clusterName: string, purpose: 'kubeconfig' | 'ca'): string {
  return `${clusterName}-${purpose}`
}

/** Name of the Secret with a workload cluster's admin kubeconfig, under key `value`. */
export function kubeconfigSecretName(clusterName: string): string {
  return clusterSecretName(clusterName, 'kubeconfig')
}

/** True when the object itself or its Cluster asks for no writes. The annotation counts whatever its value. */
export function isPaused(
  cluster: { spec?: { paused?: boolean } } | undefined,
  object: { metadata: ObjectMeta },
): boolean {
  return cluster?.spec?.paused === true || object.metadata.annotations?.[annotations.paused] !== undefined
}

/** True when something else owns `spec.replicas`: the annotation is there with any value but "false". */
export function replicasAreManagedExternally(object: { metadata: ObjectMeta }): boolean {
  const value = object.metadata.annotations?.[annotations.replicasManagedBy]
  return value !== undefined && value !== 'false'
}

const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

/**
 * The value of the pool-name label for a pool: its name or, where that is no legal label value, a short hash of it in the
 * form that Cluster API's own controllers look for (`hash_<base64url of FNV-1a 32>_z`).
 */
export function poolNameLabelValue(name: string): string {
  if (name.length <= 63 && labelValue.test(name)) return name
  const hash = Buffer.alloc(4)
  hash.writeUInt32BE(fnv1a32(name))
  return `hash_${hash.toString('base64url')}_z`
}

/** True when a pool-name label's value stands for the pool of that name. */
export function isPoolNameLabelValue(value: string, name: string): boolean {
  return value === name || value === poolNameLabelValue(name)
}

/** http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv1a32(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}
