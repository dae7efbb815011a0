import { isPaused, labels, type Cluster, type MachinePool } from '@machinepool/api'
import type { InfraMachinePoolKind } from '@machinepool/contract'
import { isNotFound, type Client, type Store, type UnknownObject } from '@machinepool/kube'
import type { Clock } from '@machinepool/runtime'

import { createExternalKinds } from '../machine-pool/external-kinds.ts'
import type { Lifecycle } from './decide/situation.ts'
import type { InfraObject } from './infra-object.ts'

/** The objects around an infrastructure pool. Each may be missing: deletion must work without any of them (R4). */
export interface RelatedObjects {
  readonly machinePool: MachinePool | undefined
  readonly clusterName: string | undefined
  readonly cluster: Cluster | undefined
  readonly infraCluster: UnknownObject | undefined
  readonly controlPlane: UnknownObject | undefined
  readonly lifecycle: Lifecycle
  readonly paused: boolean
}

export interface RelatedStores {
  readonly machinePools: Pick<Store<MachinePool>, 'get'>
  readonly clusters: Pick<Store<Cluster>, 'get'>
  /** By kind. */
  readonly infraClusters: ReadonlyMap<string, Pick<Store<UnknownObject>, 'get'>>
}

export interface ControlPlanes {
  get(cluster: Cluster, signal: AbortSignal): Promise<UnknownObject | undefined>
}

/** Control planes are of any kind and change rarely: read when asked, kept for a minute. */
const controlPlaneTtlMs = 60_000

export function createControlPlanes(client: Client, clock: Clock): ControlPlanes {
  const kinds = createExternalKinds(client, clock)
  const known = new Map<string, { readonly object: UnknownObject | undefined; readonly until: number }>()
  return {
    async get(cluster, signal) {
      const ref = cluster.spec?.controlPlaneRef
      const { namespace = '', name = '' } = cluster.metadata
      if (ref === undefined) return undefined
      const key = `${namespace}/${name}`
      const cached = known.get(key)
      if (cached !== undefined && cached.until > clock.now()) return cached.object
      // Whatever goes wrong here keeps nothing else from going on: the version check is then left out.
      const object = await readReference(ref, namespace, signal).catch(() => undefined)
      known.set(key, { object, until: clock.now() + controlPlaneTtlMs })
      return object
    },
  }

  async function readReference(
    ref: { apiGroup: string; kind: string; name: string },
    namespace: string,
    signal: AbortSignal,
  ) {
    const resource = await kinds.resolve(ref, signal)
    try {
      return await client.get(resource, { namespace, name: ref.name }, { signal })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }
}

export async function findRelated(
  infra: InfraObject,
  kind: InfraMachinePoolKind,
  stores: RelatedStores,
  controlPlanes: ControlPlanes,
  signal: AbortSignal,
): Promise<RelatedObjects> {
  const namespace = infra.metadata.namespace ?? ''
  const owner = infra.metadata.ownerReferences?.find(isMachinePoolReference)
  const machinePool = owner && stores.machinePools.get({ namespace, name: owner.name })
  const clusterName = infra.metadata.labels?.[labels.clusterName] ?? machinePool?.spec.clusterName
  const cluster = clusterName === undefined ? undefined : stores.clusters.get({ namespace, name: clusterName })
  const ref = cluster?.spec?.infrastructureRef
  const known = kind.clusterKinds.some((one) => one.kind === ref?.kind && one.group === ref.apiGroup)
  return {
    machinePool,
    clusterName,
    cluster,
    infraCluster: known && ref ? stores.infraClusters.get(ref.kind)?.get({ namespace, name: ref.name }) : undefined,
    controlPlane: cluster && (await controlPlanes.get(cluster, signal)),
    lifecycle: lifecycleOf(infra, cluster),
    paused: isPaused(cluster, infra),
  }
}

export function isMachinePoolReference({ apiVersion, kind }: { apiVersion: string; kind: string }): boolean {
  return kind === 'MachinePool' && apiVersion.startsWith('cluster.x-k8s.io/')
}

function lifecycleOf(infra: InfraObject, cluster: Cluster | undefined): Lifecycle {
  if (infra.metadata.deletionTimestamp === undefined) return 'active'
  return cluster === undefined || cluster.metadata.deletionTimestamp !== undefined ? 'clusterDeleting' : 'deleting'
}
