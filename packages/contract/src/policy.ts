import type { Location } from './pool.ts'

/** `5` or `"25%"`, as in Kubernetes. */
export type IntOrPercent = number | string

export type DeletePolicy = 'Oldest' | 'Newest' | 'Random'

/** How outdated instances are replaced. */
export interface RolloutPolicy {
  /**
   * `RollingUpdate`: the engine replaces them one budget at a time. `OnDelete`: only when they go anyway.
   * `CloudRollout`: the cloud replaces them, our hold drains each one.
   */
  readonly strategy: 'RollingUpdate' | 'OnDelete' | 'CloudRollout'
  readonly maxSurge: IntOrPercent
  readonly maxUnavailable: IntOrPercent
  readonly deletePolicy: DeletePolicy
  /**
   * A rollout run by the cloud leaves alone what is up to date already, so one that was interrupted can be started again.
   * Otherwise the engine replaces what is left itself: starting again would replace the new instances too.
   */
  readonly cloudResumes?: boolean
}

/** What the spec says about things the engine decides, in the engine's words. */
export interface PoolPolicy {
  readonly minSize: number
  readonly maxSize: number
  readonly rollout: RolloutPolicy
}

/** What can be read from the spec alone, without asking the cloud. */
export interface Interpretation {
  readonly location: Location
  readonly policy: PoolPolicy
}
