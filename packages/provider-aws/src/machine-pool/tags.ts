import type { JsonObject, Ownership, PoolRef } from '@machinepool/contract'
import { at, textAt, textMapAt } from '@machinepool/provider-kit'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'

export type Tags = Readonly<Record<string, string>>

const upstream = 'sigs.k8s.io/cluster-api-provider-aws'
/** Values are 256 characters at most, and Kubernetes names alone may have 253: one tag each. */
const markPrefix = 'machinepool/'

/** Our own mark: which pool, of which installation, a resource belongs to. Stable across `clusterctl move` (R2). */
export function markOf(pool: Pick<PoolRef<unknown>, 'key' | 'cluster' | 'managementId'>): Tags {
  return {
    [`${markPrefix}management-id`]: pool.managementId,
    [`${markPrefix}namespace`]: pool.key.namespace,
    [`${markPrefix}cluster`]: pool.cluster.name,
    [`${markPrefix}pool`]: pool.key.name,
  }
}

/** Name of the cluster as the cloud provider knows it: the EKS cluster's where there is one. */
export function kubernetesClusterName(pool: Pick<PoolRef<unknown>, 'cluster'>): string {
  return textAt(pool.cluster.controlPlane, 'spec', 'eksClusterName') ?? pool.cluster.name
}

/** Tags that upstream puts on everything of a pool, so that either side and the AWS cloud provider recognise it. */
export function clusterTags(pool: Pick<PoolRef<unknown>, 'key' | 'cluster'>): Tags {
  const cluster = kubernetesClusterName(pool)
  return {
    Name: pool.key.name,
    [`kubernetes.io/cluster/${cluster}`]: 'owned',
    [`${upstream}/cluster/${cluster}`]: 'owned',
    [`${upstream}/role`]: 'node',
  }
}

/** The user's tags: those of the cluster, those of the pool over them. */
export function additionalTags(pool: PoolRef<AWSMachinePoolSpec>): Tags {
  return {
    ...textMapAt(networkOwner(pool), 'spec', 'additionalTags'),
    ...pool.spec.additionalTags,
  }
}

/** Tags of the Auto Scaling group and of the launch template. */
export function resourceTags(pool: PoolRef<AWSMachinePoolSpec>): Tags {
  return { ...additionalTags(pool), ...clusterTags(pool), ...markOf(pool) }
}

/** Tags of instances. Upstream compares the bootstrap tags, so both sides write them alike (R29). */
export function instanceTags(
  pool: PoolRef<AWSMachinePoolSpec>,
  bootstrap: { readonly secretName: string; readonly contentHash: string } | undefined,
): Tags {
  return {
    ...additionalTags(pool),
    ...clusterTags(pool),
    ...(bootstrap === undefined
      ? {}
      : { [bootstrapSecretTag]: bootstrap.secretName, [bootstrapHashTag]: bootstrap.contentHash }),
  }
}

export const bootstrapSecretTag = `${upstream}/bootstrap-data-secret`
const bootstrapHashTag = `${upstream}/bootstrap-data-hash`

/** The object that describes the network: AWSManagedControlPlane for EKS clusters, AWSCluster otherwise. */
export function networkOwner(pool: Pick<PoolRef<unknown>, 'cluster'>): JsonObject | undefined {
  const { controlPlane, infrastructure } = pool.cluster
  return at(controlPlane, 'spec', 'region') === undefined ? infrastructure : controlPlane
}

/** Whose a resource with these tags is (R2). */
export function ownerByTags(
  pool: Pick<PoolRef<unknown>, 'key' | 'cluster' | 'managementId' | 'adopt'>,
  tags: Tags,
): Ownership {
  const mark = Object.entries(markOf(pool))
  if (mark.every(([key, value]) => tags[key] === value)) return 'ours'
  if (mark.some(([key]) => key in tags)) return 'foreign'
  if (bearsUpstreamMarks(pool, tags)) return pool.adopt ? 'adoptable' : 'foreign'
  return hasPrefix(tags, upstream) ? 'foreign' : 'unmarked'
}

/** Upstream's marks for exactly this pool: of its cluster, and of its name. */
export function bearsUpstreamMarks(pool: Pick<PoolRef<unknown>, 'key' | 'cluster'>, tags: Tags): boolean {
  const { Name, ...marks } = clusterTags(pool)
  return tags['Name'] === Name && Object.entries(marks).every(([key, value]) => tags[key] === value)
}

function hasPrefix(tags: Tags, prefix: string): boolean {
  return Object.keys(tags).some((key) => key.startsWith(prefix))
}

interface SdkTag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/** AWS's list of tags as a map. */
export function tagMap(tags: readonly SdkTag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']))
}
