import type { MachinePool, MachinePoolStatus } from '@machinepool/api'

/** An Event worth writing. */
export interface Announcement {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  /** Of bounded length, however large the pool is. */
  readonly message: string
}

/** What a pool goes through while it gets on. Its status says so; an Event each would double the writes of its creation. */
const gettingOn: ReadonlySet<string | undefined> = new Set([
  undefined,
  'Pending',
  'Provisioning',
  'Provisioned',
  'ScalingUp',
])

/** What a change of a pool's status tells its users: trouble, and a change of phase that is not just progress. */
export function announcements(pool: MachinePool, before: MachinePoolStatus, after: MachinePoolStatus): Announcement[] {
  const told: Announcement[] = []
  const failure = after.deprecated?.v1beta1
  if (failure?.failureMessage !== undefined && before.deprecated?.v1beta1?.failureMessage !== failure.failureMessage) {
    told.push({ type: 'Warning', reason: failure.failureReason ?? 'Failed', message: shorten(failure.failureMessage) })
  }
  const isProgress = gettingOn.has(before.phase) && (gettingOn.has(after.phase) || after.phase === 'Running')
  if (after.phase !== undefined && after.phase !== before.phase && !isProgress) {
    const instances = pool.spec.providerIDList?.length ?? 0
    const message =
      `${before.phase ?? 'new'} -> ${after.phase}: ${after.readyReplicas ?? 0} of ${pool.spec.replicas ?? '?'} replicas ready, ` +
      `${after.nodeRefs?.length ?? 0} of ${instances} instances have a Node`
    told.push({ type: 'Normal', reason: `Phase${after.phase}`, message })
  }
  return told
}

const longestFailure = 500

function shorten(text: string): string {
  return text.length <= longestFailure ? text : `${text.slice(0, longestFailure)}...`
}
