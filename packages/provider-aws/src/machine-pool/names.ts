import { canonicalHash, type PoolRef } from '@machinepool/contract'

/** Launch templates: 3 to 128 characters. Auto Scaling groups: up to 255; the shorter limit holds for both. */
const minimumLength = 3
const maximumLength = 128
const hashLength = 8

/** Names that one kind of resource of a pool may have, best first. */
export interface Names {
  /** Upstream's: the name of the pool, where AWS allows it. */
  readonly plain: string
  /** Deterministic, and no other pool of any installation has it. */
  readonly unique: string
}

type Named = Pick<PoolRef<unknown>, 'key' | 'cluster' | 'managementId'>

/**
 * Two pools of one name, in two namespaces or two management clusters of one account, want the same plain name; the
 * second one gets the unique name.
 */
export function groupNames(pool: Named): Names {
  const unique = uniqueName(pool)
  return { plain: pool.key.name.length <= maximumLength ? pool.key.name : unique, unique }
}

export function templateNames(pool: Named): Names {
  const { name } = pool.key
  return { ...groupNames(pool), ...(name.length < minimumLength ? { plain: uniqueName(pool) } : {}) }
}

function uniqueName({ key, cluster, managementId }: Named): string {
  const hash = canonicalHash([managementId, key.namespace, cluster.name, key.name]).slice(0, hashLength)
  return `${key.name.slice(0, maximumLength - hashLength - 1)}-${hash}`
}

/** `arn:aws:autoscaling:<region>:<account>:autoScalingGroup:<uuid>:autoScalingGroupName/<name>` */
export function parseGroupArn(
  arn: string,
): { readonly account: string; readonly region: string; readonly name: string } | undefined {
  const match = /^arn:[^:]+:autoscaling:([^:]*):([^:]*):autoScalingGroup:[^:]*:autoScalingGroupName\/(.+)$/.exec(arn)
  return match ? { region: match[1]!, account: match[2]!, name: match[3]! } : undefined
}

/** A Node's `spec.providerID` as the AWS cloud provider writes it. */
export function instanceProviderID(zone: string, instanceId: string): string {
  return `aws:///${zone}/${instanceId}`
}
