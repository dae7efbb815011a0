import type { Ledger } from '../ledger.ts'
import type { Budget } from './budget.ts'
import {
  drainCondition,
  flag,
  noticeCondition,
  notReady,
  problemCondition,
  readyTrue,
  type EngineCondition,
} from './conditions.ts'
import type { Gate } from './gate.ts'
import type { Member } from './members.ts'
import type { Departure } from './removals.ts'
import type { RolloutPlan } from './rollout.ts'
import type { Situation } from './situation.ts'
import type { WantedSize } from './size.ts'
import type { TemplateDecision } from './takeover.ts'

/** What was found out about a living pool on the way to its decision. */
export interface Findings {
  readonly situation: Situation
  readonly size: WantedSize
  readonly template: TemplateDecision
  readonly budget: Budget
  readonly gate: Gate
  readonly plan: RolloutPlan
  readonly members: readonly Member[]
  readonly steps: readonly Departure[]
  readonly skew: EngineCondition | undefined
  readonly ledger: Ledger
}

/** Everything there is to say about a living pool. */
export function conditionsOf(findings: Findings): readonly EngineCondition[] {
  const { situation, size, template, budget, plan, steps, skew } = findings
  const { observed, resolved, bootstrap } = situation
  const conditions: EngineCondition[] = [...size.conditions]
  if (template.condition) conditions.push(template.condition)
  if (plan.outdated > 0 && budget.surgeUnavailable && situation.policy.rollout.strategy === 'RollingUpdate') {
    conditions.push(flag('SurgeUnavailable', budget.surgeUnavailable.reason, budget.surgeUnavailable.message))
  }
  if (plan.outdated > 0) conditions.push(rollingOut(findings))
  const draining = drainCondition(steps.flatMap((step) => drainOf(situation, step)))
  if (draining) conditions.push(draining)
  const blocked = removalBlocked(findings)
  if (blocked) conditions.push(blocked)
  const problem = problemCondition(observed.problems)
  if (problem) conditions.push(problem)
  const notice = noticeCondition(resolved.notices ?? [])
  if (notice) conditions.push(notice)
  conditions.push(
    skew ??
      resolveProblem(resolved.problems) ??
      failedOperation(situation) ??
      (bootstrap.status === 'waiting' ? notReady(bootstrap.reason, bootstrap.message) : undefined) ??
      (observed.exists ? undefined : notReady('Creating', 'the group is being created', 'Info')) ??
      (problem === undefined ? undefined : notReady(problem.reason, problem.message)) ??
      readyTrue(),
  )
  return conditions
}

function resolveProblem(problems: Situation['resolved']['problems']): EngineCondition | undefined {
  const condition = problemCondition(problems)
  return condition && notReady(condition.reason, condition.message, 'Error')
}

function failedOperation({ observed }: Situation): EngineCondition | undefined {
  const failed = observed.operations.find((state) => state.status === 'failed')
  return failed?.status === 'failed' ? notReady(failed.code, failed.message) : undefined
}

function drainOf({ drains }: Situation, step: Departure) {
  switch (step.step) {
    case 'drain':
      return [drains.get(step.record.incarnation) ?? begun(step.node)]
    case 'machine':
      return [{ ...begun(`machine ${step.machine}`), phase: 'failed' as const, error: 'waits for its Machine to go' }]
    case 'wait':
      return [{ ...begun(step.record.providerID), phase: 'failed' as const, error: step.reason }]
    case 'go':
      return []
  }
}

function begun(node: string) {
  return { node, phase: 'failed' as const, podsLeft: 0, blocked: [], volumesLeft: 0, error: 'has begun' }
}

function say(
  status: 'True' | 'False',
  reason: string,
  message: string,
  severity: EngineCondition['severity'] = 'Info',
): EngineCondition {
  return { type: 'RollingOut', status, reason, message, severity }
}

function rollingOut({ situation, gate, plan, members, ledger }: Findings): EngineCondition {
  const { policy, observed, now, controls } = situation
  const progress = `${plan.outdated} of ${members.length} instances are outdated`
  if (policy.rollout.strategy === 'OnDelete') {
    return say('False', 'OnDelete', `${progress}; they are replaced when they go`)
  }
  if (!gate.open) return say('False', gate.reason, `${progress}; ${gate.message}`)
  const cloud = observed.rollout
  if (policy.rollout.strategy === 'CloudRollout' && cloud !== undefined) {
    const detail = `${progress}; the cloud's rollout ${cloud.id} is ${cloud.state}${cloud.percent === undefined ? '' : `, ${cloud.percent}%`}${cloud.message === undefined ? '' : `: ${cloud.message}`}`
    return cloud.state === 'Failed'
      ? say('False', 'CloudRolloutFailed', detail, 'Error')
      : say('True', 'RollingOut', detail)
  }
  const stuck = ledger.rollout !== undefined && now - ledger.rollout.progressAt >= controls.progressDeadlineMs
  if (stuck) {
    const waiting = members
      .filter((member) => !member.outdated && !member.available)
      .map(({ instance }) => instance.name ?? instance.incarnation)
    const why = waiting.length > 0 ? `; new instances are not available: ${waiting.join(', ')}` : ''
    return say('True', 'ProgressDeadlineExceeded', `${progress}${why}`, 'Warning')
  }
  return say('True', 'RollingOut', progress)
}

/** Instances that should go and that nothing may take. */
function removalBlocked({ plan, members, situation, size }: Findings): EngineCondition | undefined {
  const failed = members.filter((member) => member.failed).length
  if (!situation.capabilities.removeChosen && failed > 0) {
    return flag(
      'RemovalBlocked',
      'CannotChooseInstances',
      `${failed} failed instances should be replaced, but in this kind of pool only the cloud chooses instances`,
    )
  }
  if (!situation.capabilities.removeChosen || !situation.observed.complete || size.external) return undefined
  const current = situation.observed.size?.desired ?? 0
  const excess = Math.min(current, members.length) - plan.target
  const leaving = plan.victims.filter(({ cause }) => cause === 'scaleDown').length
  if (excess <= leaving) return undefined
  return flag(
    'RemovalBlocked',
    'NothingRemovable',
    `${excess - leaving} more instances should go, but those left are protected from scale-in or in an unknown state`,
  )
}
