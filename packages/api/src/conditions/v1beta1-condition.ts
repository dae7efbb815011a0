import type { V1Beta1Condition } from '../toolkit/shapes.ts'
import { findCondition, timestamp } from './condition.ts'

// Conditions of API version v1beta1: False has a severity, Ready is the summary and stands first.

export type Severity = 'Error' | 'Warning' | 'Info'
export type NewV1Beta1Condition = Omit<V1Beta1Condition, 'lastTransitionTime'>

export function v1beta1True(type: string): NewV1Beta1Condition {
  return { type, status: 'True' }
}

export function v1beta1False(type: string, reason: string, severity: Severity, message = ''): NewV1Beta1Condition {
  return { type, status: 'False', severity, reason, ...(message === '' ? {} : { message }) }
}

export function v1beta1Unknown(type: string, reason: string, message = ''): NewV1Beta1Condition {
  return { type, status: 'Unknown', reason, ...(message === '' ? {} : { message }) }
}

/**
 * The list with one condition set: `Ready` first, the others by name. Unlike metav1 conditions, `lastTransitionTime` moves
 * with any change. Returns the same list when nothing changed.
 */
export function setV1Beta1Condition(
  list: readonly V1Beta1Condition[] | undefined,
  next: NewV1Beta1Condition,
  now: Date,
): V1Beta1Condition[] {
  const current = findCondition(list, next.type)
  if (list !== undefined && current !== undefined && sameState(current, next)) return list as V1Beta1Condition[]
  const condition = { ...next, lastTransitionTime: timestamp(now) }
  return [...(list ?? []).filter(({ type }) => type !== next.type), condition].toSorted(readyFirst)
}

export function removeV1Beta1Condition(
  list: readonly V1Beta1Condition[] | undefined,
  type: string,
): V1Beta1Condition[] {
  if (findCondition(list, type) === undefined) return (list ?? []) as V1Beta1Condition[]
  return (list ?? []).filter((condition) => condition.type !== type)
}

/** Another object's condition (mostly its `Ready`) under a type of our own; the fallback when it has none yet. */
export function mirrorV1Beta1Condition(
  source: NewV1Beta1Condition | undefined,
  type: string,
  fallback: { reason: string; severity: Severity; message?: string },
): NewV1Beta1Condition {
  if (source === undefined) return v1beta1False(type, fallback.reason, fallback.severity, fallback.message)
  return {
    type,
    status: source.status,
    ...(source.severity === undefined ? {} : { severity: source.severity }),
    ...(source.reason === undefined ? {} : { reason: source.reason }),
    ...(source.message === undefined ? {} : { message: source.message }),
  }
}

const severities: readonly (string | undefined)[] = ['Error', 'Warning', 'Info']

/**
 * `Ready` out of the given types: the worst one decides (False by severity, then Unknown, then True). Types that are not
 * set yet do not count; undefined when none is set.
 */
export function summarizeV1Beta1Conditions(
  list: readonly V1Beta1Condition[] | undefined,
  types: readonly string[],
): NewV1Beta1Condition | undefined {
  const present = types.map((type) => findCondition(list, type)).filter((condition) => condition !== undefined)
  const worst = present.toSorted((a, b) => badness(a) - badness(b))[0]
  return worst === undefined
    ? undefined
    : mirrorV1Beta1Condition(worst, 'Ready', { reason: 'NotReported', severity: 'Info' })
}

function badness(condition: V1Beta1Condition): number {
  if (condition.status === 'True') return severities.length + 1
  if (condition.status !== 'False') return severities.length
  const index = severities.indexOf(condition.severity)
  return index < 0 ? 0 : index
}

function sameState(a: NewV1Beta1Condition, b: NewV1Beta1Condition): boolean {
  return (
    a.status === b.status &&
    (a.severity ?? '') === (b.severity ?? '') &&
    (a.reason ?? '') === (b.reason ?? '') &&
    (a.message ?? '') === (b.message ?? '')
  )
}

function readyFirst(a: V1Beta1Condition, b: V1Beta1Condition): number {
  if (a.type === 'Ready') return -1
  if (b.type === 'Ready') return 1
  return a.type < b.type ? -1 : 1
}
