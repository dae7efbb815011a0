import type { CloudRollout } from '@machinepool/contract'

const running: ReadonlySet<CloudRollout['state']> = new Set(['Pending', 'InProgress', 'Cancelling', 'RollingBack'])

/** An instance refresh that still takes instances, or may go back to what was before it. PURE. */
export function isRunningRefresh(rollout: CloudRollout | undefined): rollout is CloudRollout {
  return rollout !== undefined && running.has(rollout.state)
}
