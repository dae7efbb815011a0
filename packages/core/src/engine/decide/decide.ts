import type { EpochMillis, InstanceKey, PoolPolicy, Removal } from '@machinepool/contract'

import { sameInstance, type DrainRecord, type Ledger } from '../ledger.ts'
import { resolveBudget, type Budget } from './budget.ts'
import { flag, notReady } from './conditions.ts'
import { drainOrders, idleWish, keepRecords, nothing, type Decision } from './decision.ts'
import { decideDeletion } from './deletion.ts'
import { rolloutGate, type Gate } from './gate.ts'
import { decideHolds, type HeldInstance } from './holds.ts'
import { conditionsOf } from './live-conditions.ts'
import { membersOf, type Member } from './members.ts'
import { departureOf, keyOf, removalsOf, type Departure } from './removals.ts'
import type { Activity } from './requeue.ts'
import { planRollout, type RolloutPlan } from './rollout.ts'
import type { Situation, Waiting } from './situation.ts'
import { sizeToSet, wantedSize } from './size.ts'
import { decideTemplate } from './takeover.ts'
import { versionSkew } from './version-skew.ts'

/** The whole of the engine's policy. Pure: the same situation gives the same decision. */
export function decide(situation: Situation): Decision {
  const followed = followOperations(situation)
  if (situation.paused) return decidePaused(followed)
  if (followed.lifecycle !== 'active') return decideDeletion(followed)
  return decideActive(followed)
}

/** Operations that have ended leave the ledger; drains of instances that are gone do, too. */
function followOperations(situation: Situation): Situation {
  const { observed, ledger } = situation
  const running = ledger.operations.filter((operation) => {
    const state = observed.operations.find(({ id }) => id === operation.id)
    return state === undefined || state.status === 'running'
  })
  const drains = ledger.drains.filter(
    (record) =>
      !observed.complete ||
      observed.instances.some((instance) => sameInstance(instance, record) && instance.state !== 'Terminating'),
  )
  return { ...situation, ledger: { ...ledger, operations: running, drains } }
}

function decidePaused(situation: Situation): Decision {
  const held = decideHolds(situation)
  const extend = held.filter((one) => one.extend).map(({ instance }) => keyOf(instance))
  return {
    ...nothing(situation),
    wish: extend.length === 0 ? undefined : { ...idleWish(situation), extend },
    onlyActions: ['ExtendHold'],
    conditions: [flag('Paused', 'Paused', 'the Cluster or this object is paused', 'Info')],
    activity: held.length > 0 ? 'settling' : 'steady',
    ledger: situation.ledger,
    providerIDs: undefined,
  }
}

function decideActive(situation: Situation): Decision {
  const { observed, bootstrap, prerequisite } = situation
  if (observed.exists && (observed.owner === 'foreign' || observed.owner === 'unmarked')) return nameConflict(situation)
  if (!observed.exists) {
    const waiting = prerequisite ?? (bootstrap.status === 'waiting' ? bootstrap : undefined)
    if (waiting) return waitForIt(situation, waiting)
  }
  if (!observed.exists && !observed.complete) {
    return {
      ...nothing(situation),
      conditions: [notReady('GroupNotSeen', 'the cloud does not show the group; it is looked for again', 'Info')],
      activity: 'inFlight',
    }
  }
  if (observed.deleting) {
    return {
      ...nothing(situation),
      conditions: [notReady('GroupDeleting', 'the cloud is deleting the group; it is made again after that')],
      activity: 'inFlight',
    }
  }
  return decideLive(situation)
}

function decideLive(situation: Situation): Decision {
  const { observed, policy, capabilities, pool, ledger } = situation
  const skew = versionSkew(pool.version, situation.controlPlaneVersion)
  const wishKnown =
    skew === undefined && situation.resolved.problems.length === 0 && situation.bootstrap.status !== 'waiting'
  const revision = wishKnown ? situation.revision : undefined
  const known: Situation = { ...situation, revision }
  const template = decideTemplate(known)
  const members = membersOf(known, template.unmarkedIsOutdated)
  const size = wantedSize(pool, policy, observed)
  const wanted = size.external ? (ledger.restore?.size ?? size.wanted) : size.wanted
  const budget = resolveBudget(policy.rollout, wanted, policy.maxSize, capabilities, size.external)
  const gate: Gate = revision === undefined ? { open: true } : rolloutGate(situation.controls, revision, situation.now)
  const current = observed.size?.desired ?? 0
  const plan = planRollout({
    members: observed.complete ? members : [],
    wanted,
    current,
    external: size.external,
    policy,
    budget,
    capabilities,
    gate,
    templateLive: template.live,
    cloudRollout: observed.rollout,
    revision,
    now: situation.now,
  })
  const departures = plan.victims.map((victim) => ({
    victim,
    departure: departureOf(known, { ...keyOf(victim.member.instance), cause: victim.cause }),
  }))
  const held = decideHolds(known)
  const heldDepartures = held.filter(({ release }) => !release).map(({ departure }) => departure)
  const steps = [...departures.map(({ departure }) => departure), ...heldDepartures, ...announced(known, members, plan)]
  const ready = removalsOf(
    plan.victims,
    (member) => departures.some(({ victim, departure }) => victim.member === member && departure.step === 'go'),
    {
      current,
      wanted,
      surge: budget.surge,
      outdated: plan.outdated,
      external: size.external,
      canKeepSize: capabilities.removeKeepingSize !== 'no',
    },
  )
  const restore = restoration(
    known,
    size.external,
    ready.map(({ instance }) => instance),
    plan.victims.map(({ member }) => keyOf(member.instance)),
  )
  // One removal in two writes after the other: a second before the size is given back would take its place for good.
  const removals = ready.filter(({ instance }) => mayLeave(restore, instance))
  const drains = nextDrains(known, steps)
  const nextLedger: Ledger = {
    operations: ledger.operations,
    drains: drains.records,
    ...(restore.ledger && { restore: restore.ledger }),
    ...(template.ledger && { takeOver: template.ledger }),
    ...rolloutProgress(known, plan, members),
  }
  const setSize = size.external ? restore.size : sizeAfter(known, plan.target, members.length, removals)
  return {
    ...nothing(situation),
    wish: {
      presence: 'present',
      size: setSize,
      revision: revision ?? '',
      template: template.template,
      stamp: template.stamp,
      remove: removals,
      release: held.filter(({ release }) => release).map(({ instance }) => keyOf(instance)),
      extend: held.filter(({ extend }) => extend).map(({ instance }) => keyOf(instance)),
      hold: situation.holdTerminations && capabilities.holdTermination !== false,
      rollout: plan.cloud,
    },
    drains: drainOrders(steps),
    uncordon: drains.uncordon,
    deleteMachines: steps.flatMap((step) => (step.step === 'machine' && !step.deleting ? [step.machine] : [])),
    ledger: nextLedger,
    conditions: conditionsOf({
      situation: known,
      size,
      template,
      budget,
      gate,
      plan,
      members,
      steps,
      skew,
      ledger: nextLedger,
    }),
    replacement: replacementOf(revision, members, policy.rollout.strategy, budget, gate),
    followReplicas: followReplicas(situation, size.external),
    activity: activityOf({ situation: known, members, plan, steps, held, current, target: plan.target }),
    deadlines: deadlinesOf(known, members, held, gate, plan),
  }
}

function replacementOf(
  revision: string | undefined,
  members: readonly Member[],
  strategy: PoolPolicy['rollout']['strategy'],
  { surge, unavailable }: Budget,
  gate: Gate,
): Decision['replacement'] {
  const instances = members.filter(({ outdated }) => outdated).map(({ instance }) => keyOf(instance))
  if (revision === undefined || instances.length === 0) return undefined
  return { revision, instances, strategy, begins: gate.open && strategy !== 'OnDelete', surge, unavailable }
}

function nameConflict(situation: Situation): Decision {
  const name = situation.observed.groupName ?? 'the group'
  const message = `${name} exists and ${situation.observed.owner === 'foreign' ? 'belongs to somebody else' : 'carries no mark of ours'}; it is not touched. Rename the pool, or remove the group, or mark the pool with adopt if it is yours`
  return {
    ...nothing(situation),
    conditions: [notReady('NameConflict', message, 'Error'), flag('NameConflict', 'NameConflict', message, 'Error')],
    providerIDs: [],
    provisioned: false,
  }
}

function waitForIt(situation: Situation, waiting: Waiting): Decision {
  return { ...nothing(situation), conditions: [notReady(waiting.reason, waiting.message, 'Info')], activity: 'steady' }
}

/** Desired capacity once this decision's removals are done: what shrinks with them is not asked for again. */
function sizeAfter(
  { observed, capabilities, ledger }: Situation,
  target: number,
  live: number,
  removals: readonly Removal[],
): number {
  const size = sizeToSet(target, observed.exists ? observed.size?.desired : undefined, live, {
    removeLive: capabilities.resizeRemovesLive || !capabilities.removeChosen,
    // While a removal runs nobody knows whether the size has gone down with it already.
    shrink: observed.complete && ledger.operations.length === 0,
  })
  return size - removals.filter(({ keepSize }) => !keepSize).length
}

/**
 * What the cloud will take whatever we say (a spot interruption, a preemption) is emptied at once: like a held termination it
 * consumes the budget and does not wait for it. Nothing is removed; if the notice is withdrawn, the Node is uncordoned.
 */
function announced(situation: Situation, members: readonly Member[], plan: RolloutPlan): readonly Departure[] {
  return members
    .filter(({ instance }) => instance.notice !== undefined)
    .filter((member) => !plan.victims.some((victim) => victim.member === member))
    .map(({ instance }) => departureOf(situation, { ...keyOf(instance), cause: 'notice' }))
}

interface NextDrains {
  readonly records: readonly DrainRecord[]
  readonly uncordon: Decision['uncordon']
}

/**
 * Drains that go on, and those that are called off because their instance stays after all. A record leaves the ledger only
 * once its Node can be uncordoned; while the listing is incomplete nothing is called off.
 */
function nextDrains(situation: Situation, steps: readonly Departure[]): NextDrains {
  const { nodes, observed, ledger } = situation
  const chosen = keepRecords(situation, steps)
  const others = ledger.drains.filter((record) => !chosen.some((one) => sameInstance(one, record)))
  // A removal that runs may still fail, and then its Node is still ours to uncordon.
  const leaving = others.filter((record) => isLeaving(ledger, record))
  const kept = [...chosen, ...leaving]
  const calledOff = others.filter(
    (record) => !leaving.includes(record) && (!observed.complete || stays(situation, record)),
  )
  if (nodes === undefined || !observed.complete) return { records: [...kept, ...calledOff], uncordon: [] }
  const uncordon = calledOff.flatMap(({ providerID, incarnation }) => {
    const node = nodes.get(providerID)
    return node === undefined ? [] : [{ node: node.name, incarnation }]
  })
  const forgotten = forgottenCordons(situation, kept).filter(({ node }) => !uncordon.some((one) => one.node === node))
  return { records: kept, uncordon: [...uncordon, ...forgotten] }
}

/**
 * Nodes that were cordoned for a removal nobody knows of any more: its record was lost, or the machine was made anew in its
 * place and took the Node over. A Machine controller looks after its own.
 */
function forgottenCordons(situation: Situation, kept: readonly DrainRecord[]): Decision['uncordon'] {
  const { observed, nodes, machines } = situation
  return observed.instances.flatMap(({ providerID, incarnation, state }) => {
    const node = nodes?.get(providerID)
    if (node?.cordonedFor === undefined || !staying.has(state)) return []
    const isWanted = kept.some((record) => sameInstance(record, { providerID, incarnation }))
    if (isWanted || machines?.get(providerID)?.managed === true) return []
    return [{ node: node.name, incarnation: node.cordonedFor }]
  })
}

function isLeaving({ operations }: Ledger, key: InstanceKey): boolean {
  return operations.some(({ instances }) => instances.some((one) => sameInstance(one, key)))
}

function stays({ observed }: Pick<Situation, 'observed'>, key: InstanceKey): boolean {
  const instance = observed.instances.find((one) => sameInstance(one, key))
  return instance !== undefined && staying.has(instance.state)
}

const staying: ReadonlySet<string> = new Set(['Pending', 'Running', 'Stopped', 'Failed', 'Unknown'])

/** How a removal in two writes under an external scaler stands. */
interface Restoration {
  /** To be stored before the removal. */
  readonly ledger: Ledger['restore']
  /** The size to give back now. */
  readonly size: number | undefined
}

/**
 * Before a removal in two writes under an external scaler its size is written down, and given back afterwards: only our own
 * decrement, never what the scaler did since (R7).
 */
function restoration(
  situation: Situation,
  external: boolean,
  leaving: readonly InstanceKey[],
  victims: readonly InstanceKey[],
): Restoration {
  const { capabilities, observed, ledger } = situation
  const nothingToRestore = { ledger: undefined, size: undefined }
  const size = observed.size?.desired
  if (!external || capabilities.removeKeepingSize === 'atomic' || size === undefined) return nothingToRestore
  const begin = { ledger: leaving.length > 0 ? { size, instances: leaving } : undefined, size: undefined }
  const pending = ledger.restore
  if (pending === undefined) return begin
  const living = pending.instances.filter((key) =>
    observed.instances.some((instance) => sameInstance(instance, key) && instance.state !== 'Terminating'),
  )
  const gone = pending.instances.length - living.length
  const taken = pending.size - size
  if (gone === 0) {
    // Until the removal shows, it stands, unless it has been given up.
    const isUnderWay = living.some((key) => isLeaving(ledger, key) || victims.some((one) => sameInstance(one, key)))
    return isUnderWay ? { ledger: pending, size: undefined } : begin
  }
  if (taken <= 0 || taken > pending.instances.length) return begin
  return { ledger: pending, size: gone >= taken ? pending.size : undefined }
}

function mayLeave({ ledger, size }: Restoration, instance: InstanceKey): boolean {
  if (ledger === undefined) return true
  return size === undefined && ledger.instances.some((one) => sameInstance(one, instance))
}

function followReplicas({ pool, observed }: Situation, external: boolean): number | undefined {
  const size = observed.size?.desired
  return external && observed.exists && size !== undefined && size !== pool.replicas ? size : undefined
}

function rolloutProgress(situation: Situation, plan: RolloutPlan, members: readonly Member[]): Pick<Ledger, 'rollout'> {
  const { revision, now, ledger } = situation
  if (revision === undefined || plan.outdated === 0) return {}
  const updated = members.filter((member) => !member.outdated && member.available).length
  const before = ledger.rollout
  if (before?.revision === revision && updated <= before.updated) return { rollout: before }
  return { rollout: { revision, updated, progressAt: now } }
}

function activityOf(facts: {
  situation: Situation
  members: readonly Member[]
  plan: RolloutPlan
  steps: readonly Departure[]
  held: readonly HeldInstance[]
  current: number
  target: number
}): Activity {
  const { situation, members, plan, steps, held, current } = facts
  const { observed, ledger } = situation
  const leaving = observed.instances.some(({ state }) => state === 'Terminating')
  const busy =
    !observed.exists ||
    !observed.complete ||
    ledger.operations.length > 0 ||
    ledger.restore !== undefined ||
    steps.length > 0 ||
    held.length > 0 ||
    leaving ||
    plan.victims.length > 0 ||
    plan.cloud !== 'leave' ||
    members.length !== current ||
    (situation.pool.externallyScaled ? false : current !== plan.target)
  if (busy) return 'inFlight'
  const starting = members.some(({ instance }) => instance.state === 'Pending' || instance.state === 'Failed')
  const rolling = plan.outdated > 0 && situation.policy.rollout.strategy !== 'OnDelete'
  return starting || rolling ? 'settling' : 'steady'
}

function deadlinesOf(
  situation: Situation,
  members: readonly Member[],
  held: readonly HeldInstance[],
  gate: Gate,
  plan: RolloutPlan,
): readonly EpochMillis[] {
  const { now, timing } = situation
  const availableAt =
    plan.outdated === 0
      ? []
      : members.flatMap(({ node, available }) =>
          !available && node?.ready === true && node.readySince !== undefined
            ? [node.readySince + timing.minReadyMs]
            : [],
        )
  const opensAt = !gate.open && gate.opensAt !== undefined && plan.outdated > 0 ? [gate.opensAt] : []
  return [...availableAt, ...opensAt, ...held.map(({ latestAt }) => latestAt)].filter(
    (at) => at > now && Number.isFinite(at),
  )
}
