import { ProviderError, type Action, type AnyInfraMachinePool, type Io } from '@machinepool/contract'
import type { Client } from '@machinepool/kube'
import type { Clock, EventRecorder } from '@machinepool/runtime'

import type { ExternalKinds } from '../machine-pool/external-kinds.ts'
import type { Decision } from './decide/decision.ts'
import type { DrainRules } from './drain-rules.ts'
import { formatLedger, parseLedger, sameInstance, type Ledger } from './ledger.ts'
import type { MachineObjects } from './machines/machine-sync.ts'
import { machineStates } from './machines/machine-states.ts'
import { engineAnnotations } from './names.ts'
import { nodesOf } from './node-view.ts'
import { poolId, type Pass } from './pass.ts'
import { drainNodes, undoCordons } from './pool-drain.ts'
import { lookAtPool, planPool, type Look, type PoolPlan } from './pool-plan.ts'
import { withProviderIo } from './provider-io.ts'
import type { Sightings } from './sightings.ts'

export interface CloudWorkParts {
  readonly provider: AnyInfraMachinePool
  readonly client: Client
  readonly kinds: ExternalKinds
  readonly clock: Clock
  readonly events: EventRecorder
  readonly drainRules: DrainRules
  readonly machines: MachineObjects | undefined
  readonly sightings: Sightings
}

/** How the work with the cloud ended. */
export interface Outcome {
  /** The last one; `undefined` when the cloud could not be observed. */
  readonly plan: PoolPlan | undefined
  readonly error: ProviderError | undefined
  /** Something must be stored before the next write; go on at once after that. */
  readonly storeFirst: boolean
}

/** How many writes one reconcile makes at most, so that no pool keeps a worker for itself (R27). */
const maximumActions = 16
/** After our own write the provider answers with what is at least as new; anything else may be this old. */
const sharedReadMs = 4_000
/** The same for a group that has just been made: its first instances are waited for. */
const newGroupReadMs = 500

/**
 * Observe, decide, plan, drain, execute one action, observe again, until nothing is left to do, something must be stored, or
 * the cloud refuses.
 */
export function createCloudWork(parts: CloudWorkParts): (pass: Pass) => Promise<Outcome> {
  const { provider, clock, machines, sightings } = parts

  async function planTurn(pass: Pass): Promise<PoolPlan> {
    const look = await believedLook(pass)
    const { instances } = look.observed
    const nodes = nodesOf(
      pass.workload,
      instances.map(({ providerID }) => providerID),
    )
    const machinesNow = machines && machineStates(instances, machines.ofPool(pass.object), machines.machineOf)
    pass.context = { ...pass.context, nodes, machines: machinesNow }
    const plan = planPool(provider, pass.context, look, clock.now(), pass.drains)
    const { decision } = plan
    // Before the record goes: after a crash in between nobody would know of the cordon.
    await undoCordons(pass, decision.uncordon)
    if (needsStoring(pass, decision) || pass.workload === undefined) return plan
    const fresh = decision.drains.filter(({ incarnation }) => !pass.drains.has(incarnation))
    if (fresh.length === 0) return plan
    pass.drains = new Map([...pass.drains, ...(await drainNodes(pass, pass.workload, fresh, parts))])
    return planPool(provider, pass.context, look, clock.now(), pass.drains)
  }

  async function believedLook(pass: Pass): Promise<Look> {
    const look = await callProvider(pass, (io) => lookAtPool(provider, pass.context, io))
    // Of a pool that goes every instance goes.
    if (pass.context.lifecycle !== 'active') return look
    const { pool, ledger } = pass.context
    const known = [...(pass.object.spec?.providerIDList ?? []), ...ledger.drains.map(({ providerID }) => providerID)]
    return { ...look, observed: sightings.believe(poolId(pool.key), known, look.observed) }
  }

  function callProvider<T>(pass: Pass, call: (io: Io) => Promise<T>): Promise<T> {
    const { log, signal } = pass.reconcile
    const maxAgeMs = pass.object.spec?.providerID === undefined ? newGroupReadMs : sharedReadMs
    return withProviderIo(parts, { log, signal, maxAgeMs }, call)
  }

  async function execute(pass: Pass, action: Action): Promise<void> {
    const { type, reason, changes } = action
    const fields = changes.map(({ field }) => field)
    pass.reconcile.log.info({ action: type, reason, fields }, 'writing to the cloud')
    const result = await callProvider(pass, (io) => provider.execute(pass.context.pool, action, io))
    pass.executed.add(action.idempotencyKey)
    if (action.type === 'RemoveInstances') sightings.removed(poolId(pass.context.pool.key), action.instances)
    if (action.type === 'DeleteGroup') sightings.groupDeleted(poolId(pass.context.pool.key))
    if (result.status !== 'started') return
    const { ledger, pool } = pass.context
    const operations = [...ledger.operations.filter(({ id }) => id !== result.operation.id), result.operation]
    pass.context = { ...pass.context, ledger: { ...ledger, operations }, pool: { ...pool, operations } }
  }

  /** One event for what goes in one, however many instances it concerns. */
  function announce(pass: Pass, actions: readonly Action[]): void {
    for (const type of new Set(actions.map((action) => action.type))) {
      if (!noteworthy.has(type)) continue
      const [first, ...more] = actions.filter((action) => action.type === type)
      const others = more.length === 0 ? '' : ` (and ${more.length} more)`
      parts.events.event(pass.object, 'Normal', type, `${first?.reason ?? ''}${others}`)
    }
  }

  return async (pass) => {
    let plan: PoolPlan | undefined
    try {
      for (let turn = 0; turn < maximumActions; turn++) {
        // Each turn rests on what the one before has changed.
        // oxlint-disable-next-line no-await-in-loop
        plan = await planTurn(pass)
        if (needsStoring(pass, plan.decision)) return { plan, error: undefined, storeFirst: true }
        pass.context = { ...pass.context, ledger: plan.decision.ledger }
        const actions = nextActions(plan.actions, pass.executed)
        if (actions.length === 0) break
        for (const action of actions) {
          // oxlint-disable-next-line no-await-in-loop
          await execute(pass, action)
        }
        announce(pass, actions)
      }
      return { plan, error: undefined, storeFirst: false }
    } catch (error) {
      if (!ProviderError.is(error)) throw error
      return { plan, error, storeFirst: false }
    }
  }
}

const noteworthy: ReadonlySet<string> = new Set([
  'CreateGroup',
  'DeleteGroup',
  'RemoveInstances',
  'ReleaseInstance',
  'StartRollout',
  'CancelRollout',
])

/**
 * A drain must be on record before its Node is touched, and a size that is to be restored before it is lowered: a crash
 * in between would forget them.
 */
function needsStoring({ object }: Pass, { ledger, drains }: Decision): boolean {
  const stored = parseLedger(object.metadata.annotations?.[engineAnnotations.ledger])
  const newDrain = drains.some((drain) => !stored.drains.some((record) => sameInstance(record, drain)))
  return newDrain || formatLedger(only(stored)) !== formatLedger(only(ledger))
}

function only({ restore, takeOver }: Ledger): Ledger {
  return { operations: [], drains: [], ...(restore && { restore }), ...(takeOver && { takeOver }) }
}

/** Writes that concern one held instance each and change nothing that another action rests on. */
const independent: ReadonlySet<string> = new Set(['ReleaseInstance', 'ExtendHold'])

/**
 * The first action; a run of releases and heartbeats at the beginning goes in one, because observing after each would cost
 * a read per instance. What was done in this pass and does not show yet is waited for, not repeated.
 */
function nextActions(actions: readonly Action[], executed: ReadonlySet<string>): readonly Action[] {
  const open = actions.filter(({ type, idempotencyKey }) => !independent.has(type) || !executed.has(idempotencyKey))
  const [first] = open
  if (first === undefined || executed.has(first.idempotencyKey)) return []
  const end = open.findIndex(({ type }) => !independent.has(type))
  return independent.has(first.type) ? open.slice(0, end === -1 ? undefined : end) : [first]
}
