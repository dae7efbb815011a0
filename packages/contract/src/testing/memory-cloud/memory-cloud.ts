import type { Clock } from '../../io.ts'
import { createRandom } from '../random.ts'
import { CloudConnection, type Account } from './connection.ts'
import { CallMonitor, type CallRecord, type Fault } from './faults.ts'
import type { CloudBehaviour, CloudErrorCode, CloudGroup, CloudInstance, CloudTemplate } from './state.ts'
import { World } from './world.ts'

export interface MemoryCloudOptions {
  readonly clock: Clock
  readonly behaviour?: Partial<CloudBehaviour>
  /** Of everything the cloud chooses itself. Default 1. */
  readonly seed?: number
}

/** A group as somebody else made it. */
export interface ForeignGroup {
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly desired: number
  readonly min: number
  readonly max: number
  readonly image: string
  readonly instanceType: string
  readonly templateTags?: Readonly<Record<string, string>>
}

const defaultBehaviour: CloudBehaviour = {
  bootMs: 30_000,
  announceMs: 0,
  terminateMs: 20_000,
  pageSize: 50,
  operationMs: 0,
  rolloutStepMs: 10_000,
  hold: { heartbeatMs: 300_000, maximumMs: 3_600_000 },
  removal: 'keepOrShrink',
  recreatesInPlace: false,
  rollout: 'onRequest',
  retryLaunchMs: 10_000,
  zones: ['a', 'b', 'c'],
}

/**
 * A cloud in memory, on a clock that the test drives: groups of instances made from templates, with boot time, terminations
 * that wait, rollouts, long operations, quotas, capacity, lag, faults and kill points. The calls go through `connect`; all
 * other methods are the test's hand in the cloud.
 */
export class MemoryCloud {
  readonly #world: World
  readonly #monitor = new CallMonitor()
  readonly #account: Account = {
    credentials: 'valid',
    denied: new Set(),
    images: new Map([
      ['stable', 'image-1'],
      ['next', 'image-2'],
    ]),
    userData: new Map(),
  }

  constructor(options: MemoryCloudOptions) {
    const behaviour = { ...defaultBehaviour, ...options.behaviour }
    this.#world = new World(options.clock, behaviour, createRandom(options.seed ?? 1))
  }

  /** A new process's connection. */
  connect(): CloudConnection {
    return new CloudConnection(this.#world, this.#monitor, this.#account)
  }

  get behaviour(): CloudBehaviour {
    return this.#world.behaviour
  }

  set behaviour(behaviour: CloudBehaviour) {
    this.#world.behaviour = behaviour
  }

  // What is there, without lag and without a call.

  group(name: string): CloudGroup | undefined {
    this.#world.catchUp()
    return structuredClone(this.#world.state.groups.get(name))
  }

  groups(): CloudGroup[] {
    this.#world.catchUp()
    return structuredClone([...this.#world.state.groups.values()])
  }

  instances(group: string): CloudInstance[] {
    this.#world.catchUp()
    return structuredClone(this.#world.members(group))
  }

  templates(): CloudTemplate[] {
    this.#world.catchUp()
    return structuredClone([...this.#world.state.templates.values()])
  }

  /** The user data that new instances of a template get. */
  userDataOf(template: string): string | undefined {
    const hash = this.#world.state.templates.get(template)?.userDataHash
    return hash === undefined ? undefined : this.#account.userData.get(hash)?.reveal()
  }

  // Calls.

  get calls(): readonly CallRecord[] {
    return this.#monitor.log
  }

  /** Writes that were answered `ok`, or that took effect without anybody learning of it. */
  get writes(): readonly CallRecord[] {
    return this.calls.filter(({ write, outcome }) => write && (outcome === 'ok' || outcome === 'answer lost'))
  }

  count(call: string): number {
    return this.calls.filter((record) => record.call === call).length
  }

  // Trouble.

  arm(fault: Fault): void {
    this.#monitor.arm(fault)
  }

  disarm(): void {
    this.#monitor.disarm()
  }

  /** Reads see the world as it was `ms` ago; `scattered`: each one another moment since then, so that time goes back and forth. */
  lag(ms: number, options: { readonly scattered?: boolean } = {}): void {
    this.#world.lag(ms, options.scattered ?? false)
  }

  expireCredentials(): void {
    this.#account.credentials = 'expired'
  }

  renewCredentials(): void {
    this.#account.credentials = 'valid'
  }

  deny(call: string): void {
    this.#account.denied.add(call)
  }

  allow(call: string): void {
    this.#account.denied.delete(call)
  }

  setQuota(instances: number): void {
    this.#world.quota = instances
  }

  /** How many launches a zone still allows; `undefined` lifts the limit. */
  setCapacity(zone: string, launches: number | undefined): void {
    if (launches === undefined) this.#world.capacity.delete(zone)
    else this.#world.capacity.set(zone, launches)
  }

  blockRollouts(blocked: boolean): void {
    this.#world.rolloutsBlocked = blocked
  }

  /** The next long operation ends with this error. */
  failNextOperation(code: CloudErrorCode): void {
    this.#world.operationFailures.push(code)
  }

  setImage(name: string, image: string | undefined): void {
    if (image === undefined) this.#account.images.delete(name)
    else this.#account.images.set(name, image)
  }

  // The cloud's own doings, and other people's.

  /** A termination that the cloud begins, such as for rebalancing: it waits where a hold is set. */
  terminate(instance: string): void {
    this.#change(instance, (found) => this.#world.terminate(found))
  }

  /** The machine is lost at once: nothing can be held. */
  lose(instance: string): void {
    this.#change(instance, (found) => {
      this.#world.finishTermination(found)
      const group = this.#world.state.groups.get(found.group)
      if (group) this.#world.balance(group)
    })
  }

  /** The same name, another life: the cloud replaced the machine in its place. */
  recreate(instance: string): void {
    this.#change(instance, (found) => {
      const group = this.#world.state.groups.get(found.group)
      this.#world.state.instances.delete(found.name)
      if (group) this.#world.launch(group, found.name)
    })
  }

  /** Announces a spot interruption and terminates after the notice time. */
  interrupt(instance: string, noticeMs = 120_000): void {
    this.#change(instance, (found) => {
      found.notice = { reason: 'SpotInterruption', at: this.#world.time + noticeMs }
      this.#world.schedule(noticeMs, () => {
        const current = this.#world.state.instances.get(found.name)
        if (current?.incarnation === found.incarnation) this.#world.terminate(current)
      })
    })
  }

  /** Starts an instance above the desired size, as a cloud does when it moves load between zones, and ends another later. */
  rebalance(group: string, afterMs = 120_000): void {
    this.#changeGroup(group, (found) => {
      found.surplus += 1
      this.#world.balance(found)
      this.#world.schedule(afterMs, () => {
        found.surplus -= 1
        this.#world.balance(found)
      })
    })
  }

  setState(instance: string, state: 'running' | 'stopped' | 'standby' | 'retained' | 'failed'): void {
    this.#change(instance, (found) => {
      found.state = state
      found.healthy = state !== 'failed'
    })
  }

  setHealthy(instance: string, healthy: boolean): void {
    this.#change(instance, (found) => {
      found.healthy = healthy
    })
  }

  protect(instance: string, isProtected: boolean): void {
    this.#change(instance, (found) => {
      found.protected = isProtected
    })
  }

  setWarmPool(group: string, size: number): void {
    this.#changeGroup(group, (found) => {
      found.warm = size
      this.#world.balance(found)
    })
  }

  /** A cloud autoscaler takes the group's size over and sets it; `undefined` takes the autoscaler away. */
  autoscale(group: string, desired: number | undefined): void {
    this.#changeGroup(group, (found) => {
      found.autoscaled = desired !== undefined
      found.desired = desired ?? found.desired
      this.#world.balance(found)
    })
  }

  /** Somebody changes the group by hand. */
  edit(group: string, change: Partial<Pick<CloudGroup, 'desired' | 'min' | 'max' | 'tags' | 'holdOwner'>>): void {
    this.#changeGroup(group, (found) => {
      Object.assign(found, change)
      this.#world.balance(found)
    })
  }

  /** Makes a group that another program made: upstream's controllers, a person, another installation. */
  plant(foreign: ForeignGroup): void {
    this.#world.catchUp()
    const { name, tags, desired, min, max, image, instanceType } = foreign
    const template: CloudTemplate = {
      id: this.#world.newName('template'),
      tags: { ...foreign.templateTags },
      image,
      instanceType,
      userDataHash: 'unknown',
      token: this.#world.newName('token'),
      createdAt: this.#world.time,
    }
    this.#world.state.templates.set(template.id, template)
    const group: CloudGroup = {
      name,
      tags: { ...tags },
      desired,
      min,
      max,
      template: template.id,
      zones: this.#world.behaviour.zones,
      holdOwner: undefined,
      autoscaled: false,
      warm: 0,
      surplus: 0,
      deleting: false,
      rollout: undefined,
      problem: undefined,
      createdAt: this.#world.time,
    }
    this.#world.state.groups.set(name, group)
    this.#world.balance(group)
    this.#world.remember()
  }

  #change(name: string, change: (instance: CloudInstance) => void): void {
    this.#world.catchUp()
    const instance = this.#world.state.instances.get(name)
    if (!instance) throw new RangeError(`There is no instance ${name}.`)
    change(instance)
    this.#world.remember()
  }

  #changeGroup(name: string, change: (group: CloudGroup) => void): void {
    this.#world.catchUp()
    const group = this.#world.state.groups.get(name)
    if (!group) throw new RangeError(`There is no group ${name}.`)
    change(group)
    this.#world.remember()
  }
}

export function createMemoryCloud(options: MemoryCloudOptions): MemoryCloud {
  return new MemoryCloud(options)
}
