import type { InstanceState } from '@machinepool/contract'

/**
 * Lifecycle states of Auto Scaling in the contract's words; `gone` leaves the listing.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
 */
const states: Readonly<Record<string, InstanceState | 'gone'>> = {
  Pending: 'Pending',
  'Pending:Wait': 'Pending',
  'Pending:Proceed': 'Pending',
  InService: 'Running',
  Terminating: 'Terminating',
  'Terminating:Wait': 'TerminationHeld',
  'Terminating:Proceed': 'Terminating',
  'Terminating:Retained': 'Retained',
  Terminated: 'gone',
  // Somebody takes it out of the group; it keeps running, and it is not ours to remove.
  Detaching: 'Unknown',
  Detached: 'gone',
  EnteringStandby: 'Standby',
  Standby: 'Standby',
  ReplacingRootVolume: 'Pending',
  'ReplacingRootVolume:Wait': 'Pending',
  'ReplacingRootVolume:Proceed': 'Pending',
  RootVolumeReplaced: 'Pending',
  'Warmed:Pending': 'Warmed',
  'Warmed:Pending:Wait': 'Warmed',
  'Warmed:Pending:Proceed': 'Warmed',
  'Warmed:Pending:Retained': 'Retained',
  'Warmed:Hibernated': 'Warmed',
  'Warmed:Running': 'Warmed',
  'Warmed:Stopped': 'Warmed',
  'Warmed:Terminating': 'Warmed',
  // Our hook holds it here too; nothing runs on it, so it is released at once.
  'Warmed:Terminating:Wait': 'TerminationHeld',
  'Warmed:Terminating:Proceed': 'Warmed',
  'Warmed:Terminating:Retained': 'Retained',
  'Warmed:Terminated': 'gone',
}

/**
 * @param goesBack instances that are scaled in go back to the warm pool: then our terminating hook holds them on their way
 * there, while their Node still serves. A launching hook of somebody else's holds new ones in the same state; our release says
 * nothing to that.
 */
export function instanceState(lifecycleState: string | undefined, goesBack = false): InstanceState | 'gone' {
  if (goesBack && lifecycleState === 'Warmed:Pending:Wait') return 'TerminationHeld'
  return states[lifecycleState ?? ''] ?? 'Unknown'
}

/** States that count towards the desired capacity of the group. */
const live: ReadonlySet<InstanceState> = new Set(['Pending', 'Running', 'Unknown', 'Stopped', 'Failed'])

export function isLive(state: InstanceState): boolean {
  return live.has(state)
}
