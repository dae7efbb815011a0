import type { Observation, PoolPolicy, Capabilities } from '@machinepool/contract'

import { byPolicy, chooseVictims, mayBeVictim } from './victims.ts'
import type { Budget } from './budget.ts'
import type { Gate } from './gate.ts'
import type { Member } from './members.ts'

export interface RolloutInput {
  readonly members: readonly Member[]
  /** Size without surge. */
  readonly wanted: number
  /** The group's desired capacity now. */
  readonly current: number
  readonly external: boolean
  readonly policy: Pick<PoolPolicy, 'rollout'>
  readonly budget: Budget
  readonly capabilities: Pick<Capabilities, 'removeChosen' | 'removeKeepingSize' | 'cloudRollout'>
  readonly gate: Gate
  /** The live template is the wish: a replacement will be made from it. */
  readonly templateLive: boolean
  readonly cloudRollout: Observation['rollout']
  readonly revision: string | undefined
  /** `Date.now`-like time, for the grace of failed instances. */
  readonly now: number
}

export interface Victim {
  readonly member: Member
  readonly cause: 'scaleDown' | 'rollout' | 'failed' | 'machine'
}

export interface RolloutPlan {
  /** Size with surge. */
  readonly target: number
  readonly victims: readonly Victim[]
  readonly cloud: 'start' | 'cancel' | 'leave'
  readonly outdated: number
}

/** An instance that failed at once is given the time in which a cloud usually replaces it itself. */
const failedGraceMs = 60_000
/** How often it is tried again whether a revision works of which every instance has failed (R13, R19). */
const failedRetryMs = 10 * 60_000

/**
 * Who leaves now, and how large the group has to be for it. Only policy: nothing about drains or clouds' writes.
 *
 * Scale-down takes what is above the target. Replacing follows Deployments: never fewer available than
 * `wanted - maxUnavailable`, never more instances than `wanted + maxSurge`; new instances that do not become available
 * use the budget up, so a broken template stops inside its surge (R13).
 */
export function planRollout(input: RolloutInput): RolloutPlan {
  const { members, wanted, current } = input
  const outdated = members.filter((member) => member.outdated)
  const rolling = isRolling(input, outdated.length)
  const target = wanted + surgeNow(input, rolling, outdated.length)
  // Measured in desired capacity: instances above it (rebalancing, capacity rebalance) are not ours to take (DESIGN 3).
  const excess = input.external ? 0 : Math.max(0, Math.min(current, members.length) - target)
  const leaving = input.capabilities.removeChosen
    ? chooseVictims(members, excess, input.policy.rollout.deletePolicy)
    : []
  const staying = members.filter((member) => !leaving.includes(member))
  return {
    target,
    victims: [
      ...leaving.map((member): Victim => ({ member, cause: 'scaleDown' })),
      ...(input.capabilities.removeChosen ? replacements(input, staying, rolling) : []),
    ],
    cloud: cloudStep(input, outdated.length),
    outdated: outdated.length,
  }
}

function isRolling(input: RolloutInput, outdated: number): boolean {
  return (
    outdated > 0 &&
    isEnginesTurn(input) &&
    input.capabilities.cloudRollout !== 'always' &&
    input.templateLive &&
    input.gate.open &&
    input.capabilities.removeChosen &&
    !isRunning(input.cloudRollout)
  )
}

/** Who replaces instances: the engine by strategy, where the cloud cannot, or because a rollout of the cloud stopped half-way. */
function isEnginesTurn(input: RolloutInput): boolean {
  const { strategy } = input.policy.rollout
  const cloudCannot = strategy === 'CloudRollout' && input.capabilities.cloudRollout === 'none'
  return strategy === 'RollingUpdate' || cloudCannot || finishesForCloud(input)
}

/**
 * A rollout that the cloud has begun and not finished (superseded, cancelled, lost) is finished by the engine: started
 * again, it would replace what is up to date too. One that failed for this revision stays where it is (R13).
 */
function finishesForCloud({ members, policy, capabilities, cloudRollout, revision }: RolloutInput): boolean {
  const { strategy, cloudResumes = false } = policy.rollout
  if (strategy !== 'CloudRollout' || capabilities.cloudRollout !== 'optional' || cloudResumes) return false
  if (isRunning(cloudRollout) || hasFailed(cloudRollout, revision)) return false
  return revision !== undefined && members.some(({ instance }) => instance.revision === revision)
}

function hasFailed(rollout: RolloutInput['cloudRollout'], revision: string | undefined): boolean {
  return rollout?.state === 'Failed' && rollout.revision === revision
}

/** While a rollout waits at a gate its surge stays as it is: giving it up would remove instances, which is rolling. */
function surgeNow(input: RolloutInput, rolling: boolean, outdated: number): number {
  const { members, wanted, current, budget } = input
  if (outdated === 0 || !isEnginesTurn(input)) return 0
  const surge = Math.min(budget.surge, outdated)
  if (rolling) return surge
  const began = members.some((member) => !member.outdated)
  return began ? Math.max(0, Math.min(current - wanted, surge)) : 0
}

function replacements(input: RolloutInput, staying: readonly Member[], rolling: boolean): readonly Victim[] {
  const { wanted, budget, policy } = input
  const floor = wanted - budget.unavailable
  const failed = staying.filter(
    (member) => !member.leaving && mayBeVictim(member) && isReplaceableFailure(input, member, staying),
  )
  const newUnavailable = staying.filter((member) => !member.outdated && !member.available).length
  const chosen: Victim[] = staying
    .filter((member) => member.leaving && mayBeVictim(member))
    .map((member) => ({ member, cause: 'machine' }))

  const failedFirst = failed.toSorted((a, b) => Number(b.drain !== undefined) - Number(a.drain !== undefined))
  for (const member of failedFirst.slice(0, Math.max(1, budget.unavailable))) chosen.push({ member, cause: 'failed' })

  const candidates = staying.filter(
    (member) => member.outdated && mayBeVictim(member) && !chosen.some((victim) => victim.member === member),
  )
  // What is being emptied already is finished whatever the gate or the budget say by now: it is unavailable anyhow.
  const begun = candidates.filter((member) => member.drain !== undefined)
  chosen.push(...begun.map((member): Victim => ({ member, cause: 'rollout' })))
  if (!rolling) return chosen

  const leavingOutdated = () => chosen.filter(({ member }) => member.outdated).length
  const room = staying.length - floor - newUnavailable
  const fresh = candidates.filter((member) => member.drain === undefined)
  const ordered = (list: readonly Member[]) =>
    list.toSorted(
      (a, b) =>
        Number(b.deleteFirst) - Number(a.deleteFirst) ||
        byPolicy(a, b, policy.rollout.deletePolicy) ||
        (a.instance.incarnation < b.instance.incarnation ? -1 : 1),
    )
  for (const member of ordered(fresh.filter(({ available }) => !available))) {
    if (leavingOutdated() >= room) break
    chosen.push({ member, cause: 'rollout' })
  }
  let available = staying.filter((member) => member.available).length
  for (const member of ordered(fresh.filter((one) => one.available))) {
    if (leavingOutdated() >= room || available - 1 < floor) break
    available -= 1
    chosen.push({ member, cause: 'rollout' })
  }
  return chosen
}

/** A failed instance of a revision that has never worked is replaced every ten minutes only, while old ones still serve. */
function isReplaceableFailure(input: RolloutInput, member: Member, staying: readonly Member[]): boolean {
  if (!member.failed) return false
  if (member.drain !== undefined) return true
  const { createdAt } = member.instance
  if (input.now - (createdAt ?? 0) < failedGraceMs) return false
  if (member.outdated) return input.templateLive
  const provenGood = staying.some((other) => !other.outdated && other.available)
  const rollingOut = staying.some((other) => other.outdated)
  return provenGood || !rollingOut || (createdAt !== undefined && input.now - createdAt >= failedRetryMs)
}

function isRunning(rollout: RolloutInput['cloudRollout']): boolean {
  return (
    rollout !== undefined &&
    (rollout.state === 'Pending' ||
      rollout.state === 'InProgress' ||
      rollout.state === 'Cancelling' ||
      rollout.state === 'RollingBack')
  )
}

/** For rollouts that the cloud runs. One that somebody else started is waited for, never cancelled. */
function cloudStep(input: RolloutInput, outdated: number): RolloutPlan['cloud'] {
  const { cloudRollout: running, capabilities, policy, revision } = input
  if (capabilities.cloudRollout === 'none') return 'leave'
  const wished = policy.rollout.strategy === 'CloudRollout' || capabilities.cloudRollout === 'always'
  if (running !== undefined && isRunning(running)) {
    const ours = running.revision !== undefined
    const superseded = running.revision !== revision
    const stoppable = running.state === 'Pending' || running.state === 'InProgress'
    return ours && stoppable && (superseded || !wished || isPausedByUser(input.gate)) ? 'cancel' : 'leave'
  }
  if (!wished || outdated === 0 || !input.templateLive || !input.gate.open) return 'leave'
  // One that failed for this very revision is not tried again by itself: the next spec may be better (R13).
  return hasFailed(running, revision) || finishesForCloud(input) ? 'leave' : 'start'
}

function isPausedByUser(gate: Gate): boolean {
  return !gate.open && gate.reason === 'RolloutPaused'
}
