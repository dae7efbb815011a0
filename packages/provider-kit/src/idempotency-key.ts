import { canonicalHash, type JsonObject, type PoolRef } from '@machinepool/contract'

/**
 * A key for one write of one pool: the same decision gives the same key in every process, so that the cloud recognises a
 * repeated request after a crash. `facts` tell this decision from the next one of its kind. 32 hex digits, which every
 * cloud accepts as a client token.
 */
export function idempotencyKey<Spec>(pool: PoolRef<Spec>, action: string, facts: JsonObject): string {
  const { key, cluster, managementId } = pool
  return canonicalHash([managementId, cluster.namespace, cluster.name, key.namespace, key.name, action, facts]).slice(
    0,
    32,
  )
}
