import { ProviderError, type IntOrPercent, type RolloutPolicy } from '@machinepool/contract'

import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'

type Spec = Pick<GCPMachinePoolSpec, 'strategy'>

const strategies = {
  RollingUpdate: 'RollingUpdate',
  Proactive: 'CloudRollout',
  OnDelete: 'OnDelete',
} as const satisfies Record<NonNullable<GCPMachinePoolSpec['strategy']>['type'], RolloutPolicy['strategy']>

export function isProactive(spec: Spec): boolean {
  return spec.strategy?.type === 'Proactive'
}

/** Nobody replaces instances. */
export function isOnDelete(spec: Spec): boolean {
  return spec.strategy?.type === 'OnDelete'
}

function isRecreate(spec: Spec): boolean {
  return spec.strategy?.replacementMethod === 'Recreate'
}

/** PURE. @throws `InvalidSpec` when nothing could ever be replaced */
export function rolloutPolicy(spec: Spec, zones: number): RolloutPolicy {
  const budget = budgetOf(spec, zones)
  if (isNothing(budget.maxSurge) && isNothing(budget.maxUnavailable)) {
    throw new ProviderError({
      code: 'InvalidSpec',
      field: 'spec.strategy.rollingUpdate',
      message: 'maxSurge and maxUnavailable must not both be 0: nothing could ever be replaced.',
    })
  }
  return {
    strategy: strategies[spec.strategy?.type ?? 'RollingUpdate'],
    ...budget,
    deletePolicy: spec.strategy?.rollingUpdate?.deletePolicy ?? 'Oldest',
  }
}

/** Google's own defaults are the number of zones, and a smaller fixed number is refused for regional groups. */
export function budgetOf(spec: Spec, zones: number): Pick<RolloutPolicy, 'maxSurge' | 'maxUnavailable'> {
  const { maxSurge, maxUnavailable } = spec.strategy?.rollingUpdate ?? {}
  if (!isProactive(spec)) return { maxSurge: maxSurge ?? 1, maxUnavailable: maxUnavailable ?? 0 }
  const each = Math.max(1, zones)
  if (isRecreate(spec)) return { maxSurge: maxSurge ?? 0, maxUnavailable: maxUnavailable ?? each }
  return { maxSurge: maxSurge ?? each, maxUnavailable: maxUnavailable ?? 0 }
}

function isNothing(value: IntOrPercent): boolean {
  return Number.parseInt(String(value), 10) === 0
}

/** Percentages need that many instances. */
const smallestForPercent = 10

/**
 * What Google's updater will not do, as far as zones and size say it; the object alone shows less, which is refused at
 * admission. `undefined` when nothing is wrong. PURE.
 * https://cloud.google.com/compute/docs/instance-groups/rolling-out-updates-to-managed-instance-groups
 */
export function updaterProblem(spec: Spec, zones: number, size: number): string | undefined {
  if (!isProactive(spec)) return undefined
  const budget = budgetOf(spec, zones)
  for (const field of ['maxSurge', 'maxUnavailable'] as const) {
    const value = budget[field]
    if (typeof value === 'string' && size < smallestForPercent) {
      return `spec.strategy.rollingUpdate.${field} is ${value}; percentages need a group of at least ${smallestForPercent} instances, and this one has ${size}.`
    }
    if (typeof value === 'number' && zones > 1 && value !== 0 && value < zones) {
      return `spec.strategy.rollingUpdate.${field} is ${value}; a group of ${zones} zones needs 0 or at least ${zones}.`
    }
  }
  if (!isRecreate(spec)) return undefined
  if (!isNothing(budget.maxSurge)) return 'spec.strategy.replacementMethod Recreate needs maxSurge 0.'
  return isNothing(budget.maxUnavailable)
    ? 'spec.strategy.replacementMethod Recreate needs maxUnavailable above 0.'
    : undefined
}
