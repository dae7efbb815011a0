import { ProviderError, type Capabilities, type IntOrPercent, type RolloutPolicy } from '@machinepool/contract'

const percent = /^(\d{1,4})%$/

/** Kubernetes' `intstr`: percentages of `total`, rounded as asked. @throws `InvalidSpec` naming the field. */
export function scaleIntOrPercent(value: IntOrPercent, total: number, round: 'up' | 'down', field: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  if (typeof value === 'string') {
    const match = percent.exec(value)
    if (match) {
      const exact = (Number(match[1]) * total) / 100
      return round === 'up' ? Math.ceil(exact) : Math.floor(exact)
    }
    if (/^\d+$/.test(value)) return Number(value)
  }
  throw new ProviderError({
    code: 'InvalidSpec',
    field,
    message: `${field}: ${JSON.stringify(value)} is neither a whole number nor a percentage such as "25%"`,
  })
}

/** How many instances a rollout may add and take away at a time. */
export interface Budget {
  readonly surge: number
  readonly unavailable: number
  /** Why the surge the user asked for is not possible, so that one is taken away first instead. */
  readonly surgeUnavailable?: { readonly reason: string; readonly message: string }
}

/**
 * One budget for rolling, remediation and failed machines (R11). Rounding as for Deployments: surge up, unavailable
 * down; when both come out as nothing, one may be unavailable, because otherwise no rollout could ever go on.
 * The user's maximum is never exceeded.
 */
export function resolveBudget(
  rollout: RolloutPolicy,
  wanted: number,
  maxSize: number,
  capabilities: Pick<Capabilities, 'surge'>,
  externallyScaled: boolean,
): Budget {
  const asked = scaleIntOrPercent(rollout.maxSurge, wanted, 'up', 'maxSurge')
  const unavailable = scaleIntOrPercent(rollout.maxUnavailable, wanted, 'down', 'maxUnavailable')
  const surge = possibleSurge(asked, wanted, maxSize, capabilities, externallyScaled)
  if (surge.size > 0 || unavailable > 0) return { surge: surge.size, unavailable }
  return { surge: 0, unavailable: 1, ...(surge.problem && { surgeUnavailable: surge.problem }) }
}

function possibleSurge(
  asked: number,
  wanted: number,
  maxSize: number,
  capabilities: Pick<Capabilities, 'surge'>,
  externallyScaled: boolean,
): { size: number; problem?: { reason: string; message: string } } {
  if (asked === 0) return { size: 0 }
  const instead = 'replacing one instance at a time by taking it away first'
  if (capabilities.surge !== 'size') {
    return { size: 0, problem: { reason: 'SurgeUnsupported', message: `this kind of pool cannot surge; ${instead}` } }
  }
  if (externallyScaled) {
    return {
      size: 0,
      problem: { reason: 'SizeManagedExternally', message: `something else sets the size; ${instead}` },
    }
  }
  const size = Math.min(asked, Math.max(0, maxSize - wanted))
  if (size > 0) return { size }
  return {
    size: 0,
    problem: { reason: 'AtMaximumSize', message: `the pool is at its maximum of ${maxSize} instances; ${instead}` },
  }
}
