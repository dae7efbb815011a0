import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { Ownership, PoolRef } from '@machinepool/contract'

import { ownerByTags, tagMap } from './tags.ts'

/** Ours is the recorded group, whatever its tags say; otherwise the tags decide (R2). */
export function ownerOfGroup(pool: PoolRef<unknown>, group: AutoScalingGroup): Ownership {
  const { providerID } = pool.recorded
  if (providerID !== undefined && group.AutoScalingGroupARN === providerID) return 'ours'
  return ownerByTags(pool, tagMap(group.Tags))
}
