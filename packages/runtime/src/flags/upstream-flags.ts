import type { FlagKind } from './parse-value.ts'

/**
 * Flags of upstream's managers that have nothing to act on here, with what they take. They are accepted, so that
 * upstream's Deployments start, and told of in the log. Those of the core and kubeadm bootstrap managers
 * (https://github.com/kubernetes-sigs/cluster-api), then of the AWS and Google Cloud providers, then of their loggers.
 */
export const flagsWithoutEffect: Readonly<Record<string, FlagKind>> = {
  'profiler-address': 'string',
  'contention-profiling': 'boolean',
  'remote-connection-grace-period': 'duration',
  'remote-conditions-grace-period': 'duration',
  'clustertopology-concurrency': 'integer',
  'clusterclass-concurrency': 'integer',
  'cluster-concurrency': 'integer',
  'clustercache-concurrency': 'integer',
  'clustercache-client-qps': 'number',
  'clustercache-client-burst': 'integer',
  'extensionconfig-concurrency': 'integer',
  'machineset-concurrency': 'integer',
  'machinedeployment-concurrency': 'integer',
  'clusterresourceset-concurrency': 'integer',
  'machinehealthcheck-concurrency': 'integer',
  'machineset-preflight-checks': 'list',
  'skip-crd-migration-phases': 'list',
  'runtime-extension-client-cert-file': 'string',
  'runtime-extension-client-key-file': 'string',
  'additional-sync-machine-labels': 'list',
  'additional-sync-machine-annotations': 'list',
  'use-deprecated-infra-machine-naming': 'boolean',

  'awscluster-concurrency': 'integer',
  'awsmachine-concurrency': 'integer',
  'wait-infra-period': 'duration',
  'max-wait-managed-resources': 'duration',
  'disable-controllers': 'list',
  'gcpcluster-concurrency': 'integer',
  'gkeconfig-concurrency': 'integer',
  'reconcile-timeout': 'duration',

  'logging-format': 'string',
  'log-flush-frequency': 'duration',
  'log-text-split-stream': 'boolean',
  'log-text-info-buffer-size': 'string',
  'log-json-split-stream': 'boolean',
  'log-json-info-buffer-size': 'string',
  vmodule: 'string',
}

/** Feature gates of upstream's managers that switch what does not exist here. Accepted and told of, as such flags are. */
export const gatesWithoutEffect: readonly string[] = [
  'MachinePool',
  'MachinePoolMachines',
  'ClusterTopology',
  'RuntimeSDK',
  'KubeadmBootstrapFormatIgnition',
  'MachineSetPreflightChecks',
  'MachineWaitForVolumeDetachConsiderVolumeAttachments',
  'PriorityQueue',
  'ReconcilerRateLimiting',
  'InPlaceUpdates',
  'MachineTaintPropagation',
  'ContextualLogging',
  'LoggingAlphaOptions',
  'LoggingBetaOptions',
  'AllAlpha',
  'AllBeta',

  'EKS',
  'EKSEnableIAM',
  'EKSAllowAddRoles',
  'EKSFargate',
  'EventBridgeInstanceState',
  'AutoControllerIdentityCreator',
  'BootstrapFormatIgnition',
  'ExternalResourceGC',
  'AlternativeGCStrategy',
  'TagUnmanagedNetworkResources',
  'ROSA',
  'GKE',
]
