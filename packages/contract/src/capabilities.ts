/**
 * What a kind of pool can do. Data: the engine decides by it, the conformance suite selects by it, the support matrix
 * is printed from it. A missing capability is worked around by the engine or said in a condition.
 */
export interface Capabilities {
  /** A chosen instance can be removed; otherwise the cloud picks and the engine can only hold what it picked. */
  readonly removeChosen: boolean
  /**
   * Remove a chosen instance and have it replaced. `atomic`: one write. `twoWrites`: remove, then restore the size,
   * which the provider's `plan` does when the engine asks for the size again. `no`: only by surging first.
   */
  readonly removeKeepingSize: 'atomic' | 'twoWrites' | 'no'
  /** Cloud-initiated terminations can be made to wait (R12); the cloud's bounds in seconds. */
  readonly holdTermination: false | { readonly heartbeatSeconds: number; readonly maximumSeconds: number }
  /** The cloud can replace outdated instances by itself: never, if asked, or always. */
  readonly cloudRollout: 'none' | 'optional' | 'always'
  /** The engine keeps one object of `kind.machineKind` per instance, and Machines are deleted before their instances. */
  readonly machines: boolean
  /** Events for which the cloud evicts pods itself, so that the engine must not drain again. */
  readonly drainsByItself: {
    readonly scaleIn: boolean
    readonly rollout: boolean
    readonly groupDeletion: boolean
    readonly cloudTermination: boolean
  }
  /** Extra instances during a rollout: by raising the desired size, by a setting of the group, or not at all. */
  readonly surge: 'size' | 'cloud' | 'none'
  /** `minSize` may be 0. */
  readonly scaleToZero: boolean
  /** Writes may go on after `execute` returned. */
  readonly longRunningOperations: boolean
  /** A removed instance may come back under the same provider id. */
  readonly reusesProviderIDs: boolean
  /** `Resize` below the number of live instances is the only way down: the cloud picks the victims. */
  readonly resizeRemovesLive: boolean
}
