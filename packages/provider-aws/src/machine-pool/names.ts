import { canonicalHash, type PoolRef } from '@machinepool/contract'

/** Auto Scaling allows 255 characters, launch templates 128 and fewer kinds of them. */
const maximumLength = 128
const hashLength = 8

/** Names that one kind of resource of a pool may have, best first. */
export interface Names {
  /** Upstream's: the name of the pool. */
  readonly plain: string
  /** Deterministic, and no other pool of any installation has it. */
  readonly unique: string
}

/**
 * Two pools of one name, in two namespaces or two management clusters of one account, want the same plain name; the
 * second one gets the unique name.
 */
export function namesOf(pool: Pick<PoolRef<unknown>, 'key' | 'cluster' | 'managementId'>): Names {
  const { key, cluster, managementId } = pool
  const hash = canonicalHash([managementId, key.namespace, cluster.name, key.name]).slice(0, hashLength)
  const prefix = key.name.slice(0, maximumLength - hashLength - 1)
  return {
    plain: key.name.length <= maximumLength ? key.name : `${prefix}-${hash}`,
    unique: `${prefix}-${hash}`,
  }
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
