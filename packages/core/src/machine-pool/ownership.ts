import { clusterGroup, finalizers as finalizerNames, labels, type Cluster, type MachinePool } from '@machinepool/api'
import { createPatch, type KubeObject, type ObjectMeta, type OwnerReference } from '@machinepool/kube'

import { machinePoolApiVersion } from './objects.ts'

/** Metadata that a MachinePool must have: finalizer, owner reference to its Cluster (not a controller), cluster label. */
export function poolMetadataPatch(pool: MachinePool, cluster: Cluster | undefined): object | undefined {
  const { metadata } = pool
  const finalizers = metadata.finalizers ?? []
  const wanted: ObjectMeta = {
    ...metadata,
    finalizers: finalizers.includes(finalizerNames.machinePool)
      ? finalizers
      : [...finalizers, finalizerNames.machinePool],
    labels: { ...metadata.labels, [labels.clusterName]: pool.spec.clusterName },
  }
  if (cluster?.metadata.uid !== undefined) {
    wanted.ownerReferences = withOwner(metadata.ownerReferences ?? [], {
      apiVersion: machinePoolApiVersion,
      kind: 'Cluster',
      name: pool.spec.clusterName,
      uid: cluster.metadata.uid,
    })
  }
  return metadataPatch(metadata, wanted)
}

export type Adoption =
  /** Ours already, as it should be. */
  | { readonly outcome: 'owned' }
  | { readonly outcome: 'patch'; readonly patch: object }
  /** It has another controller, which must not be disturbed. */
  | { readonly outcome: 'foreign'; readonly owner: OwnerReference }

/** Makes the pool the controller owner of a bootstrap or infrastructure object, and labels that with the cluster's name. */
export function adopt(object: KubeObject, pool: MachinePool): Adoption {
  const { metadata } = object
  const owner = controllerOf(object)
  if (owner !== undefined && !isPool(owner, pool)) return { outcome: 'foreign', owner }
  const patch = metadataPatch(metadata, {
    ...metadata,
    labels: { ...metadata.labels, [labels.clusterName]: pool.spec.clusterName },
    ownerReferences: ownersWithPool(object, pool),
  })
  return patch === undefined ? { outcome: 'owned' } : { outcome: 'patch', patch }
}

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true)
}

/**
 * Whether a reference from the pool's namespace means the pool. Its UID is another one after a restore from a backup: only one
 * pool can have the name, so it is still the same.
 */
export function isPool(owner: OwnerReference, pool: MachinePool): boolean {
  return (
    owner.kind === 'MachinePool' && owner.name === pool.metadata.name && owner.apiVersion.startsWith(`${clusterGroup}/`)
  )
}

/** By its UID: what the garbage collector goes by. */
export function isControlledBy(object: KubeObject, pool: MachinePool): boolean {
  return pool.metadata.uid !== undefined && controllerOf(object)?.uid === pool.metadata.uid
}

export function poolAsController(pool: MachinePool): OwnerReference {
  return {
    apiVersion: machinePoolApiVersion,
    kind: 'MachinePool',
    name: pool.metadata.name ?? '',
    uid: pool.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

/** Names of the MachinePools among an object's owners. */
export function owningPools(object: KubeObject): string[] {
  return (object.metadata.ownerReferences ?? [])
    .filter((owner) => owner.kind === 'MachinePool' && owner.apiVersion.startsWith(`${clusterGroup}/`))
    .map((owner) => owner.name)
}

/** The owner references of an object of the pool, with the pool's own as it is now. */
export function ownersWithPool(object: KubeObject, pool: MachinePool): OwnerReference[] {
  return withOwner(object.metadata.ownerReferences ?? [], poolAsController(pool))
}

/** One reference per owner: the entry of the same owner is brought up to date, whatever API version it was written with. */
function withOwner(owners: readonly OwnerReference[], wanted: OwnerReference): OwnerReference[] {
  const isSame = (owner: OwnerReference): boolean => owner.kind === wanted.kind && owner.name === wanted.name
  const index = owners.findIndex(isSame)
  if (index < 0) return [...owners, wanted]
  return owners.map((owner, position) => (position === index ? { ...owner, ...wanted } : owner))
}

/** Lists in a merge patch replace the whole list, so the patch names the version it was computed from. */
function metadataPatch(from: ObjectMeta, to: ObjectMeta): object | undefined {
  const patch = createPatch(from, to)
  if (patch === undefined) return undefined
  const replacesList = 'finalizers' in patch || 'ownerReferences' in patch
  return {
    metadata: {
      ...patch,
      ...(replacesList && from.resourceVersion !== undefined ? { resourceVersion: from.resourceVersion } : {}),
    },
  }
}
