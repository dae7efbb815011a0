import {
  ProviderError,
  type Action,
  type AnyInfraMachinePool,
  type BootstrapData,
  type Desired,
  type FieldChange,
  type InfraMachinePool,
  type Interpretation,
  type Io,
  type Observation,
  type PoolRef,
  type Resolved,
} from '@machinepool/contract'

import { decide } from './decide/decide.ts'
import { idleWish, type Decision, type Wish } from './decide/decision.ts'
import { sameScheme } from './decide/members.ts'
import type { Situation } from './decide/situation.ts'
import type { DrainProgress } from '../drain/progress.ts'

/** What the caller knows about a pool besides what the cloud says. */
export type PoolContext<Spec> = Omit<
  Situation<Spec>,
  'now' | 'capabilities' | 'policy' | 'observed' | 'resolved' | 'revision' | 'drift' | 'drains'
>

/** What the provider says about a pool, at one moment. */
export interface Look<Group = unknown> {
  readonly interpretation: Interpretation
  readonly observed: Observation<Group>
  readonly resolved: Resolved
  readonly revision: string | undefined
  readonly drift: readonly FieldChange[]
}

export interface PoolPlan<Group = unknown> extends Look<Group> {
  readonly decision: Decision
  /** In order. The engine executes the first, looks again and plans again. */
  readonly actions: readonly Action[]
}

const unresolved: Resolved = { inputs: {}, problems: [] }

/**
 * Interprets, observes and resolves. Reads only.
 * @throws `ProviderError` when the cloud cannot be observed or the spec cannot be read.
 */
export async function lookAtPool<Spec, Group>(
  provider: InfraMachinePool<Spec, Group>,
  context: PoolContext<Spec>,
  io: Io,
): Promise<Look<Group>> {
  const { pool } = context
  const interpretation = provider.interpret(pool)
  const observed = await provider.observe(pool, io)
  const blocked = context.paused || context.lifecycle !== 'active' || isWaiting(context, observed)
  if (blocked) return { interpretation, observed, resolved: unresolved, revision: undefined, drift: [] }
  const resolved = await resolve(provider, pool, observed, io)
  const revision = revisionOf(provider, context, resolved)
  const drift = revision === undefined ? [] : driftOf(provider, context, observed, resolved, revision)
  return { interpretation, observed, resolved, revision, drift }
}

/** Nothing is asked about a group that cannot be made yet, or is not ours. */
function isWaiting<Spec>({ prerequisite, bootstrap }: PoolContext<Spec>, observed: Observation): boolean {
  if (observed.exists) return observed.owner === 'foreign' || observed.owner === 'unmarked'
  return prerequisite !== undefined || bootstrap.status === 'waiting'
}

/** A question without an answer, or a cloud that does not give one, must not keep sizes, drains and holds waiting. */
async function resolve<Spec, Group>(
  provider: InfraMachinePool<Spec, Group>,
  pool: PoolRef<Spec>,
  observed: Observation<Group>,
  io: Io,
): Promise<Resolved> {
  try {
    return await provider.resolve(pool, observed, io)
  } catch (error) {
    if (!ProviderError.is(error)) throw error
    return { inputs: {}, problems: [{ code: error.code, reason: error.reason, message: error.message }] }
  }
}

function revisionOf<Spec, Group>(
  provider: InfraMachinePool<Spec, Group>,
  { pool, bootstrap }: PoolContext<Spec>,
  resolved: Resolved,
): string | undefined {
  if (resolved.problems.length > 0 || bootstrap.status === 'waiting') return undefined
  return provider.revision(pool, resolved, bootstrapData(bootstrap))
}

function bootstrapData(bootstrap: Situation['bootstrap']): BootstrapData | undefined {
  return bootstrap.status === 'ready' ? bootstrap.data : undefined
}

function driftOf<Spec, Group>(
  provider: InfraMachinePool<Spec, Group>,
  context: PoolContext<Spec>,
  observed: Observation<Group>,
  resolved: Resolved,
  revision: string,
): readonly FieldChange[] {
  const current = observed.templates.find((template) => template.current)
  if (current === undefined) return []
  if (current.revision !== undefined && sameScheme(current.revision, revision)) return []
  const wish: Wish = { ...idleWish({ observed, revision }), template: 'apply' }
  return provider.drift(desiredOf(context, resolved, wish), observed)
}

function desiredOf<Spec>({ pool, bootstrap }: PoolContext<Spec>, resolved: Resolved, wish: Wish): Desired<Spec> {
  return { pool, resolved, bootstrap: bootstrapData(bootstrap), ...wish }
}

/** Decides by policy and has the provider translate the decision into writes. PURE. */
export function planPool<Spec, Group>(
  provider: InfraMachinePool<Spec, Group>,
  context: PoolContext<Spec>,
  look: Look<Group>,
  now: number,
  drains: ReadonlyMap<string, DrainProgress> = new Map(),
): PoolPlan<Group> {
  const situation: Situation<Spec> = {
    ...context,
    now,
    capabilities: provider.capabilities,
    policy: look.interpretation.policy,
    observed: look.observed,
    resolved: look.resolved,
    revision: look.revision,
    drift: look.drift,
    drains,
  }
  // Policy never looks into the spec: it is the provider's own.
  const decision = decide(situation as Situation)
  const { wish, onlyActions } = decision
  const planned = wish === undefined ? [] : provider.plan(desiredOf(context, look.resolved, wish), look.observed)
  const actions =
    onlyActions === undefined ? planned : planned.filter(({ type }) => onlyActions.some((one) => one === type))
  return { ...look, decision, actions }
}

/** Looks at a pool without Kubernetes. */
export interface PoolDriver<Spec, Group> {
  /**
   * What would be done, in order. Never writes: what `machinepool plan` prints. Nodes that have to be emptied first are taken
   * as emptied; `decision.drains` and `decision.deleteMachines` name them. `complete` adds what is known about the instances
   * once they are known.
   */
  plan(
    context: PoolContext<Spec>,
    io: Io,
    complete?: (observed: Observation) => Partial<PoolContext<Spec>>,
  ): Promise<PoolPlan<Group>>
  /**
   * Takes our termination hold away and lets go what waits for it, for a manager that is removed for good (R12). Touches
   * nothing else. Returns the actions that were executed.
   */
  unhold(context: PoolContext<Spec>, io: Io): Promise<readonly Action[]>
}

export function createPoolDriver<Spec, Group>(provider: InfraMachinePool<Spec, Group>): PoolDriver<Spec, Group>
export function createPoolDriver(provider: AnyInfraMachinePool): PoolDriver<unknown, unknown> {
  return {
    plan: (context, io, complete) => foresee(provider, context, io, complete),
    unhold: (context, io) => unhold(provider, context, io),
  }
}

async function foresee(
  provider: AnyInfraMachinePool,
  context: PoolContext<unknown>,
  io: Io,
  complete: (observed: Observation) => Partial<PoolContext<unknown>> = () => ({}),
): Promise<PoolPlan> {
  const look = await lookAtPool(provider, context, io)
  const known = { ...context, ...complete(look.observed) }
  const now = io.clock.now()
  const before = planPool(provider, known, look, now)
  const { drains, deleteMachines } = before.decision
  const drained = drains.map(({ incarnation, node }): [string, DrainProgress] => [
    incarnation,
    { node, phase: 'done', podsLeft: 0, blocked: [], volumesLeft: 0 },
  ])
  const { decision, ...after } = planPool(provider, known, look, now, new Map(drained))
  return { ...after, decision: { ...decision, drains, deleteMachines } }
}

async function unhold(
  provider: AnyInfraMachinePool,
  context: PoolContext<unknown>,
  io: Io,
): Promise<readonly Action[]> {
  const observed = await provider.observe(context.pool, io)
  if (!observed.exists || observed.owner !== 'ours') return []
  const release = observed.instances
    .filter(({ hold }) => hold?.ours === true)
    .map(({ providerID, incarnation }) => ({ providerID, incarnation }))
  const wish: Wish = { ...idleWish({ observed, revision: undefined }), hold: false, release }
  const actions = provider
    .plan(desiredOf(context, unresolved, wish), observed)
    .filter(({ type }) => type === 'SetHold' || type === 'ReleaseInstance')
  for (const action of actions) {
    // The hold goes first, so that nothing new begins to wait.
    // oxlint-disable-next-line no-await-in-loop
    await provider.execute(context.pool, action, io)
  }
  return actions
}
