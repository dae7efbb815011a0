import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'

import type { Action } from '../../actions.ts'
import type { Desired, Removal } from '../../desired.ts'
import { errorBehaviours, ProviderError } from '../../errors.ts'
import type { ActionResult } from '../../infra-machine-pool.ts'
import type { Io } from '../../io.ts'
import type { Instance, InstanceKey } from '../../instance.ts'
import type { Observation } from '../../observation.ts'
import type { Operation } from '../../operations.ts'
import type { BootstrapData, PoolRef } from '../../pool.ts'
import { Sensitive } from '../../sensitive.ts'
import { createRecordingIo, type LogLine } from '../recording-io.ts'
import type { ConformanceHarness } from './harness.ts'

/** What a case asks for; the rest is as an engine would decide it. */
export interface Wish {
  readonly presence?: 'present' | 'absent'
  /** `undefined`, written out: leave the size alone (R7). */
  readonly size?: number | undefined
  readonly bootstrap?: BootstrapData
  readonly remove?: readonly Removal[]
  readonly release?: 'all' | 'none'
  readonly extend?: readonly InstanceKey[]
  readonly hold?: boolean
  readonly template?: 'apply' | 'leave'
  readonly rollout?: 'start' | 'cancel' | 'leave'
  /** Replace outdated instances one by one. Default false. */
  readonly roll?: boolean
}

/** Bootstrap data whose content names itself, so that a leak is found by its text. */
export function bootstrapData(secretName = 'default/np-boot', content = 'join-token-alpha'): BootstrapData {
  const text = `#cloud-config\n# secret: ${content}\n`
  return {
    secretName,
    format: 'cloud-config',
    data: new Sensitive(text),
    contentHash: createHash('sha256').update(text).digest('hex'),
  }
}

const liveStates: ReadonlySet<string> = new Set(['Pending', 'Running', 'Stopped', 'Failed', 'Unknown'])

/** Instances that hold a place of the group's size. */
export function live(observed: Observation): readonly Instance[] {
  return observed.instances.filter(({ state }) => liveStates.has(state))
}

export function keyOf({ providerID, incarnation }: InstanceKey): InstanceKey {
  return { providerID, incarnation }
}

/** Called after an action was executed; a case can repeat it, kill the process, and so on. */
export type AfterAction = (action: Action, pool: PoolRef) => Promise<void> | void

const maximumRounds = 150

/**
 * The smallest engine that can drive a provider: no drain, no budget, no policy beyond what a case asks for. It keeps what an
 * engine would persist (recorded identifier and location, running operations) in `pool`.
 */
export class Drive {
  readonly harness: ConformanceHarness
  readonly lines: LogLine[] = []
  /** Every action that was planned, in order. */
  readonly planned: Action[] = []
  /** Errors that the drive waited out. */
  readonly errors: ProviderError[] = []
  pool: PoolRef
  #lastKey = ''

  constructor(harness: ConformanceHarness, overrides: Partial<PoolRef> = {}) {
    this.harness = harness
    this.pool = {
      key: { namespace: 'default', name: 'np' },
      cluster: harness.cluster,
      managementId: 'management-1',
      spec: harness.specs.base,
      annotations: {},
      replicas: undefined,
      version: 'v1.34.0',
      failureDomains: [],
      recorded: {},
      adopt: false,
      externallyScaled: false,
      operations: [],
      ...overrides,
    }
  }

  io(overrides: Partial<Pick<Io, 'signal' | 'maxAgeMs'>> = {}): Io {
    return createRecordingIo({ clock: this.harness.clock, lines: this.lines, ...overrides })
  }

  async observe(io = this.io()): Promise<Observation> {
    return (await this.harness.provider.observe(this.pool, io)) as Observation
  }

  execute(action: Action): Promise<ActionResult> {
    return this.harness.provider.execute(this.pool, action, this.io())
  }

  /** What an engine would persist from an observation. */
  #record(observed: Observation): void {
    const { location } = this.harness.provider.interpret(this.pool)
    const ours = observed.exists && observed.owner === 'ours'
    const providerID = ours ? observed.providerID : undefined
    const over = new Set(observed.operations.filter(({ status }) => status !== 'running').map(({ id }) => id))
    this.pool = {
      ...this.pool,
      recorded: { ...this.pool.recorded, location, ...(providerID === undefined ? {} : { providerID }) },
      operations: this.pool.operations.filter(({ id }) => !over.has(id)),
    }
  }

  #keep(operation: Operation): void {
    // Through JSON, as an engine keeps it.
    const kept = JSON.parse(JSON.stringify(operation)) as Operation
    this.pool = { ...this.pool, operations: [...this.pool.operations.filter(({ id }) => id !== kept.id), kept] }
  }

  async desired(wish: Wish, observed: Observation): Promise<Desired<unknown>> {
    const { provider } = this.harness
    const resolved = await provider.resolve(this.pool, observed, this.io())
    const bootstrap = wish.presence === 'absent' ? undefined : (wish.bootstrap ?? bootstrapData())
    const revision = provider.revision(this.pool, resolved, bootstrap)
    const desired: Desired<unknown> = {
      pool: this.pool,
      resolved,
      presence: wish.presence ?? 'present',
      size: wish.size,
      revision,
      template: wish.template ?? 'apply',
      bootstrap,
      remove: [...(wish.remove ?? []), ...this.#excess(wish, observed), ...this.#outdated(wish, observed, revision)],
      release: wish.release === 'none' ? [] : observed.instances.filter(({ hold }) => hold?.ours).map(keyOf),
      extend: wish.extend ?? [],
      hold: wish.presence === 'absent' ? false : (wish.hold ?? provider.capabilities.holdTermination !== false),
      rollout: wish.rollout ?? 'leave',
      stamp: false,
    }
    const unmarked = observed.templates.some(({ current, revision: mark }) => current && mark === undefined)
    if (!unmarked || desired.template === 'leave') return desired
    // A live template without a mark is stamped when it equals the wish, and left alone when it does not (R29).
    const equal = provider.drift(desired, observed).length === 0
    return equal ? { ...desired, stamp: true } : { ...desired, template: 'leave' }
  }

  #excess(wish: Wish, observed: Observation): readonly Removal[] {
    const { removeChosen } = this.harness.provider.capabilities
    if (wish.presence === 'absent' || wish.size === undefined || !removeChosen || !observed.complete) return []
    const present = this.#settled(observed)
    // Against the group's own size too: instances above it are the cloud's business.
    const excess = Math.min(present.length, observed.size?.desired ?? 0) - wish.size
    const chosen = present.filter(({ incarnation }) => !isNamed(wish.remove, incarnation))
    return chosen.slice(0, Math.max(0, excess - (wish.remove?.length ?? 0))).map((each) => removal(each, false))
  }

  #outdated(wish: Wish, observed: Observation, revision: string): readonly Removal[] {
    const { removeKeepingSize } = this.harness.provider.capabilities
    if (!wish.roll || removeKeepingSize === 'no') return []
    const current = observed.templates.some((each) => each.current && each.revision === revision)
    const calm = observed.instances.every(({ state }) => state === 'Running') && this.pool.operations.length === 0
    const full = live(observed).length === observed.size?.desired
    const victim = observed.instances.find((each) => each.revision !== undefined && each.revision !== revision)
    return current && calm && full && victim ? [removal(victim, true)] : []
  }

  /** Live and not part of a removal that is still running: those count as gone. */
  #settled(observed: Observation): readonly Instance[] {
    const going = new Set(this.pool.operations.flatMap(({ instances }) => instances.map((each) => each.incarnation)))
    return live(observed).filter(({ incarnation }) => !going.has(incarnation))
  }

  /** One observation, and one action when there is one to do. */
  async round(wish: Wish, after?: AfterAction): Promise<'acted' | 'waiting' | 'converged'> {
    const observed = await this.observe()
    this.#record(observed)
    const desired = await this.desired(wish, observed)
    const actions = this.harness.provider.plan(desired, observed)
    this.planned.push(...actions)
    const [first] = actions
    if (!first) return this.#isQuiet(wish, observed) ? 'converged' : 'waiting'
    const result = await this.execute(first)
    if (result.status === 'started') this.#keep(result.operation)
    await after?.(first, this.pool)
    // The same write again: its effect is not visible yet.
    const repeated = first.idempotencyKey === this.#lastKey
    this.#lastKey = first.idempotencyKey
    return repeated ? 'waiting' : 'acted'
  }

  #isQuiet(wish: Wish, observed: Observation): boolean {
    if (this.pool.operations.length > 0) return false
    if (wish.presence === 'absent') {
      return !observed.exists && !observed.deleting && observed.leftovers.length === 0
    }
    if (!observed.exists || !observed.complete) return false
    const running = observed.instances.filter(({ state }) => state === 'Running').length
    const calm = observed.instances.every(({ state }) => !['Pending', 'Terminating', 'TerminationHeld'].includes(state))
    return calm && running === (wish.size ?? observed.size?.desired)
  }

  /** Rounds until nothing is left to do. Errors that pass by themselves are waited out. */
  async converge(wish: Wish, after?: AfterAction): Promise<Observation> {
    for (let round = 0; round < maximumRounds; round++) {
      try {
        const outcome = await this.round(wish, after)
        if (outcome === 'converged') return await this.observe()
        if (outcome === 'waiting') await this.harness.clock.advance(this.harness.stepMs)
      } catch (error) {
        if (!ProviderError.is(error) || errorBehaviours[error.code].retry === 'change') throw error
        this.errors.push(error)
        await this.harness.clock.advance(this.harness.stepMs)
      }
    }
    const state = JSON.stringify(await this.harness.cloud.describe(this.pool))
    assert.fail(`not converged after ${maximumRounds} rounds; the cloud has ${state}`)
  }

  /** Rounds without waiting for the cloud, until there is nothing to write now. */
  async settleWrites(wish: Wish): Promise<Observation> {
    for (let round = 0; round < maximumRounds; round++) {
      if ((await this.round(wish)) !== 'acted') return this.observe()
    }
    assert.fail(`still writing after ${maximumRounds} rounds`)
  }

  async plan(wish: Wish, observed?: Observation): Promise<readonly Action[]> {
    const seen = observed ?? (await this.observe())
    return this.harness.provider.plan(await this.desired(wish, seen), seen)
  }

  /** Numbers of calls that reached the cloud while `work` ran. */
  async counting<T>(work: () => Promise<T>): Promise<{ result: T; calls: number; writes: number }> {
    const before = this.harness.cloud.calls().length
    const result = await work()
    const made = this.harness.cloud.calls().slice(before)
    return { result, calls: made.length, writes: made.filter(({ write }) => write).length }
  }
}

export function removal(instance: InstanceKey, keepSize: boolean): Removal {
  return { instance: keyOf(instance), keepSize }
}

function isNamed(remove: readonly Removal[] | undefined, incarnation: string): boolean {
  return remove?.some(({ instance }) => instance.incarnation === incarnation) ?? false
}
