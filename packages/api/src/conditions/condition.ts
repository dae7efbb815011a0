import type { Condition } from '../toolkit/shapes.ts'

/** A condition before anybody knows when it last changed. */
export type NewCondition = Omit<Condition, 'lastTransitionTime'>

export function findCondition<T extends { type: string }>(list: readonly T[] | undefined, type: string): T | undefined {
  return list?.find((condition) => condition.type === type)
}

export function isConditionTrue(list: readonly { type: string; status: string }[] | undefined, type: string): boolean {
  return findCondition(list, type)?.status === 'True'
}

/**
 * The list with one condition set. `lastTransitionTime` moves only when the status does
 * (https://pkg.go.dev/k8s.io/apimachinery/pkg/api/meta#SetStatusCondition). Returns the same list when nothing changed,
 * so that callers can tell by identity whether there is anything to write.
 */
export function setCondition(list: readonly Condition[] | undefined, next: NewCondition, now: Date): Condition[] {
  const current = findCondition(list, next.type)
  const same = current?.status === next.status
  const condition: Condition = { ...next, lastTransitionTime: same ? current.lastTransitionTime : timestamp(now) }
  if (list !== undefined && current !== undefined && sameCondition(current, condition)) return list as Condition[]
  return [...(list ?? []).filter(({ type }) => type !== next.type), condition].toSorted(byImportance)
}

/** Sets several conditions; others stay as they are. */
export function setConditions(
  list: readonly Condition[] | undefined,
  next: readonly NewCondition[],
  now: Date,
): Condition[] {
  let result = (list ?? []) as Condition[]
  for (const condition of next) result = setCondition(result, condition, now)
  return result
}

export function removeCondition(list: readonly Condition[] | undefined, type: string): Condition[] {
  if (findCondition(list, type) === undefined) return (list ?? []) as Condition[]
  return (list ?? []).filter((condition) => condition.type !== type)
}

/** What to say when there is nothing to mirror. */
export interface Fallback {
  status?: Condition['status']
  reason: string
  message: string
}

/**
 * One object's condition as another object's: status, reason and message are taken over. A condition of v1beta1 shape may
 * have no reason; the status then stands in for it, because a metav1 condition needs one.
 */
export function mirrorCondition(
  source: { status: string; reason?: string; message?: string } | undefined,
  type: string,
  fallback: Fallback,
): NewCondition {
  if (source === undefined) {
    return { type, status: fallback.status ?? 'Unknown', reason: fallback.reason, message: fallback.message }
  }
  const status = source.status === 'True' || source.status === 'False' ? source.status : 'Unknown'
  const reason = source.reason === undefined || source.reason === '' ? `${type}${status}` : source.reason
  return { type, status, reason, message: source.message ?? '' }
}

export interface SummaryOptions {
  /** Type of the summary, e.g. `Ready`. */
  type: string
  /** Types that are summed up, most important first. */
  of: readonly string[]
  /** Types for which `True` is bad news, such as `Deleting`. */
  negative?: readonly string[]
  /** Types that may be missing. Any other that is missing counts as Unknown. */
  optional?: readonly string[]
  /** Reasons of the summary. Default `NotReady`-like words built from the type. */
  reasons?: { good: string; bad: string; unknown: string }
}

/** False when one of the conditions is bad, else Unknown when one is unknown, else True. */
export function summarizeConditions(list: readonly Condition[] | undefined, options: SummaryOptions): NewCondition {
  const { type, of, negative = [], optional = [] } = options
  const reasons = options.reasons ?? { good: type, bad: `Not${type}`, unknown: `${type}Unknown` }
  const bad: string[] = []
  const unknown: string[] = []
  for (const name of of) {
    const condition = findCondition(list, name)
    if (condition === undefined) {
      if (!optional.includes(name)) unknown.push(`* ${name}: Condition not yet reported`)
      continue
    }
    const line = `* ${name}: ${condition.message === '' ? condition.reason : condition.message}`
    if (condition.status === 'Unknown') unknown.push(line)
    else if ((condition.status === 'True') === negative.includes(name)) bad.push(line)
  }
  const message = [...bad, ...unknown].join('\n')
  if (bad.length > 0) return { type, status: 'False', reason: reasons.bad, message }
  if (unknown.length > 0) return { type, status: 'Unknown', reason: reasons.unknown, message }
  return { type, status: 'True', reason: reasons.good, message: '' }
}

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

function sameCondition(a: Condition, b: Condition): boolean {
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration &&
    a.lastTransitionTime === b.lastTransitionTime
  )
}

const first = ['Available', 'Ready', 'UpToDate']
const last = ['Deleting', 'Paused']

/** What people look for first comes first; the rest by name, so that the order never flaps. */
function byImportance(a: Condition, b: Condition): number {
  return rank(a.type) - rank(b.type) || (a.type < b.type ? -1 : 1)
}

function rank(type: string): number {
  const early = first.indexOf(type)
  return early >= 0 ? early - first.length : last.indexOf(type) + 1
}
