import type { Clock, EpochMillis } from '../../io.ts'
import type { Random } from '../random.ts'
import {
  CloudError,
  countedStates,
  type CloudBehaviour,
  type CloudErrorCode,
  type CloudGroup,
  type CloudInstance,
  type CloudInstanceState,
  type CloudOperation,
  type CloudTemplate,
} from './state.ts'

/** Everything that exists, at one moment. Plain data, so that an older moment can be kept for lagging reads. */
export interface CloudState {
  readonly groups: Map<string, CloudGroup>
  readonly instances: Map<string, CloudInstance>
  readonly templates: Map<string, CloudTemplate>
  readonly operations: Map<string, CloudOperation>
}

interface Scheduled {
  readonly at: EpochMillis
  readonly order: number
  readonly run: () => void
}

/**
 * The cloud's own life: launches, boots, terminations, holds, rollouts and operations, driven by a clock.
 *
 * Nothing happens between two looks at it: whoever looks calls `catchUp` first, which runs what is due in its order.
 */
export class World {
  readonly state: CloudState = {
    groups: new Map(),
    instances: new Map(),
    templates: new Map(),
    operations: new Map(),
  }
  behaviour: CloudBehaviour
  /** Launches per zone that still succeed; absent: without end. */
  readonly capacity = new Map<string, number>()
  /** Instances of the whole account. */
  quota = Number.POSITIVE_INFINITY
  /** Rollouts of the cloud make no step while this is true. */
  rolloutsBlocked = false
  /** The next operations end with these errors, one each. */
  readonly operationFailures: CloudErrorCode[] = []

  readonly #clock: Clock
  readonly #random: Random
  readonly #scheduled: Scheduled[] = []
  readonly #history: { readonly at: EpochMillis; readonly state: CloudState }[] = []
  #time: EpochMillis
  #order = 0
  #names = 0
  #lagMs = 0
  #scattered = false

  constructor(clock: Clock, behaviour: CloudBehaviour, random: Random) {
    this.#clock = clock
    this.#time = clock.now()
    this.#random = random
    this.behaviour = behaviour
  }

  /** The world's own time: while it catches up, the time of the event that runs. */
  get time(): EpochMillis {
    return this.#time
  }

  newName(prefix: string): string {
    this.#names += 1
    return `${prefix}-${this.#names.toString().padStart(5, '0')}`
  }

  /** Reads see the world as it was `ms` ago, or at moments since then as different copies of a cloud's state answer. */
  lag(ms: number, scattered: boolean): void {
    this.catchUp()
    if (this.#lagMs === 0 && ms > 0) this.#history.splice(0)
    this.#lagMs = ms
    this.#scattered = scattered
    this.remember()
  }

  /** What a reader sees. */
  view(): CloudState {
    this.catchUp()
    if (this.#lagMs === 0) return this.state
    const seenAt = this.#time - (this.#scattered ? this.#random.integer(this.#lagMs + 1) : this.#lagMs)
    const past = this.#history.findLast(({ at }) => at <= seenAt)
    return (past ?? this.#history[0] ?? { state: this.state }).state
  }

  /** Keeps this moment for lagging reads; called after each change. */
  remember(): void {
    if (this.#lagMs > 0) this.#history.push({ at: this.#time, state: structuredClone(this.state) })
  }

  schedule(delayMs: number, run: () => void): void {
    this.#scheduled.push({ at: this.#time + delayMs, order: this.#order++, run })
  }

  catchUp(): void {
    const now = this.#clock.now()
    for (;;) {
      const due = this.#scheduled
        .filter(({ at }) => at <= now)
        .toSorted((a, b) => a.at - b.at || a.order - b.order)
        .at(0)
      if (!due) break
      this.#scheduled.splice(this.#scheduled.indexOf(due), 1)
      this.#time = Math.max(this.#time, due.at)
      due.run()
      this.remember()
    }
    this.#time = now
  }

  members(group: string): CloudInstance[] {
    return [...this.state.instances.values()].filter((instance) => instance.group === group)
  }

  counted(group: string): CloudInstance[] {
    return this.members(group).filter(({ state }) => countedStates.has(state))
  }

  /** Starts and stops instances until the group has its size, as far as capacity and quota allow. */
  balance(group: CloudGroup): void {
    if (group.deleting) return
    group.problem = undefined
    const coming = this.members(group.name).filter(({ state, recreate }) => state === 'terminating' && recreate)
    let missing = group.desired + group.surplus - this.counted(group.name).length - coming.length
    while (missing > 0 && this.launch(group)) missing -= 1
    if (missing > 0) this.schedule(this.behaviour.retryLaunchMs, () => this.#rebalance(group.name))
    for (; missing < 0; missing++) this.#shrink(group)
    this.#fillWarmPool(group)
  }

  #rebalance(name: string): void {
    const group = this.state.groups.get(name)
    if (group) this.balance(group)
  }

  #fillWarmPool(group: CloudGroup): void {
    const warmed = this.members(group.name).filter(({ state }) => state === 'warmed')
    for (let count = warmed.length; count < group.warm; count++) {
      if (!this.#place(group, 'warmed', this.newName(group.name))) return
    }
  }

  /** The cloud's own choice: what is not up yet first, protected ones never, otherwise anyone. */
  #shrink(group: CloudGroup): void {
    const candidates = this.counted(group.name).filter((instance) => !instance.protected)
    const pending = candidates.filter(({ state }) => state === 'pending')
    const pool = pending.length > 0 ? pending : candidates
    if (pool.length > 0) this.terminate(this.#random.pick(pool))
  }

  /** Starts one instance, from the warm pool when it has one. */
  launch(group: CloudGroup, name?: string): boolean {
    const warmed = this.members(group.name).find(({ state }) => state === 'warmed')
    if (warmed && name === undefined) {
      warmed.state = 'pending'
      this.#boot(warmed)
      return true
    }
    const instance = this.#place(group, 'pending', name ?? this.newName(group.name))
    if (instance) this.#boot(instance)
    return instance !== undefined
  }

  #place(group: CloudGroup, state: CloudInstanceState, name: string): CloudInstance | undefined {
    const template = this.state.templates.get(group.template)
    if (!template) return undefined
    if (this.state.instances.size >= this.quota) {
      this.#complain(group, 'QuotaExceeded', `The account may have ${this.quota} instances.`, undefined)
      return undefined
    }
    const zone = this.#zoneFor(group)
    const left = this.capacity.get(zone)
    if (left !== undefined && left <= 0) {
      this.#complain(group, 'CapacityShortage', `No ${template.instanceType} in zone ${zone}.`, zone)
      return undefined
    }
    if (left !== undefined) this.capacity.set(zone, left - 1)
    const instance: CloudInstance = {
      name,
      providerID: `memory:///${zone}/${name}`,
      incarnation: this.newName('life'),
      group: group.name,
      zone,
      template: template.id,
      instanceType: template.instanceType,
      createdAt: this.#time,
      state,
      announced: this.behaviour.announceMs > 0,
      healthy: true,
      protected: false,
      hold: undefined,
      notice: undefined,
      recreate: false,
    }
    this.state.instances.set(name, instance)
    if (instance.announced) this.#exist(instance)
    return instance
  }

  #exist(instance: CloudInstance): void {
    this.schedule(this.behaviour.announceMs, () => {
      const current = this.state.instances.get(instance.name)
      if (current?.incarnation === instance.incarnation) current.announced = false
    })
  }

  /** The zone with the fewest instances that can take one; without any, the fewest. */
  #zoneFor(group: CloudGroup): string {
    const counted = this.counted(group.name)
    const load = (zone: string): number => counted.filter((instance) => instance.zone === zone).length
    const zones = group.zones.toSorted((a, b) => load(a) - load(b))
    return zones.find((zone) => (this.capacity.get(zone) ?? 1) > 0) ?? zones[0]!
  }

  #complain(group: CloudGroup, code: 'QuotaExceeded' | 'CapacityShortage', message: string, zone?: string): void {
    group.problem = { code, message, zone, since: this.#time }
  }

  #boot(instance: CloudInstance): void {
    this.schedule(this.behaviour.bootMs, () => {
      const current = this.state.instances.get(instance.name)
      if (current?.incarnation === instance.incarnation && current.state === 'pending') current.state = 'running'
    })
  }

  /** Begins to take an instance away; a hold of the group makes it wait. */
  terminate(instance: CloudInstance, options: { readonly recreate?: boolean } = {}): void {
    const group = this.state.groups.get(instance.group)
    instance.recreate = options.recreate === true && this.behaviour.recreatesInPlace
    const holds = group?.holdOwner !== undefined && !group.deleting
    if (this.behaviour.hold && holds && (instance.state === 'running' || instance.state === 'pending')) {
      const { heartbeatMs, maximumMs } = this.behaviour.hold
      instance.state = 'held'
      instance.hold = {
        owner: group.holdOwner!,
        expiresAt: this.#time + heartbeatMs,
        latestAt: this.#time + maximumMs,
      }
      this.#watchHold(instance)
    } else if (instance.state !== 'held' && instance.state !== 'terminating') this.finishTermination(instance)
    if (group) this.balance(group)
  }

  #watchHold(instance: CloudInstance): void {
    const wait = Math.min(instance.hold!.expiresAt, instance.hold!.latestAt) - this.#time
    this.schedule(wait, () => {
      const current = this.state.instances.get(instance.name)
      if (current?.incarnation !== instance.incarnation || !current.hold) return
      // Nobody answered in time: the default result lets the termination go on.
      if (Math.min(current.hold.expiresAt, current.hold.latestAt) <= this.#time) this.finishTermination(current)
    })
  }

  extendHold(instance: CloudInstance): void {
    if (!this.behaviour.hold || !instance.hold) throw new CloudError('NotHeld', `${instance.name} waits for nobody.`)
    instance.hold.expiresAt = this.#time + this.behaviour.hold.heartbeatMs
    this.#watchHold(instance)
  }

  /** The end of an instance: it is listed until `terminateMs` later. */
  finishTermination(instance: CloudInstance): void {
    instance.state = 'terminating'
    instance.hold = undefined
    this.schedule(this.behaviour.terminateMs, () => {
      const current = this.state.instances.get(instance.name)
      if (current?.incarnation !== instance.incarnation) return
      this.state.instances.delete(instance.name)
      this.#afterGone(current)
    })
  }

  #afterGone(instance: CloudInstance): void {
    const group = this.state.groups.get(instance.group)
    if (!group) return
    if (group.deleting) {
      if (this.members(group.name).length === 0) this.state.groups.delete(group.name)
      return
    }
    const room = group.desired + group.surplus - this.counted(group.name).length
    if (instance.recreate && room > 0) this.launch(group, instance.name)
    this.balance(group)
  }

  deleteGroup(group: CloudGroup): void {
    group.deleting = true
    group.desired = 0
    group.holdOwner = undefined
    for (const instance of this.members(group.name)) {
      if (instance.state !== 'terminating') this.finishTermination(instance)
    }
    if (this.members(group.name).length === 0) this.state.groups.delete(group.name)
  }

  startRollout(group: CloudGroup): void {
    group.rollout = {
      id: this.newName('rollout'),
      state: 'InProgress',
      template: group.template,
      startedAt: this.#time,
    }
    this.#rolloutStep(group.name, group.rollout.id)
  }

  /** Replaces one outdated instance at a time, and only while the group has its full size. */
  #rolloutStep(name: string, id: string): void {
    const group = this.state.groups.get(name)
    if (group?.rollout?.id !== id || group.rollout.state !== 'InProgress') return
    const counted = this.counted(name)
    const outdated = counted.filter(({ template }) => template !== group.rollout!.template)
    const leaving = this.members(name).some(({ state }) => state === 'held' || state === 'terminating')
    const full = counted.length >= group.desired && counted.every(({ state }) => state !== 'pending') && !leaving
    if (outdated.length === 0 && full) {
      group.rollout.state = 'Successful'
      return
    }
    if (full && !this.rolloutsBlocked) this.terminate(outdated[0]!, { recreate: true })
    this.schedule(this.behaviour.rolloutStepMs, () => this.#rolloutStep(name, id))
  }

  /**
   * Runs a write on a group: at once, or as an operation that ends later. A repeated token finds its running operation.
   * @returns the operation's id, when there is one
   */
  write(group: string, token: string, effect: () => void): string | undefined {
    const running = [...this.state.operations.values()].filter((one) => one.status === 'running')
    const repeated = running.find((operation) => operation.token === token)
    if (repeated) return repeated.id
    if (running.some((operation) => operation.group === group))
      throw new CloudError('OperationInProgress', `Group ${group} is busy with another operation.`)
    if (this.behaviour.operationMs === 0) {
      effect()
      return undefined
    }
    const operation: CloudOperation = {
      id: this.newName('operation'),
      token,
      group,
      status: 'running',
      error: undefined,
    }
    this.state.operations.set(operation.id, operation)
    this.schedule(this.behaviour.operationMs, () => this.#finishOperation(operation.id, effect))
    return operation.id
  }

  #finishOperation(id: string, effect: () => void): void {
    const operation = this.state.operations.get(id)
    if (!operation) return
    const failure = this.operationFailures.shift()
    try {
      if (failure) throw new CloudError(failure, `Operation ${id} failed: ${failure}.`)
      effect()
      operation.status = 'done'
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      operation.status = 'failed'
      operation.error = { code: error.code, message: error.message }
    }
  }
}
