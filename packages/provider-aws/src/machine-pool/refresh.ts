import type { InstanceRefresh } from '@aws-sdk/client-auto-scaling'
import type { CloudRollout } from '@machinepool/contract'

/** https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceRefresh.html */
const states: Readonly<Record<string, CloudRollout['state']>> = {
  Pending: 'Pending',
  InProgress: 'InProgress',
  // Done but for the bake time, in which an alarm can still roll it back.
  Baking: 'InProgress',
  Successful: 'Successful',
  Failed: 'Failed',
  Cancelling: 'Cancelling',
  Cancelled: 'Cancelled',
  RollbackInProgress: 'RollingBack',
  RollbackFailed: 'Failed',
  RollbackSuccessful: 'Failed',
}

/** The newest instance refresh of a group; AWS lists it first. */
export function cloudRolloutOf(
  refreshes: readonly InstanceRefresh[],
  revision: string | undefined,
): CloudRollout | undefined {
  const [newest] = refreshes
  if (newest?.InstanceRefreshId === undefined) return undefined
  const state = states[newest.Status ?? ''] ?? 'InProgress'
  const running = state === 'Pending' || state === 'InProgress'
  return {
    id: newest.InstanceRefreshId,
    state,
    ...(newest.PercentageComplete === undefined ? {} : { percent: newest.PercentageComplete }),
    // A group that refers to $Latest is rolled to whatever is newest.
    ...(running && revision !== undefined ? { revision } : {}),
    ...(newest.StatusReason === undefined ? {} : { message: newest.StatusReason }),
    ...(newest.StartTime === undefined ? {} : { startedAt: newest.StartTime.getTime() }),
  }
}
