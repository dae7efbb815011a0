import { clusterGroup, labels, type KubeadmConfig, type MachinePool } from '@machinepool/api'
import { secrets, type KubeObject, type Secret, type Store, type StoreEvent } from '@machinepool/kube'
import type { Controller, Manager, Request, WorkloadClusters } from '@machinepool/runtime'

import { configOf } from './data-secret.ts'
import { allNodesPresent, createReconcile } from './reconcile.ts'
import { clusters, kubeadmConfigs, machinePools } from './resources.ts'

export interface KubeadmConfigControllerOptions {
  readonly workloadClusters: WorkloadClusters
  /** How long a join token lives, in milliseconds. Default 15 minutes. */
  readonly tokenTtlMs?: number
  /** Configs worked on at the same time. Default 50, as for the pools that wait for them. */
  readonly concurrency?: number
}

const defaultTokenTtlMs = 15 * 60_000
/** Index of configs by `namespace/pool`, of pools by `namespace/cluster`. */
const ownerPool = 'kubeadm-config-controller/pool'
const clusterOfPool = 'kubeadm-config-controller/cluster'

/**
 * The kubeadm bootstrap provider for MachinePools: turns a KubeadmConfig that a MachinePool owns into the data its machines
 * boot with, and keeps a join token valid in the workload cluster for as long as machines may come.
 */
export function createKubeadmConfigController(manager: Manager, options: KubeadmConfigControllerOptions): Controller {
  const { cache, client, clock } = manager
  const { workloadClusters } = options
  const configInformer = cache.informer(kubeadmConfigs)
  configInformer.addIndex(ownerPool, (config) =>
    poolNames(config).map((name) => `${config.metadata.namespace}/${name}`),
  )
  const configs = configInformer.store
  const poolInformer = cache.informer(machinePools)
  poolInformer.addIndex(clusterOfPool, (pool) => [`${pool.metadata.namespace}/${pool.spec.clusterName}`])
  const pools = poolInformer.store

  const configsOf = (pool: MachinePool): Request[] =>
    configs.byIndex(ownerPool, `${pool.metadata.namespace}/${pool.metadata.name}`).map(requestOf)
  const configsOfCluster = (namespace: string | undefined, name: string): Request[] =>
    pools.byIndex(clusterOfPool, `${namespace}/${name}`).flatMap(configsOf)

  const controller = manager.addController({
    name: 'kubeadmconfig',
    concurrency: options.concurrency ?? 50,
    reconcile: createReconcile({
      client,
      clock,
      configs,
      clusters: cache.informer(clusters).store,
      poolOf: (config) => poolOf(pools, config),
      workloadClusters,
      tokenTtlMs: options.tokenTtlMs ?? defaultTokenTtlMs,
    }),
    watches: [
      { resource: kubeadmConfigs },
      {
        resource: machinePools,
        predicate: concernsTokens,
        map: ({ object }: StoreEvent<MachinePool>) => configsOf(object),
      },
      {
        resource: clusters,
        map: ({ object }: StoreEvent<KubeObject>) =>
          configsOfCluster(object.metadata.namespace, object.metadata.name ?? ''),
      },
    ],
  })
  // With the selector that the engine of a provider has, should it run beside this.
  controller.source(cache.informer(secrets, { labelSelector: labels.clusterName }), {
    // What others change in a Secret of ours is seen to when its token is; without it no machine can be made.
    predicate: ({ type }: StoreEvent<Secret>) => type === 'deleted',
    map: ({ object }: StoreEvent<Secret>) => {
      const name = configOf(object)
      return name === undefined ? [] : [requestOf({ ...object, metadata: { ...object.metadata, name } })]
    },
  })
  workloadClusters.onChange(({ namespace, name }) => {
    for (const request of configsOfCluster(namespace, name)) controller.enqueue(request)
  })
  return controller
}

/** Of all that happens to a pool, only its version, and whether all its Nodes are there, matter to its bootstrap data. */
export function concernsTokens({ object, old }: StoreEvent<MachinePool>): boolean {
  return (
    old === undefined ||
    old.spec.template.spec.version !== object.spec.template.spec.version ||
    old.spec.clusterName !== object.spec.clusterName ||
    allNodesPresent(old) !== allNodesPresent(object)
  )
}

function poolNames(config: KubeadmConfig): string[] {
  return (config.metadata.ownerReferences ?? [])
    .filter((owner) => owner.kind === 'MachinePool' && owner.apiVersion.startsWith(`${clusterGroup}/`))
    .map((owner) => owner.name)
}

function poolOf(pools: Store<MachinePool>, config: KubeadmConfig): MachinePool | undefined {
  const { namespace } = config.metadata
  for (const name of poolNames(config)) {
    const pool = pools.get(namespace === undefined ? { name } : { namespace, name })
    const isOwner = config.metadata.ownerReferences?.some((owner) => owner.uid === pool?.metadata.uid)
    if (pool !== undefined && isOwner === true) return pool
  }
  return undefined
}

function requestOf({ metadata }: KubeObject): Request {
  const { namespace, name = '' } = metadata
  return namespace === undefined ? { name } : { namespace, name }
}
