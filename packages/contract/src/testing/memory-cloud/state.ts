import type { EpochMillis } from '../../io.ts'

/** How this cloud's groups behave; what a double of a real cloud is made of. Times in milliseconds. */
export interface CloudBehaviour {
  readonly bootMs: number
  /** A new instance is listed for so long before anything of it exists; until then it has no incarnation of its own. */
  readonly announceMs: number
  readonly terminateMs: number
  /** Instances per page of a listing. */
  readonly pageSize: number
  /** Writes on groups take so long and answer with an operation; `0`: they are done when answered. */
  readonly operationMs: number
  /** Time between two replacements of a rollout that the cloud runs. */
  readonly rolloutStepMs: number
  /** Terminations can be made to wait; the cloud ends the wait without a heartbeat, and at the maximum anyway. */
  readonly hold: false | { readonly heartbeatMs: number; readonly maximumMs: number }
  /** What removing a chosen instance may do to the size. */
  readonly removal: 'keepOrShrink' | 'shrinkOnly' | 'none'
  /** A replacement takes the name of the instance it replaces. */
  readonly recreatesInPlace: boolean
  readonly rollout: 'none' | 'onRequest' | 'always'
  /** How many more attempts after a failed launch, one each `retryLaunchMs`, never ends. */
  readonly retryLaunchMs: number
  readonly zones: readonly string[]
}

export type CloudInstanceState =
  | 'pending'
  | 'running'
  | 'terminating'
  | 'held'
  | 'stopped'
  | 'standby'
  | 'warmed'
  | 'retained'
  | 'failed'

/** States in which an instance counts towards the size of its group. */
export const countedStates: ReadonlySet<CloudInstanceState> = new Set(['pending', 'running', 'stopped', 'failed'])

export interface CloudInstance {
  readonly name: string
  readonly providerID: string
  readonly incarnation: string
  readonly group: string
  readonly zone: string
  readonly template: string
  readonly instanceType: string
  readonly createdAt: EpochMillis
  state: CloudInstanceState
  /** Listed, and nothing of it exists yet. */
  announced: boolean
  healthy: boolean
  protected: boolean
  hold: { owner: string; expiresAt: EpochMillis; readonly latestAt: EpochMillis } | undefined
  notice: { readonly reason: string; readonly at: EpochMillis } | undefined
  /** Comes back under the same name when it is gone. */
  recreate: boolean
}

/** The incarnation as the cloud's API shows it: before an instance exists it has none, and its name stands in. */
export function shownIncarnation({ announced, name, incarnation }: CloudInstance): string {
  return announced ? `announced:${name}` : incarnation
}

export interface CloudTemplate {
  readonly id: string
  tags: Record<string, string>
  readonly image: string
  readonly instanceType: string
  readonly userDataHash: string
  readonly token: string
  readonly createdAt: EpochMillis
}

interface CloudRolloutState {
  readonly id: string
  state: 'InProgress' | 'Successful' | 'Cancelled'
  readonly template: string
  readonly startedAt: EpochMillis
}

interface CloudProblem {
  readonly code: 'CapacityShortage' | 'QuotaExceeded'
  readonly message: string
  readonly zone: string | undefined
  readonly since: EpochMillis
}

export interface CloudGroup {
  readonly name: string
  tags: Record<string, string>
  desired: number
  min: number
  max: number
  template: string
  zones: readonly string[]
  /** Owner of the hold on terminations, if there is one. */
  holdOwner: string | undefined
  autoscaled: boolean
  warm: number
  /** Instances above `desired` that the cloud itself started and will take away itself. */
  surplus: number
  deleting: boolean
  rollout: CloudRolloutState | undefined
  problem: CloudProblem | undefined
  readonly createdAt: EpochMillis
}

export interface CloudOperation {
  readonly id: string
  readonly token: string
  readonly group: string
  status: 'running' | 'done' | 'failed'
  error: { readonly code: CloudErrorCode; readonly message: string } | undefined
}

/** The cloud's own error codes, which its provider translates. */
export type CloudErrorCode =
  | 'NoSuchGroup'
  | 'NoSuchTemplate'
  | 'NoSuchInstance'
  | 'NoSuchImage'
  | 'NoSuchOperation'
  | 'GroupExists'
  | 'TemplateInUse'
  | 'IncarnationChanged'
  | 'NotHeld'
  | 'BadRequest'
  | 'BadCredentials'
  | 'AccessDenied'
  | 'QuotaExceeded'
  | 'CapacityShortage'
  | 'RateExceeded'
  | 'OperationInProgress'
  | 'NotImplemented'
  | 'ServiceUnavailable'

export class CloudError extends Error {
  override readonly name = 'CloudError'
  readonly code: CloudErrorCode

  constructor(code: CloudErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Stands for the end of the process: no code of a dead process may handle it. Thrown by a connection at a kill point, and
 * by every later call on the same connection.
 */
export class ProcessKilled extends Error {
  override readonly name = 'ProcessKilled'
}
