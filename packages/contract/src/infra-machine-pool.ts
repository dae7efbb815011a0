import type { Action, FieldChange } from './actions.ts'
import type { Capabilities } from './capabilities.ts'
import type { Desired } from './desired.ts'
import type { Instance } from './instance.ts'
import type { Io } from './io.ts'
import type { JsonObject } from './json.ts'
import type { InfraMachinePoolKind } from './kind.ts'
import type { MachineObject } from './machine.ts'
import type { Observation, Resolved } from './observation.ts'
import type { Operation } from './operations.ts'
import type { Interpretation } from './policy.ts'
import type { BootstrapData, PoolRef } from './pool.ts'

/** What `execute` achieved. */
export type ActionResult =
  /** The write is in effect, or was already (idempotency). */
  | { readonly status: 'done' }
  /** The cloud goes on by itself; the engine keeps the operation and `observe` reports on it. */
  | { readonly status: 'started'; readonly operation: Operation }

/** A condition of the provider's own, beside those that the engine keeps for every pool. */
export interface ProviderCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  /** CamelCase, never empty. */
  readonly reason: string
  readonly message: string
  readonly severity: 'Error' | 'Warning' | 'Info' | ''
}

/** What the provider adds to the object's status. */
export interface Report {
  /** Status fields of the provider's own kind, such as `launchTemplateID`. */
  readonly status: JsonObject
  readonly conditions: readonly ProviderCondition[]
  /**
   * Annotations on the object that somebody else's provider of the same kind reads, so that it can go on where this one
   * stopped (R29). Each is named in `InfraMachinePoolKind.writtenAnnotations`; one that is absent here stays as it is.
   */
  readonly annotations?: Readonly<Record<string, string>>
}

/**
 * A machine pool in one cloud. Small, free of Kubernetes, stateless but for caches.
 *
 * The caller (the engine) loops: `interpret` → `observe` → `resolve` → decide → `plan` → `execute` one action → again.
 * A provider decides nothing that the engine could decide: not the size, not the victim, not the moment.
 *
 * Rules that hold for every method
 * - Only `ProviderError` is thrown, with a code from the closed set.
 * - No method waits for the cloud to finish something (R16), and none outlives `io.signal` by more than a second (R17).
 * - Secrets appear only inside `Sensitive` (R20).
 *
 * `Spec` is the infrastructure object's spec, `Group` the provider's own view of the group.
 */
export interface InfraMachinePool<Spec = JsonObject, Group = unknown> {
  readonly kind: InfraMachinePoolKind
  readonly capabilities: Capabilities

  /**
   * Reads the spec. PURE.
   *
   * Uses `pool.recorded.location` when the cluster objects are gone, so that deletion works without them (R4).
   * @throws `InvalidSpec` naming the field, when the location cannot be told or the spec contradicts itself.
   */
  interpret(pool: PoolRef<Spec>): Interpretation

  /**
   * Reads what the cloud holds for the pool. Never writes.
   *
   * Batched: the reads of many pools of one location share calls (R21); `io.maxAgeMs` says how fresh they must be.
   * A group that does not exist is an answer (`exists: false`), not an error. When only a part could be read the answer
   * has `complete: false`; when nothing could be read it throws.
   * @throws `Unauthenticated`, `PermissionDenied`, `Throttled`, `Unavailable`
   */
  observe(pool: PoolRef<Spec>, io: Io): Promise<Observation<Group>>

  /**
   * Answers the spec's open questions: image, subnets, security groups, quotas. Never writes; cached with a TTL (R21).
   *
   * `observed` holds the live template: while its lookup inputs are unchanged its image stays the pin.
   * A question that has no answer is a `Problem`, so that deletion and draining go on without it.
   * @throws `Unauthenticated`, `PermissionDenied`, `Throttled`, `Unavailable`
   */
  resolve(pool: PoolRef<Spec>, observed: Observation<Group>, io: Io): Promise<Resolved>

  /**
   * `v<N>:<hash>` over everything that requires replacing an instance: spec, resolved inputs, the bootstrap Secret's
   * name. Not the bootstrap content (R14), not tags (R15), not the size. PURE and stable across processes and releases;
   * a change of the scheme changes `N`.
   */
  revision(pool: PoolRef<Spec>, resolved: Resolved, bootstrap: BootstrapData | undefined): string

  /**
   * Differences between the live current template and the wish, on the fields we set. PURE.
   *
   * The engine asks when the live template carries no revision of this scheme: no difference means it may be stamped.
   */
  drift(desired: Desired<Spec>, observed: Observation<Group>): readonly FieldChange[]

  /**
   * Translates the wish into the smallest ordered list of writes; `[]` when the cloud already is as wished. PURE.
   *
   * The engine executes the first action, observes and plans again; so each list must be right to start with, and a
   * prefix of it executed must never be worse than none.
   * With `presence: 'absent'` it ends with nothing of the pool left. A foreign or unmarked group is never written to: beside
   * it only what is ours by its own mark (`leftovers`) is deleted, and that only with `presence: 'absent'`.
   */
  plan(desired: Desired<Spec>, observed: Observation<Group>): readonly Action[]

  /**
   * Executes one write. Idempotent: repeating it after a crash, a lost answer or a restart changes nothing more.
   *
   * Re-checks incarnations and ownership where the cloud could have changed in between, and answers `Conflict` then.
   * Removing what is already gone is `done`.
   * @throws any code of the closed set
   */
  execute(pool: PoolRef<Spec>, action: Action, io: Io): Promise<ActionResult>

  /** What the provider's own part of the status says. PURE. */
  report(pool: PoolRef<Spec>, observed: Observation<Group>): Report

  /**
   * The machine object of one instance of `observed`. PURE. Asked only with capability `machines`; without this method a
   * machine says no more than its provider id, addresses and that it is provisioned.
   */
  machine?(pool: PoolRef<Spec>, instance: Instance, observed: Observation<Group>): MachineObject
}

/** Any provider, for code that only passes specs and groups through. */
// A provider is invariant in both parameters, so no narrower type accepts all of them.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyInfraMachinePool = InfraMachinePool<any, any>
