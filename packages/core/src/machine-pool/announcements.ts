import type { MachinePool, MachinePoolStatus } from '@machinepool/api'

/** An Event worth writing. */
export interface Announcement {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  /** Of bounded length, however large the pool is. */
  readonly message: string
}

/** What a change of a pool's status tells its users. Steady state tells nothing. */
export function announcements(pool: MachinePool, before: MachinePoolStatus, after: MachinePoolStatus): Announcement[] {
  const told: Announcement[] = []
  const nodes = after.nodeRefs?.length ?? 0
  if (nodes !== (before.nodeRefs?.length ?? 0)) {
    const instances = pool.spec.providerIDList?.length ?? 0
    told.push({
      type: 'Normal',
      reason: 'SuccessfulSetNodeRefs',
      message: `${nodes} of ${instances} instances have a Node`,
    })
  }
  const failure = after.deprecated?.v1beta1
  if (failure?.failureMessage !== undefined && before.deprecated?.v1beta1?.failureMessage !== failure.failureMessage) {
    told.push({ type: 'Warning', reason: failure.failureReason ?? 'Failed', message: shorten(failure.failureMessage) })
  }
  if (after.phase !== undefined && after.phase !== before.phase) {
    const message = `${before.phase ?? 'new'} -> ${after.phase}: ${after.readyReplicas ?? 0} of ${pool.spec.replicas ?? '?'} replicas ready`
    told.push({ type: 'Normal', reason: `Phase${after.phase}`, message })
  }
  return told
}

const longestFailure = 500

function shorten(text: string): string {
  return text.length <= longestFailure ? text : `${text.slice(0, longestFailure)}...`
}
