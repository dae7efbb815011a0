import type { Observation, PoolPolicy, PoolRef } from '@machinepool/contract'

import type { EngineCondition } from './conditions.ts'

/** How many instances there should be, before any surge. */
export interface WantedSize {
  /** Never negative. Under an external scaler: what the group has now. */
  readonly wanted: number
  /** Somebody else sets the size; we never do (R7). */
  readonly external: boolean
  readonly conditions: readonly EngineCondition[]
}

/** Clamps the user's wish into the pool's bounds (R8), or follows whoever else sets the size (R7). */
export function wantedSize(
  pool: Pick<PoolRef, 'replicas' | 'externallyScaled'>,
  policy: PoolPolicy,
  observed: Pick<Observation, 'size' | 'sizeOwner'>,
): WantedSize {
  const external = pool.externallyScaled || observed.sizeOwner === 'cloudAutoscaler'
  if (external) return { wanted: observed.size?.desired ?? policy.minSize, external, conditions: [] }
  const replicas = pool.replicas ?? policy.minSize
  if (replicas < policy.minSize) {
    return {
      wanted: policy.minSize,
      external,
      conditions: [
        outOfBounds(
          'BelowMinSize',
          `${replicas} replicas are wanted; the pool stays at its minSize of ${policy.minSize}`,
        ),
      ],
    }
  }
  if (replicas > policy.maxSize) {
    return {
      wanted: policy.maxSize,
      external,
      conditions: [
        outOfBounds(
          'AboveMaxSize',
          `${replicas} replicas are wanted; the pool stays at its maxSize of ${policy.maxSize}`,
        ),
      ],
    }
  }
  return { wanted: replicas, external, conditions: [] }
}

function outOfBounds(type: 'BelowMinSize' | 'AboveMaxSize', message: string): EngineCondition {
  return { type, status: 'True', reason: type, message, severity: 'Warning' }
}

/**
 * The size to ask the cloud for. Growing goes at once; shrinking only takes back what has not been launched yet, because
 * live instances leave by `RemoveInstances` alone, unless the cloud knows no other way.
 */
export function sizeToSet(
  target: number,
  current: number | undefined,
  live: number,
  may: { readonly removeLive: boolean; readonly shrink: boolean },
): number {
  if (current === undefined || target >= current) return target
  if (!may.shrink) return current
  return may.removeLive ? target : Math.max(target, Math.min(current, live))
}
