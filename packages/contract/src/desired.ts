import type { InstanceKey } from './instance.ts'
import type { Resolved } from './observation.ts'
import type { BootstrapData, PoolRef } from './pool.ts'

/** One instance that must go. It has been drained already, or need not be. */
export interface Removal {
  readonly instance: InstanceKey
  /** True: replace it. False: the size goes down with it. */
  readonly keepSize: boolean
}

/**
 * The engine's decision: policy turned into a wish that `plan` only has to translate. Everything that needs judgement
 * (size, victims, releases, rollout, budget) is already in it.
 */
export interface Desired<Spec> {
  readonly pool: PoolRef<Spec>
  readonly resolved: Resolved
  /** `absent`: the pool is being deleted; every trace of it must go. */
  readonly presence: 'present' | 'absent'
  /**
   * Desired capacity of the group. `undefined`: leave the size alone (R7), also at creation, where the provider uses
   * the group's minimum.
   */
  readonly size: number | undefined
  /** What new instances are to be made from. */
  readonly revision: string
  /**
   * `leave`: what new instances are made from stays as it is, and a group that does not exist is not created: the
   * template's inputs are not known, not allowed, or wait for approval (`TakeOverDrift`, R13). Sizes, removals, holds and
   * settings of the group go on. `revision` then says nothing.
   */
  readonly template: 'apply' | 'leave'
  /** `undefined` when the pool needs none or when it is being deleted. */
  readonly bootstrap: BootstrapData | undefined
  readonly remove: readonly Removal[]
  readonly release: readonly InstanceKey[]
  readonly extend: readonly InstanceKey[]
  /** Keep terminations waiting for us. Only a running engine asks for it (R12). */
  readonly hold: boolean
  /** A rollout run by the cloud: start one to `revision`, cancel the running one, or leave it alone. */
  readonly rollout: 'start' | 'cancel' | 'leave'
  /** The live template equals the wish although it carries no mark: mark it instead of replacing it (R29). */
  readonly stamp: boolean
}
