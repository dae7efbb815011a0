import type { Clock } from '../../io.ts'
import type { AnyInfraMachinePool } from '../../infra-machine-pool.ts'
import type { JsonObject, JsonValue } from '../../json.ts'
import type { InstanceKey } from '../../instance.ts'
import type { ClusterRef, PoolRef } from '../../pool.ts'

/** What a provider author supplies, new for every case: the provider on a cloud that the suite may disturb. */
export interface ConformanceHarness {
  /** The provider of the process that lives now. */
  readonly provider: AnyInfraMachinePool
  readonly clock: Clock & { advance(ms: number): Promise<void> }
  /** The process dies and another one starts: from now on `provider` is a new one that remembers nothing. */
  restart(): void | Promise<void>
  /** Ends what the harness started. */
  close?(): Promise<void>
  readonly cluster: ClusterRef
  readonly specs: ConformanceSpecs
  /** Time in which the simulated cloud makes visible progress, in milliseconds; the suite waits in such steps. */
  readonly stepMs: number
  /** Cloud calls that one observation of one pool of two instances may cost (R21). */
  readonly callBudget: { readonly observe: number }
  readonly cloud: ConformanceCloud
}

/** Specs of the provider's kind. All allow sizes from 0 (where the cloud can) to 10. */
export interface ConformanceSpecs {
  readonly base: JsonObject
  /** Like `base`, but every instance has to be replaced for it. */
  readonly reshaped: JsonObject
  /** Like `base` with other tags. */
  readonly retagged: JsonObject
  /** Like `base` with another maximum. */
  readonly widened: JsonObject
  /** Contradicts itself, such as `minSize` greater than `maxSize`. */
  readonly invalid: JsonObject
  /** Asks for an image by a name or filter that finds one; `nowhere` finds none. Absent when images are only given by id. */
  readonly lookedUp?: { readonly found: JsonObject; readonly nowhere: JsonObject }
}

/** The suite's hand in the cloud. What a harness cannot do is absent; its cases must then be skipped with a reason. */
export interface ConformanceCloud {
  /** Every call since the start. */
  calls(): readonly { readonly call: string; readonly write: boolean }[]
  /** Everything of this pool that matters, in a stable order: group, size, settings, instances, templates, tags. */
  describe(pool: PoolRef): JsonValue | Promise<JsonValue>
  /** What of this pool still exists (R4). */
  leaks(pool: PoolRef): readonly string[] | Promise<readonly string[]>

  /** The next `times` calls of this sort are answered with an error of this meaning. */
  readonly fail?: (sort: 'read' | 'write' | 'any', code: FailureCode, times: number) => void
  /** The next listing of instances fails after its first page; the pool has more than one page. */
  readonly failPage?: () => void
  /** The next write takes effect and its answer is lost. */
  readonly loseAnswer?: () => void
  /** The next call is never answered. */
  readonly hang?: () => void
  /** Reads are this old. */
  readonly lag?: (ms: number) => void
  /** Launches fail for want of machines, or work again. */
  readonly shortage?: (on: boolean) => void
  /** Launches fail for want of quota, or work again. */
  readonly quota?: (exhausted: boolean) => void
  /** The next long-running operation fails in the end. */
  readonly failOperation?: () => void
  /** The looked-up name of `specs.lookedUp.found` now leads to another image. */
  readonly moveImage?: () => void
  /** The cloud replaces the instance by another one of the same name. */
  readonly recreate?: (instance: InstanceKey) => void | Promise<void>
  /** The cloud begins to terminate the instance. */
  readonly terminate?: (instance: InstanceKey) => void
  /** The cloud itself starts one instance above the group's desired size, as when it moves load between zones. */
  readonly rebalance?: (pool: PoolRef) => void
  /** Somebody or something else made a group where this pool's would be. */
  readonly plant?: (pool: PoolRef, group: PlantedGroup) => void | Promise<void>
}

export type FailureCode = 'Throttled' | 'Unavailable' | 'Unauthenticated' | 'PermissionDenied'

export interface PlantedGroup {
  /** `upstream`: exactly as the upstream controllers make it for this pool. */
  readonly marks: 'none' | 'otherPool' | 'upstream'
  readonly size: number
  /** False: made from `specs.base`; true: from something that `specs.base` would replace. */
  readonly drifted: boolean
}
