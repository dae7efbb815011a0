import type { Sensitive } from '../../sensitive.ts'
import { killed, outage, type CallMonitor, type CallRecord } from './faults.ts'
import {
  CloudError,
  shownIncarnation,
  type CloudGroup,
  type CloudInstance,
  type CloudOperation,
  type CloudTemplate,
} from './state.ts'
import type { World } from './world.ts'

/** What the account may do, for credential faults. */
export interface Account {
  credentials: 'valid' | 'expired'
  /** Calls that are refused for want of a permission. */
  readonly denied: Set<string>
  /** Images by name. */
  readonly images: Map<string, string>
  /** User data by its hash, where no listing shows it. */
  readonly userData: Map<string, Sensitive>
}

export interface NewTemplate {
  readonly tags: Readonly<Record<string, string>>
  readonly image: string
  readonly instanceType: string
  readonly userDataHash: string
  readonly userData: Sensitive | undefined
  readonly token: string
}

export interface NewGroup {
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly template: string
  readonly desired: number
  readonly min: number
  readonly max: number
  readonly zones: readonly string[]
  readonly token: string
}

export interface GroupChange {
  readonly template?: string
  readonly min?: number
  readonly max?: number
  readonly zones?: readonly string[]
}

/** A write's answer: the id of the operation that goes on, or nothing when it is done. */
export interface WriteAnswer {
  readonly operation?: string
}

export interface InstancePage {
  readonly items: readonly CloudInstance[]
  readonly next: string | undefined
}

/** Names one life of one instance, as a precondition of a write. */
export interface InstanceName {
  readonly name: string
  readonly incarnation: string
}

/**
 * The cloud's API as one process sees it: the SDK of this cloud. Reads may lag behind (eventual consistency), writes never
 * do. Every method may throw `CloudError`.
 */
export class CloudConnection {
  readonly #world: World
  readonly #monitor: CallMonitor
  readonly #account: Account
  #dead = false

  constructor(world: World, monitor: CallMonitor, account: Account) {
    this.#world = world
    this.#monitor = monitor
    this.#account = account
  }

  getGroups(names: readonly string[], signal: AbortSignal): Promise<readonly CloudGroup[]> {
    return this.#read('GetGroups', signal, () => names.flatMap((name) => this.#world.view().groups.get(name) ?? []))
  }

  listInstances(group: string, page: string | undefined, signal: AbortSignal): Promise<InstancePage> {
    return this.#read('ListInstances', signal, () => {
      const all = [...this.#world.view().instances.values()].filter((instance) => instance.group === group)
      const start = Number(page ?? 0)
      const end = start + this.#world.behaviour.pageSize
      return { items: all.slice(start, end), next: end < all.length ? String(end) : undefined }
    })
  }

  /** Never lags: clouds answer for a single instance by its name from the source. */
  getInstance(name: string, signal: AbortSignal): Promise<CloudInstance | undefined> {
    return this.#read('GetInstance', signal, () => {
      this.#world.catchUp()
      return this.#world.state.instances.get(name)
    })
  }

  listTemplates(tags: Readonly<Record<string, string>>, signal: AbortSignal): Promise<readonly CloudTemplate[]> {
    return this.#read('ListTemplates', signal, () =>
      [...this.#world.view().templates.values()].filter((template) =>
        Object.entries(tags).every(([key, value]) => template.tags[key] === value),
      ),
    )
  }

  getTemplate(id: string, signal: AbortSignal): Promise<CloudTemplate | undefined> {
    return this.#read('GetTemplate', signal, () => this.#world.view().templates.get(id))
  }

  /** @throws NoSuchImage */
  getImage(name: string, signal: AbortSignal): Promise<string> {
    return this.#read('GetImage', signal, () => {
      const image = this.#account.images.get(name)
      if (image === undefined) throw new CloudError('NoSuchImage', `There is no image ${name}.`)
      return image
    })
  }

  getOperation(id: string, signal: AbortSignal): Promise<CloudOperation> {
    return this.#read('GetOperation', signal, () => {
      this.#world.catchUp()
      const operation = this.#world.state.operations.get(id)
      if (!operation) throw new CloudError('NoSuchOperation', `There is no operation ${id}.`)
      return operation
    })
  }

  /** A repeated token finds the template it made. */
  createTemplate(template: NewTemplate, signal: AbortSignal): Promise<CloudTemplate> {
    return this.#write('CreateTemplate', signal, () => {
      const { templates } = this.#world.state
      const made = [...templates.values()].find(({ token }) => token === template.token)
      if (made) return made
      const { userData, ...visible } = template
      if (userData) this.#account.userData.set(template.userDataHash, userData)
      const id = this.#world.newName('template')
      const created = { ...visible, id, tags: { ...template.tags }, createdAt: this.#world.time }
      templates.set(id, created)
      return created
    })
  }

  tagTemplate(id: string, tags: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    return this.#write('TagTemplate', signal, () => {
      const template = this.#world.state.templates.get(id)
      if (!template) throw new CloudError('NoSuchTemplate', `There is no template ${id}.`)
      Object.assign(template.tags, tags)
    })
  }

  deleteTemplate(id: string, signal: AbortSignal): Promise<void> {
    return this.#write('DeleteTemplate', signal, () => {
      const { groups, templates } = this.#world.state
      if (!templates.has(id)) throw new CloudError('NoSuchTemplate', `There is no template ${id}.`)
      const user = [...groups.values()].find(({ template }) => template === id)
      if (user) throw new CloudError('TemplateInUse', `Template ${id} is used by group ${user.name}.`)
      templates.delete(id)
    })
  }

  createGroup(group: NewGroup, signal: AbortSignal): Promise<WriteAnswer> {
    return this.#write('CreateGroup', signal, () => {
      const { groups, templates } = this.#world.state
      if (groups.has(group.name)) throw new CloudError('GroupExists', `There is a group ${group.name}.`)
      if (!templates.has(group.template)) throw new CloudError('NoSuchTemplate', `No template ${group.template}.`)
      checkSize(group.desired, group)
      const { token, ...settings } = group
      return this.#answer(group.name, token, () => {
        const created: CloudGroup = {
          ...settings,
          tags: { ...group.tags },
          holdOwner: undefined,
          autoscaled: false,
          warm: 0,
          surplus: 0,
          deleting: false,
          rollout: undefined,
          problem: undefined,
          createdAt: this.#world.time,
        }
        groups.set(group.name, created)
        this.#world.balance(created)
      })
    })
  }

  updateGroup(name: string, change: GroupChange, token: string, signal: AbortSignal): Promise<WriteAnswer> {
    return this.#write('UpdateGroup', signal, () => {
      const group = this.#group(name)
      const bounds = { min: change.min ?? group.min, max: change.max ?? group.max }
      if (bounds.min > bounds.max) throw new CloudError('BadRequest', 'min is greater than max.')
      return this.#answer(name, token, () => {
        const rolls = change.template !== undefined && change.template !== group.template
        Object.assign(group, change)
        group.desired = Math.min(Math.max(group.desired, group.min), group.max)
        if (rolls && this.#world.behaviour.rollout === 'always') this.#world.startRollout(group)
        this.#world.balance(group)
      })
    })
  }

  resize(name: string, desired: number, token: string, signal: AbortSignal): Promise<WriteAnswer> {
    return this.#write('Resize', signal, () => {
      const group = this.#group(name)
      checkSize(desired, group)
      return this.#answer(name, token, () => {
        group.desired = desired
        this.#world.balance(group)
      })
    })
  }

  /**
   * Takes away exactly these instances; `shrink` lowers the size with each. Instances that are leaving already, or are
   * gone, are passed over.
   */
  removeInstances(
    name: string,
    instances: readonly InstanceName[],
    options: { readonly shrink: boolean; readonly token: string },
    signal: AbortSignal,
  ): Promise<WriteAnswer> {
    return this.#write('RemoveInstances', signal, () => {
      const group = this.#group(name)
      const { removal } = this.#world.behaviour
      if (removal === 'none') throw new CloudError('NotImplemented', 'Instances cannot be chosen.')
      if (removal === 'shrinkOnly' && !options.shrink) {
        throw new CloudError('NotImplemented', 'An instance is removed together with its place.')
      }
      const here = instances.filter((each) => this.#isThere(group, each))
      if (here.length === 0) return {}
      return this.#answer(name, options.token, () => {
        for (const { name: instanceName, incarnation } of here) {
          const instance = this.#world.state.instances.get(instanceName)
          if (!instance || shownIncarnation(instance) !== incarnation || isLeaving(instance)) continue
          if (options.shrink) group.desired = Math.max(0, group.desired - 1)
          this.#world.terminate(instance, { recreate: !options.shrink })
        }
      })
    })
  }

  setHold(name: string, owner: string | undefined, signal: AbortSignal): Promise<void> {
    return this.#write('SetHold', signal, () => {
      if (!this.#world.behaviour.hold) throw new CloudError('NotImplemented', 'Terminations cannot be held.')
      this.#group(name).holdOwner = owner
    })
  }

  extendHold(instance: InstanceName, signal: AbortSignal): Promise<void> {
    return this.#write('ExtendHold', signal, () => this.#world.extendHold(this.#held(instance)))
  }

  releaseHold(instance: InstanceName, signal: AbortSignal): Promise<void> {
    return this.#write('ReleaseHold', signal, () => this.#world.finishTermination(this.#held(instance)))
  }

  startRollout(name: string, token: string, signal: AbortSignal): Promise<WriteAnswer> {
    return this.#write('StartRollout', signal, () => {
      const group = this.#group(name)
      if (this.#world.behaviour.rollout === 'none') throw new CloudError('NotImplemented', 'No rollouts here.')
      if (group.rollout?.state === 'InProgress') throw new CloudError('OperationInProgress', 'A rollout is running.')
      return this.#answer(name, token, () => this.#world.startRollout(group))
    })
  }

  cancelRollout(name: string, id: string, signal: AbortSignal): Promise<void> {
    return this.#write('CancelRollout', signal, () => {
      const { rollout } = this.#group(name)
      if (rollout?.id === id && rollout.state === 'InProgress') rollout.state = 'Cancelled'
    })
  }

  tagGroup(
    name: string,
    set: Readonly<Record<string, string>>,
    remove: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    return this.#write('TagGroup', signal, () => {
      const group = this.#group(name)
      const kept = Object.entries(group.tags).filter(([key]) => !remove.includes(key))
      group.tags = { ...Object.fromEntries(kept), ...set }
    })
  }

  deleteGroup(name: string, token: string, signal: AbortSignal): Promise<WriteAnswer> {
    return this.#write('DeleteGroup', signal, () => {
      const group = this.#group(name)
      if (group.deleting) return {}
      return this.#answer(name, token, () => this.#world.deleteGroup(group))
    })
  }

  #answer(group: string, token: string, effect: () => void): WriteAnswer {
    const operation = this.#world.write(group, token, effect)
    return operation === undefined ? {} : { operation }
  }

  #group(name: string): CloudGroup {
    const group = this.#world.state.groups.get(name)
    if (!group) throw new CloudError('NoSuchGroup', `There is no group ${name}.`)
    return group
  }

  /** False when it is gone or going. @throws IncarnationChanged */
  #isThere(group: CloudGroup, { name, incarnation }: InstanceName): boolean {
    const instance = this.#world.state.instances.get(name)
    if (!instance || instance.group !== group.name) return false
    if (shownIncarnation(instance) !== incarnation) {
      throw new CloudError('IncarnationChanged', `${name} is ${instance.incarnation} by now, not ${incarnation}.`)
    }
    return !isLeaving(instance)
  }

  #held({ name, incarnation }: InstanceName): CloudInstance {
    const instance = this.#world.state.instances.get(name)
    if (!instance) throw new CloudError('NoSuchInstance', `There is no instance ${name}.`)
    if (instance.incarnation !== incarnation) {
      throw new CloudError('IncarnationChanged', `${name} is ${instance.incarnation} by now, not ${incarnation}.`)
    }
    if (instance.state !== 'held') throw new CloudError('NotHeld', `${name} waits for nobody.`)
    return instance
  }

  #read<T>(call: string, signal: AbortSignal, answer: () => T): Promise<T> {
    return this.#call(call, false, signal, answer)
  }

  #write<T>(call: string, signal: AbortSignal, effect: () => T): Promise<T> {
    return this.#call(call, true, signal, () => {
      this.#world.catchUp()
      const result = effect()
      this.#world.remember()
      return result
    })
  }

  async #call<T>(call: string, write: boolean, signal: AbortSignal, work: () => T): Promise<T> {
    if (this.#dead) throw killed()
    signal.throwIfAborted()
    this.#world.catchUp()
    const record: CallRecord = { at: this.#world.time, call, write, outcome: 'ok' }
    this.#monitor.log.push(record)
    const fault = this.#monitor.meet(call, write)
    if (fault === 'hang') return this.#hang(record, signal)
    if (fault === 'killBefore') throw this.#die(record)
    try {
      if (typeof fault === 'object') throw new CloudError(fault.error, `${call} was refused: ${fault.error}.`)
      if (this.#account.credentials === 'expired') throw new CloudError('BadCredentials', 'The token has expired.')
      if (this.#account.denied.has(call)) throw new CloudError('AccessDenied', `The identity may not ${call}.`)
      // Cloned: what a caller gets is a copy, as over a wire.
      const result = structuredClone(work())
      if (fault === 'killAfter') throw this.#die(record)
      if (fault === 'loseAnswer') {
        record.outcome = 'answer lost'
        throw outage()
      }
      return result
    } catch (error) {
      if (error instanceof CloudError && record.outcome === 'ok') record.outcome = error.code
      throw error
    }
  }

  #die(record: CallRecord): Error {
    this.#dead = true
    record.outcome = 'killed'
    return killed()
  }

  #hang(record: CallRecord, signal: AbortSignal): Promise<never> {
    record.outcome = 'hung'
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
  }
}

function isLeaving(instance: CloudInstance): boolean {
  return instance.state === 'terminating' || instance.state === 'held'
}

function checkSize(desired: number, { min, max }: { readonly min: number; readonly max: number }): void {
  if (desired >= min && desired <= max) return
  throw new CloudError('BadRequest', `Desired size ${desired} is not between ${min} and ${max}.`)
}
