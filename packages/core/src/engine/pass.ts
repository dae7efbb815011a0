import type { ReconcileContext, Request, WorkloadCluster } from '@machinepool/runtime'

import type { DrainProgress } from '../drain/progress.ts'
import type { InfraObject } from './infra-object.ts'
import type { PoolContext } from './pool-plan.ts'
import type { RelatedObjects } from './related-objects.ts'

/** One pool, at one look: everything that is passed along within a reconcile. */
export interface Pass {
  readonly cached: InfraObject
  /** The object as it was last read or written in this pass. */
  object: InfraObject
  readonly related: RelatedObjects
  readonly workload: WorkloadCluster | undefined
  context: PoolContext<unknown>
  drains: ReadonlyMap<string, DrainProgress>
  /** Idempotency keys of the actions of this pass. */
  readonly executed: Set<string>
  readonly reconcile: ReconcileContext
}

/** Names a pool in the memories of a process. */
export function poolId({ namespace = '', name }: Request): string {
  return `${namespace}/${name}`
}
