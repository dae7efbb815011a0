/** How long things take in the simulated cloud, in milliseconds. */
export interface GcpTimings {
  /** Until an operation that changes resources is done. */
  readonly operation: number
  /** Until an operation that makes a group do something is done; 0, as usual: it is done when it is answered. */
  readonly scheduling: number
  /** How long a finished operation can be asked for. */
  readonly operationVisible: number
  /** From a change of a group to what the group does about it. */
  readonly reaction: number
  /** From `PROVISIONING` to `STAGING`, and from there to `RUNNING`. */
  readonly launch: number
  /** From `RUNNING` to the moment the machine runs its user data and joins. */
  readonly boot: number
  /** From `STOPPING` to the end. */
  readonly shutdown: number
  /** Until a failed creation is tried again; doubles up to eight times as long. */
  readonly launchRetry: number
  /** From `RUNNING` to the first answer of a health check, and how soon a change of health is seen. */
  readonly healthCheck: number
  /** From the preemption notice to `STOPPING`. */
  readonly preemptionNotice: number
  /** From the end of an instance to the removal of its Node, as a cloud controller manager does it. */
  readonly nodeRemoval: number
}

export const defaultGcpTimings: GcpTimings = {
  operation: 300,
  scheduling: 0,
  operationVisible: 14 * 24 * 3_600_000,
  reaction: 200,
  launch: 300,
  boot: 2000,
  shutdown: 1000,
  launchRetry: 10_000,
  healthCheck: 2000,
  preemptionNotice: 30_000,
  nodeRemoval: 3000,
}
