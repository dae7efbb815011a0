/** How long things take in the simulated cloud, in milliseconds. */
export interface Timings {
  /** From a change of a group to the scaling activity that follows from it. */
  readonly reaction: number
  /** From launch to `running`. */
  launch: number
  /** From `running` to the moment the machine runs its user data and joins. */
  readonly boot: number
  /** From `shutting-down` to `terminated`, and from `stopping` to `stopped`. */
  readonly shutdown: number
  /** How long a terminated instance is still described. */
  readonly terminatedVisible: number
  /** How often a group looks at the health of its instances. */
  readonly healthCheck: number
  /** Until a failed launch is tried again; doubles up to eight times as long. */
  readonly launchRetry: number
  /** From the end of an instance to the removal of its Node, as a cloud controller manager does it. */
  readonly nodeRemoval: number
  /** From a spot interruption notice to the end of the instance. */
  readonly spotNotice: number
}

export const defaultTimings: Timings = {
  reaction: 200,
  launch: 500,
  boot: 2000,
  shutdown: 1000,
  terminatedVisible: 3_600_000,
  healthCheck: 5000,
  launchRetry: 15_000,
  nodeRemoval: 3000,
  spotNotice: 120_000,
}
