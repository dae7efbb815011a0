import type { Notice, Problem } from '@machinepool/contract'

import { describeDrain, type DrainProgress } from '../../drain/progress.ts'

/** A condition in the engine's own words, before it takes the shape of the kind's API version. */
export interface EngineCondition {
  readonly type: EngineConditionType
  readonly status: 'True' | 'False' | 'Unknown'
  /** CamelCase, never empty. */
  readonly reason: string
  readonly message: string
  /** Meaningful while the status is the bad one. */
  readonly severity: 'Error' | 'Warning' | 'Info' | ''
}

/**
 * The engine's condition types. `Ready` is always there; upstream's core mirrors it. The others are there only while they
 * have something to say.
 */
export const engineConditionTypes = [
  'Ready',
  'Paused',
  /** A group of our name belongs to somebody else (R2). */
  'NameConflict',
  'BelowMinSize',
  'AboveMaxSize',
  'SurgeUnavailable',
  /** A group that was taken over differs from the spec, and waits (R29). */
  'TakeOverDrift',
  'RollingOut',
  'Draining',
  /** The cloud reports trouble with the group. */
  'CloudProblem',
  /** Something worth knowing that keeps nothing from going on, such as a newer image. */
  'Notice',
  /** A scale-down or rollout cannot go on because nothing may be removed. */
  'RemovalBlocked',
  'Deleting',
] as const
export type EngineConditionType = (typeof engineConditionTypes)[number]

export function readyTrue(): EngineCondition {
  return { type: 'Ready', status: 'True', reason: 'Ready', message: '', severity: '' }
}

export function notReady(
  reason: string,
  message: string,
  severity: EngineCondition['severity'] = 'Warning',
): EngineCondition {
  return { type: 'Ready', status: 'False', reason, message, severity }
}

export function flag(
  type: EngineConditionType,
  reason: string,
  message: string,
  severity: EngineCondition['severity'] = 'Warning',
): EngineCondition {
  return { type, status: 'True', reason, message, severity }
}

/** What the cloud complains about, worst first as the provider ordered it. */
export function problemCondition(problems: readonly Problem[]): EngineCondition | undefined {
  const [worst] = problems
  if (worst === undefined) return undefined
  return flag('CloudProblem', worst.reason, problems.map(problemText).join('; '), 'Warning')
}

function problemText({ reason, message, zone }: Problem): string {
  return `${reason}${zone === undefined ? '' : ` in ${zone}`}: ${message}`
}

/** What the provider found out while it resolved the spec. */
export function noticeCondition(notices: readonly Notice[]): EngineCondition | undefined {
  const [first] = notices
  if (first === undefined) return undefined
  return flag('Notice', first.reason, notices.map(({ message }) => message).join('; '), 'Info')
}

const shownDrains = 5

export function drainCondition(drains: readonly DrainProgress[]): EngineCondition | undefined {
  const running = drains.filter(({ phase }) => phase !== 'done')
  if (running.length === 0) return undefined
  const lines = running.slice(0, shownDrains).map(describeDrain)
  if (running.length > shownDrains) lines.push(`${running.length - shownDrains} more`)
  const isBlocked = running.some(({ blocked }) => blocked.length > 0)
  return flag('Draining', isBlocked ? 'BlockedByDisruptionBudget' : 'Draining', lines.join('; '), 'Info')
}
