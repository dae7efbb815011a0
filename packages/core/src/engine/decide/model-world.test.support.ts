import type { Instance, Observation } from '@machinepool/contract'

import type { DrainProgress } from '../../drain/progress.ts'
import { decide } from './decide.ts'
import type { Decision } from './decision.ts'
import { old, wish } from './arbitrary-situation.test.support.ts'
import type { NodeState, Situation } from './situation.ts'

const tickMs = 10_000
/** After so many ticks people have lifted protections, started what they had stopped, and so on. */
const patience = 6

const counted: ReadonlySet<Instance['state']> = new Set(['Pending', 'Running', 'Stopped', 'Failed', 'Unknown'])

/**
 * The least that a cloud, its Nodes and people do with decisions, so that they can be followed from any situation to the end.
 * Drains succeed within one tick; launched instances run after one and their Nodes are ready after two.
 */
export class ModelWorld {
  situation: Situation
  ticks = 0
  #launched = 0

  constructor(situation: Situation) {
    this.situation = situation
  }

  get members(): readonly Instance[] {
    return this.situation.observed.instances.filter(({ state }) => counted.has(state))
  }

  get desired(): number {
    return this.situation.observed.size?.desired ?? 0
  }

  /** One look and everything that follows from it. Returns what was decided. */
  tick(): Decision {
    const first = decide(this.situation)
    const drains = first.drains.map(({ incarnation, node }): [string, DrainProgress] => [
      incarnation,
      { node, phase: 'done', podsLeft: 0, blocked: [], volumesLeft: 0 },
    ])
    // What was drained in this very pass is decided on again, as in the reconcile.
    const decision = decide({ ...this.situation, drains: new Map(drains) })
    this.situation = { ...this.situation, ledger: decision.ledger, drains: new Map() }
    this.#write(decision)
    this.#live()
    this.ticks += 1
    return { ...decision, drains: first.drains }
  }

  #change(change: Partial<Observation>): void {
    this.situation = { ...this.situation, observed: { ...this.situation.observed, ...change } }
  }

  #write({ wish: wanted, onlyActions }: Decision): void {
    if (wanted === undefined || onlyActions !== undefined) return
    const { observed, capabilities } = this.situation
    if (wanted.template === 'apply')
      this.#change({ templates: [{ id: 't', current: true, revision: wanted.revision }] })
    if (wanted.rollout === 'start') {
      this.#change({ rollout: { id: 'r', state: 'InProgress', revision: wanted.revision } })
    }
    if (wanted.rollout === 'cancel' && observed.rollout) {
      this.#change({ rollout: { ...observed.rollout, state: 'Cancelled' } })
    }
    const going = new Map(wanted.remove.map(({ instance, keepSize }) => [instance.incarnation, keepSize]))
    for (const { incarnation } of wanted.release) going.set(incarnation, true)
    this.#terminate((instance) => going.has(instance.incarnation))
    const shrinks = [...going.values()].filter((keepSize) => !keepSize).length
    const twice = capabilities.removeKeepingSize === 'twoWrites'
    // Where a removal always takes its place with it, the size is given back by a later decision.
    const lost = twice ? wanted.remove.length : shrinks
    const asked = wanted.size
    this.#resize(asked !== undefined && going.size === 0 ? asked : this.desired - lost)
  }

  #resize(desired: number): void {
    const { observed } = this.situation
    this.#change({ size: { ...observed.size!, desired } })
  }

  #terminate(goes: (instance: Instance) => boolean): void {
    this.#change({
      instances: this.situation.observed.instances.map((instance) => {
        const { hold: _hold, notice: _notice, ...rest } = instance
        return goes(instance) ? { ...rest, state: 'Terminating' as const } : instance
      }),
    })
  }

  /** What happens by itself in a tick. */
  #live(): void {
    const now = this.situation.now + tickMs
    const gone = this.situation.observed.instances.filter(({ state }) => state === 'Terminating')
    this.situation = { ...this.situation, now, nodes: this.#nodes(now, gone) }
    this.#change({
      instances: this.situation.observed.instances
        .filter((instance) => !gone.includes(instance))
        .flatMap((instance) => this.#age(instance)),
      operations: this.situation.ledger.operations.map(({ id }) => ({ id, status: 'done' as const })),
      observedAt: now,
    })
    this.#cloudRolls()
    this.#balance()
  }

  #age(instance: Instance): readonly Instance[] {
    const { announced, notice, ...present } = instance
    const rest = this.ticks < patience ? present : { ...present, protected: false }
    if (notice !== undefined && this.ticks >= 1) return [{ ...rest, state: 'Terminating' }]
    if (announced === true) return [{ ...rest, incarnation: `${rest.incarnation}-made` }]
    switch (instance.state) {
      case 'Pending':
        return [{ ...rest, state: 'Running' }]
      case 'Failed':
        // Where nobody can choose an instance the cloud itself replaces what failed.
        return this.situation.capabilities.removeChosen ? [rest] : [{ ...rest, state: 'Terminating' }]
      case 'TerminationHeld':
        return [this.ticks > 2 * patience ? { ...rest, state: 'Terminating' } : rest]
      case 'Unknown':
      case 'Stopped':
      case 'Standby':
        return [this.ticks < patience ? rest : { ...rest, state: 'Running' }]
      case 'Retained':
        return this.ticks < patience ? [rest] : []
      default:
        return [notice === undefined ? rest : { ...rest, notice }]
    }
  }

  #nodes(now: number, gone: readonly Instance[]): ReadonlyMap<string, NodeState> {
    const { nodes = new Map<string, NodeState>(), observed } = this.situation
    const next = new Map(nodes)
    for (const { providerID } of gone) next.delete(providerID)
    for (const { providerID, state } of observed.instances) {
      const node = next.get(providerID)
      if (state !== 'Running' || node?.ready === true) continue
      const deleteFirst = node?.deleteFirst ?? false
      next.set(providerID, {
        name: `node-${providerID}`,
        ready: true,
        readySince: now,
        unreachable: false,
        deleteFirst,
      })
    }
    return next
  }

  /** The cloud's own rollout replaces one instance at a time. */
  #cloudRolls(): void {
    const { observed, capabilities } = this.situation
    const current = observed.templates[0]?.revision
    const isRunning = observed.rollout?.state === 'InProgress' || capabilities.cloudRollout === 'always'
    if (!isRunning) return
    const next = this.members.find((one) => one.revision === old && one.revision !== current && !one.protected)
    if (next) this.#terminate(({ incarnation }) => incarnation === next.incarnation)
    else if (observed.rollout) this.#change({ rollout: { ...observed.rollout, state: 'Successful' } })
  }

  /** The group has its size: launched from the live template; what is too many goes where only the cloud chooses. */
  #balance(): void {
    const { capabilities } = this.situation
    const missing = this.desired - this.members.length
    const launched = Array.from({ length: Math.max(0, missing) }, () => this.#launch())
    this.#change({ instances: [...this.situation.observed.instances, ...launched] })
    // What a cloud has started above the size, it ends itself.
    if (missing < 0 && (capabilities.resizeRemovesLive || this.ticks > patience)) {
      const victims = this.members.slice(missing).map(({ incarnation }) => incarnation)
      this.#terminate(({ incarnation }) => victims.includes(incarnation))
    }
  }

  #launch(): Instance {
    this.#launched += 1
    const name = `new-${this.#launched}`
    return {
      providerID: name,
      incarnation: name,
      state: 'Pending',
      zone: 'a',
      revision: this.situation.observed.templates[0]?.revision ?? wish,
      addresses: [],
      createdAt: this.situation.now,
      health: 'Healthy',
      protected: false,
    }
  }
}
