import type { EpochMillis } from './io.ts'

/**
 * Names one life of one instance. A machine that was re-created or re-imaged under the same name has the same
 * `providerID` and another `incarnation`; decisions and removals always name both (R10).
 */
export interface InstanceKey {
  /** The Node's `spec.providerID`, such as `aws:///us-east-1a/i-0123456789abcdef0`. */
  readonly providerID: string
  /** EC2 instance id; GCE numeric id; Azure vmId with creation time. */
  readonly incarnation: string
}

export const instanceStates = [
  /** Asked for, or starting. Counts towards the size. */
  'Pending',
  /** Up, as far as the cloud can tell. Says nothing about the Node. */
  'Running',
  /** Being taken away, nothing can stop it. Listed until it is gone (R3). */
  'Terminating',
  /** Being taken away and waiting for `ReleaseInstance` (R12). */
  'TerminationHeld',
  /** Stopped or deallocated, may come back. Removed only by policy. */
  'Stopped',
  /** In the group and out of service by somebody's wish. */
  'Standby',
  /** In a warm pool: outside replicas, provider ids and victims. */
  'Warmed',
  /** Left the group's service and is kept by a policy of the cloud after a termination hook was abandoned. */
  'Retained',
  /** The cloud gave up on it. First to be replaced. */
  'Failed',
  /** A state this provider does not know. Never a victim. */
  'Unknown',
] as const
export type InstanceState = (typeof instanceStates)[number]

/** A termination that waits for us. */
export interface TerminationHold {
  /** The hold is our own. Foreign holds are shown and never completed by us. */
  readonly ours: boolean
  /** When the cloud ends the hold if no heartbeat arrives; absent when the cloud does not tell. */
  readonly expiresAt?: EpochMillis
  /** When the cloud ends it whatever we do. */
  readonly latestAt?: EpochMillis
}

export interface Instance extends InstanceKey {
  readonly name?: string
  /** Zone or failure domain; absent where the cloud has none. */
  readonly zone?: string
  readonly state: InstanceState
  /**
   * `v<N>:<hash>` of the template the instance was made from, read back from where the cloud keeps it immutable.
   * Absent (unmarked, or marked by another revision scheme) means *unknown*, and unknown is never outdated.
   */
  readonly revision?: string
  /** The cloud's id of that template, for pruning and for stamping. */
  readonly templateId?: string
  readonly instanceType?: string
  readonly addresses: readonly {
    readonly type: 'InternalIP' | 'ExternalIP' | 'InternalDNS' | 'ExternalDNS' | 'Hostname'
    readonly address: string
  }[]
  readonly createdAt?: EpochMillis
  /**
   * True while the cloud has only announced the instance: it is listed, counts and can be taken back, and nothing of it
   * exists. `incarnation` then names the announcement; what comes of it has an incarnation of its own. No machine object
   * is made for an announcement. A GCP managed instance without an `id`
   * (https://cloud.google.com/compute/docs/reference/rest/v1/instanceGroupManagers/listManagedInstances).
   */
  readonly announced?: true
  readonly health: 'Healthy' | 'Unhealthy' | 'Unknown'
  /** The cloud refuses to scale it in. */
  readonly protected: boolean
  /** Present exactly when `state` is `TerminationHeld`. */
  readonly hold?: TerminationHold
  /**
   * The cloud announced that it will take the instance (spot interruption, preemption). The engine empties its Node at once,
   * so nothing that may as well pass by (live migration, a mere recommendation) is a notice.
   */
  readonly notice?: { readonly reason: string; readonly at?: EpochMillis }
}
