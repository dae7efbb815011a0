import type { Desired, EpochMillis, InstanceKey, RolloutPolicy } from '@machinepool/contract'

import { sameInstance, type DrainRecord, type Ledger } from '../ledger.ts'
import type { EngineCondition } from './conditions.ts'
import { isListed } from './members.ts'
import { keyOf, type Departure } from './removals.ts'
import type { Activity } from './requeue.ts'
import type { Situation } from './situation.ts'

/** The engine's part of `Desired`: what `plan` translates. */
export type Wish = Omit<Desired<unknown>, 'pool' | 'resolved' | 'bootstrap'>

export interface DrainOrder extends InstanceKey {
  readonly node: string
  readonly startedAt: EpochMillis
}

/** What is to be replaced in the end, whatever of it begins now. */
export interface Replacement {
  readonly revision: string
  readonly instances: readonly InstanceKey[]
  readonly strategy: RolloutPolicy['strategy']
  /** False: they wait for somebody (a pause, an approval, a window), or go only when they go anyway. */
  readonly begins: boolean
  /** How many more, and how many fewer available ones, there may be at a time. */
  readonly surge: number
  readonly unavailable: number
}

/** What one look at a pool leads to. Data only. */
export interface Decision {
  /** `undefined`: nothing may be written to the cloud. */
  readonly wish: Wish | undefined
  /** Only these action types may be executed; `undefined`: all. A paused pool still keeps its holds alive (R28). */
  readonly onlyActions: readonly ['ExtendHold'] | undefined
  /** Nodes to work on. Each has its record in `ledger`, which must be stored before the Node is touched. */
  readonly drains: readonly DrainOrder[]
  /** Nodes that stay after all. */
  readonly uncordon: readonly { readonly node: string; readonly incarnation: string }[]
  /** Machines to delete, so that their controller drains. */
  readonly deleteMachines: readonly string[]
  readonly ledger: Ledger
  readonly conditions: readonly EngineCondition[]
  /** `undefined`: every instance is as the spec wants it, or nobody knows. */
  readonly replacement: Replacement | undefined
  /** For `spec.providerIDList`, sorted; `undefined`: leave the list as it is. */
  readonly providerIDs: readonly string[] | undefined
  /** `spec.replicas` of the MachinePool must follow the group (R7). */
  readonly followReplicas: number | undefined
  readonly provisioned: boolean
  readonly activity: Activity
  /** Moments at which time alone changes the decision. */
  readonly deadlines: readonly EpochMillis[]
  /** Deletion only: nothing of the pool is left in the cloud. */
  readonly gone: boolean
}

/** A decision that does nothing but say what is there. */
export function nothing(situation: Situation): Decision {
  const { observed } = situation
  return {
    wish: undefined,
    onlyActions: undefined,
    drains: [],
    uncordon: [],
    deleteMachines: [],
    ledger: situation.ledger,
    conditions: [],
    replacement: undefined,
    providerIDs: listedIDs(situation),
    followReplicas: undefined,
    provisioned: observed.exists && observed.owner !== 'foreign' && observed.owner !== 'unmarked',
    activity: 'steady',
    deadlines: [],
    gone: false,
  }
}

/** Wants nothing but what is: the frame for wishes that touch single instances only. */
export function idleWish(situation: Pick<Situation, 'observed' | 'revision'>): Wish {
  return {
    presence: 'present',
    size: undefined,
    revision: situation.revision ?? '',
    template: 'leave',
    stamp: false,
    remove: [],
    release: [],
    extend: [],
    hold: situation.observed.holdSet,
    rollout: 'leave',
  }
}

/** Sorted, without repetition. After an incomplete listing nothing may leave the list (R3), so it is left alone. */
function listedIDs({ observed }: Situation): readonly string[] | undefined {
  if (!observed.complete) return undefined
  return [...new Set(observed.instances.filter(isListed).map(({ providerID }) => providerID))].toSorted()
}

export function keepRecords({ ledger }: Situation, steps: readonly Departure[]): readonly DrainRecord[] {
  const records = steps.flatMap((step) => (step.record === undefined ? [] : [step.record]))
  // Stable order, so that an unchanged ledger is an unchanged annotation.
  const known = ledger.drains.flatMap((old) => records.find((record) => sameInstance(record, old)) ?? [])
  const added = records.filter((record) => !ledger.drains.some((old) => sameInstance(old, record)))
  return [...known, ...added]
}

export function drainOrders(steps: readonly Departure[]): readonly DrainOrder[] {
  return steps.flatMap((step) =>
    step.step === 'drain' ? [{ ...keyOf(step.record), node: step.node, startedAt: step.record.startedAt }] : [],
  )
}
