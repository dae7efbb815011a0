import type { Difference } from './compare-crd.ts'

/** A difference from upstream that is wanted. */
export interface Deliberate {
  /** Path of the difference. `**` at the end covers everything below, `*` one version or field. */
  path: string
  /** Why; printed in the report. */
  reason: string
}

export interface Judgement {
  /** Differences nobody has explained. */
  unexplained: Difference[]
  /** Explanations of differences that are not there any more. */
  stale: Deliberate[]
}

/** Sorts differences into explained and unexplained ones. */
export function judge(differences: readonly Difference[], deliberate: readonly Deliberate[]): Judgement {
  const patterns = deliberate.map((entry) => ({ entry, pattern: toPattern(entry.path) }))
  return {
    unexplained: differences.filter(({ path }) => !patterns.some(({ pattern }) => pattern.test(path))),
    stale: patterns
      .filter(({ pattern }) => !differences.some(({ path }) => pattern.test(path)))
      .map(({ entry }) => entry),
  }
}

function toPattern(path: string): RegExp {
  const parts = path
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^.:]*' : part.replaceAll(/[.[\]{}()$^+?|\\/]/g, '\\$&')))
  return new RegExp(`^${parts.join('')}$`)
}

/** One line per difference, for people. */
export function describeDifference({ path, ours, upstream }: Difference): string {
  if (upstream === undefined) return `${path}: only ours: ${JSON.stringify(ours)}`
  if (ours === undefined) return `${path}: only upstream: ${JSON.stringify(upstream)}`
  return `${path}: ours ${JSON.stringify(ours)}, upstream ${JSON.stringify(upstream)}`
}
