import { annotations, labels, type MachinePool } from '@machinepool/api'
import type { InfraMachinePoolKind } from '@machinepool/contract'
import type { KubeObject, ObjectKey, Secret, StoreEvent, UnknownObject } from '@machinepool/kube'
import type { Controller, Informer, Request, SlimNode, WorkloadCluster, WorkloadClusters } from '@machinepool/runtime'

import type { InfraObject } from './infra-object.ts'
import { engineAnnotations } from './names.ts'

/** Which events wake which pools, and which wake none. */
export interface PoolEvents {
  readonly concernsPool: (event: StoreEvent<InfraObject>) => boolean
  readonly concernsMachinePool: (event: StoreEvent<MachinePool>) => boolean
  readonly ofMachinePool: (event: StoreEvent<MachinePool>) => readonly Request[]
  readonly ofCluster: (cluster: ObjectKey) => readonly Request[]
  readonly ofInfraCluster: (event: StoreEvent<UnknownObject>) => readonly Request[]
  readonly concernsSecret: (event: StoreEvent<Secret>) => boolean
  readonly ofSecret: (event: StoreEvent<Secret>) => readonly Request[]
  /** The connection to a workload cluster; its Node events wake pools from then on. */
  readonly workload: (cluster: { namespace: string; name: string }) => WorkloadCluster | undefined
}

const index = {
  /** `namespace/cluster` */
  cluster: 'engine.cluster',
  /** `namespace/cluster/providerID` */
  providerID: 'engine.providerID',
  /** `namespace/name` of the bootstrap data Secret. */
  bootstrapSecret: 'engine.bootstrapSecret',
} as const

export function requestOf({ metadata: { namespace, name = '' } }: KubeObject): Request {
  return namespace === undefined ? { name } : { namespace, name }
}

export function createPoolEvents(options: {
  readonly kind: InfraMachinePoolKind
  readonly infra: Informer<InfraObject>
  readonly machinePools: Informer<MachinePool>
  readonly workloadClusters: WorkloadClusters
  readonly controller: () => Controller
}): PoolEvents {
  const { kind, infra, machinePools, workloadClusters, controller } = options
  infra.addIndex(index.cluster, clusterKeys)
  infra.addIndex(index.providerID, providerIDKeys)
  // The informer is shared by the engines of all kinds in a process.
  machinePools.addIndex(index.bootstrapSecret, bootstrapSecretKeys)

  const attached = new Map<string, { readonly workload: WorkloadCluster; readonly detach: () => void }>()

  function ofMachinePoolObject(pool: MachinePool): readonly Request[] {
    const ref = pool.spec.template.spec.infrastructureRef
    if (ref.kind !== kind.kind || ref.apiGroup !== kind.group) return []
    return [{ namespace: pool.metadata.namespace ?? '', name: ref.name }]
  }

  function ofCluster({ namespace = '', name }: ObjectKey): readonly Request[] {
    return infra.store.byIndex(index.cluster, `${namespace}/${name}`).map(requestOf)
  }

  function ofNode(cluster: string, { object, old }: StoreEvent<SlimNode>): readonly Request[] {
    const ids = new Set([object.spec.providerID, old?.spec.providerID].filter((id) => id !== undefined && id !== ''))
    return [...ids].flatMap((id) => infra.store.byIndex(index.providerID, `${cluster}/${id}`).map(requestOf))
  }

  function workload(cluster: { namespace: string; name: string }): WorkloadCluster | undefined {
    const key = `${cluster.namespace}/${cluster.name}`
    const connected = workloadClusters.get(cluster)
    const current = attached.get(key)
    if (connected === current?.workload) return connected
    current?.detach()
    attached.delete(key)
    if (connected !== undefined) {
      const map = (event: StoreEvent<SlimNode>) => ofNode(key, event)
      attached.set(key, { workload: connected, detach: controller().source(connected.nodes, { map }) })
    }
    return connected
  }

  workloadClusters.onChange((cluster) => {
    for (const request of ofCluster(cluster)) controller().enqueue(request)
  })

  return {
    concernsPool: ({ object, old }) =>
      old === undefined || poolFingerprint(object, kind) !== poolFingerprint(old, kind),
    concernsMachinePool: ({ object, old }) =>
      old === undefined || machinePoolFingerprint(object) !== machinePoolFingerprint(old),
    ofMachinePool: ({ object }) => ofMachinePoolObject(object),
    ofCluster,
    ofInfraCluster: ({ object }) => {
      const { namespace = '', name = '' } = object.metadata
      // Most infrastructure clusters are named like their Cluster; the label says so where they are not.
      return ofCluster({ namespace, name: object.metadata.labels?.[labels.clusterName] ?? name })
    },
    concernsSecret: ({ object, old }) => old === undefined || JSON.stringify(object.data) !== JSON.stringify(old.data),
    ofSecret: ({ object: { metadata }, old }) =>
      machinePools.store
        .byIndex(index.bootstrapSecret, `${metadata.namespace ?? ''}/${metadata.name ?? ''}`)
        .flatMap(ofMachinePoolObject)
        .filter((request) => old === undefined || !isPolled(infra.store.get(request))),
    workload,
  }
}

/**
 * A pool that has its group is looked at every minute anyway. That is soon enough for a new token, which comes minutes before
 * the old one expires; a look of its own for each would cost more calls than all polling (R21).
 */
function isPolled(pool: InfraObject | undefined): boolean {
  return pool?.spec?.providerID !== undefined && pool.spec.providerID !== ''
}

function clusterKeys({ metadata }: InfraObject): readonly string[] {
  const name = metadata.labels?.[labels.clusterName]
  return name === undefined ? [] : [`${metadata.namespace ?? ''}/${name}`]
}

function providerIDKeys(object: InfraObject): readonly string[] {
  return clusterKeys(object).flatMap((cluster) => (object.spec?.providerIDList ?? []).map((id) => `${cluster}/${id}`))
}

function bootstrapSecretKeys({ metadata, spec }: MachinePool): readonly string[] {
  const name = spec.template.spec.bootstrap.dataSecretName
  return name === undefined || name === '' ? [] : [`${metadata.namespace ?? ''}/${name}`]
}

/** Everything about the object that others write and a decision can depend on: our own writes wake nobody. */
function poolFingerprint({ metadata, spec }: InfraObject, kind: InfraMachinePoolKind): string {
  const { providerID: _id, providerIDList: _list, ...wish } = spec ?? {}
  const own = [
    engineAnnotations.ledger,
    engineAnnotations.location,
    engineAnnotations.managementId,
    ...(kind.writtenAnnotations ?? []),
  ]
  const others = Object.entries(metadata.annotations ?? {}).filter(([name]) => !own.includes(name))
  const { labels: poolLabels, ownerReferences, deletionTimestamp } = metadata
  return JSON.stringify([wish, others, poolLabels, ownerReferences?.map(({ uid }) => uid), deletionTimestamp])
}

/** The core controller copies ids and status into the MachinePool all the time; neither says anything new to us. */
function machinePoolFingerprint({ metadata, spec }: MachinePool): string {
  const { providerIDList: _list, ...wish } = spec
  const { [annotations.conversionData]: _data, ...others } = metadata.annotations ?? {}
  return JSON.stringify([wish, others, metadata.labels, metadata.deletionTimestamp])
}
