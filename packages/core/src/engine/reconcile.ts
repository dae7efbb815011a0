import { annotations, type MachinePool } from '@machinepool/api'
import {
  errorBehaviours,
  ProviderError,
  type Action,
  type AnyInfraMachinePool,
  type Instance,
  type Io,
  type MachineObject,
} from '@machinepool/contract'
import type { Client, Resource, Secret, Store } from '@machinepool/kube'
import type {
  Clock,
  EventRecorder,
  Reconcile,
  ReconcileContext,
  Request,
  Result,
  WorkloadCluster,
} from '@machinepool/runtime'

import { uncordon } from '../drain/cordon.ts'
import { drainPass } from '../drain/drain-pass.ts'
import { rulesForMachine } from '../drain/machine-drain-rules.ts'
import type { DrainProgress } from '../drain/progress.ts'
import type { ExternalKinds } from '../machine-pool/external-kinds.ts'
import { machinePools } from '../machine-pool/objects.ts'
import { createBeginnings } from '../beginnings.ts'
import type { WriteMemory } from '../machine-pool/write-memory.ts'
import { countOutdated } from './decide/members.ts'
import { flag, notReady, type EngineCondition } from './decide/conditions.ts'
import type { Decision } from './decide/decision.ts'
import { requeueAfter, type PollIntervals } from './decide/requeue.ts'
import type { DrainRules } from './drain-rules.ts'
import { failureCondition, type FailureCounter } from './errors.ts'
import { gatherContext } from './gather-context.ts'
import { infraResource, type InfraObject } from './infra-object.ts'
import { formatLedger, parseLedger, sameInstance, type Ledger } from './ledger.ts'
import { engineAnnotations } from './names.ts'
import type { MachineObjects } from './machines/machine-sync.ts'
import { machineStates } from './machines/machine-states.ts'
import { planMachines } from './machines/plan-machines.ts'
import { nodesOf } from './node-view.ts'
import { objectPatch, statusPatch, type ObjectWish, type StatusWish } from './object-patch.ts'
import { poolHasAnnotation, recordedLocation } from './pool-ref.ts'
import { lookAtPool, planPool, type Look, type PoolContext, type PoolPlan } from './pool-plan.ts'
import { withProviderIo } from './provider-io.ts'
import { findRelated, type ControlPlanes, type RelatedObjects, type RelatedStores } from './related-objects.ts'
import { createSentStatuses } from './sent-statuses.ts'
import { createSightings } from './sightings.ts'

export interface EngineParts {
  readonly provider: AnyInfraMachinePool
  readonly managementId: string
  readonly client: Client
  readonly clock: Clock
  readonly events: EventRecorder
  readonly kinds: ExternalKinds
  readonly infraPools: Pick<Store<InfraObject>, 'get'>
  readonly stores: RelatedStores
  readonly secrets: Pick<Store<Secret>, 'get'>
  readonly controlPlanes: ControlPlanes
  readonly drainRules: DrainRules
  /** `undefined` for kinds of pools that publish no machines. */
  readonly machines: MachineObjects | undefined
  readonly workload: (cluster: { namespace: string; name: string }) => WorkloadCluster | undefined
  readonly memory: WriteMemory
  readonly failures: FailureCounter
  readonly intervals: PollIntervals
  readonly holdTerminations: boolean
  readonly watchFilter: string | undefined
}

/** How many writes one reconcile makes at most, so that no pool keeps a worker for itself (R27). */
const maximumActions = 16
/** After our own write the provider answers with what is at least as new; anything else may be this old. */
const sharedReadMs = 4_000
/** How soon the first instances of a new group are looked for, and how old that answer may be. */
const firstLookMs = 1_000
/** So many looks in a row must miss an instance that nobody saw leave before it counts as gone (R3). */
const missedLooks = 3

/** One pool, at one look: everything that is passed along within a reconcile. */
interface Pass {
  readonly cached: InfraObject
  /** The object as it was last read or written in this pass. */
  object: InfraObject
  readonly related: RelatedObjects
  readonly workload: WorkloadCluster | undefined
  context: PoolContext<unknown>
  drains: ReadonlyMap<string, DrainProgress>
  readonly executed: Set<string>
  readonly reconcile: ReconcileContext
}

/** How the work with the cloud ended. */
interface Outcome {
  readonly plan: PoolPlan | undefined
  readonly error: ProviderError | undefined
  /** Something must be stored before the next write; go on at once after that. */
  readonly storeFirst: boolean
}

const again: Result = { requeueAfterMs: 1 }

/**
 * Drives one pool: observe, resolve, decide, plan, execute one action, observe again. Everything that decides is pure and
 * elsewhere; this is the order of reads and writes.
 */
export function createEngineReconcile(parts: EngineParts): Reconcile {
  const { provider } = parts
  const resource = infraResource(provider.kind)
  const sent = createSentStatuses()
  const beginnings = createBeginnings()
  const sightings = createSightings(missedLooks * parts.intervals.fast)

  return async (request, reconcile) => {
    const cached = parts.infraPools.get(request)
    if (cached === undefined) {
      parts.failures.clear(poolId(request))
      beginnings.over(poolId(request))
      sent.forget(request)
      sightings.forget(poolId(request))
      return undefined
    }
    const object = parts.memory.latest(cached)
    if (!isWatched(object, parts.watchFilter)) return undefined
    if (object.metadata.deletionTimestamp !== undefined && !hasFinalizer(object)) return undefined
    const related = await findRelated(object, provider.kind, parts.stores, parts.controlPlanes, reconcile.signal)
    // Nobody owns it yet: Cluster API's controller binds it to its MachinePool first.
    if (related.machinePool === undefined && related.lifecycle === 'active') return undefined
    const pass = await beginPass(cached, object, related, reconcile)
    return drive(pass, request)
  }

  function hasFinalizer({ metadata }: InfraObject): boolean {
    return metadata.finalizers?.includes(provider.kind.finalizer) ?? false
  }

  async function beginPass(
    cached: InfraObject,
    object: InfraObject,
    related: RelatedObjects,
    reconcile: ReconcileContext,
  ): Promise<Pass> {
    const { clusterName, lifecycle } = related
    const namespace = object.metadata.namespace ?? ''
    const workload =
      clusterName === undefined || lifecycle === 'clusterDeleting'
        ? undefined
        : parts.workload({ namespace, name: clusterName })
    const context = await gatherContext(object, related, { kind: provider.kind, ...parts }, reconcile.signal)
    return { cached, object, related, workload, context, drains: new Map(), executed: new Set(), reconcile }
  }

  async function drive(pass: Pass, request: Request): Promise<Result | undefined> {
    const early = await beforeTheCloud(pass)
    if (early) return early.result
    const outcome = await workWithCloud(pass)
    const { plan, error } = outcome
    if (plan?.decision.gone === true && error === undefined && plan.actions.length === 0)
      return finishDeletion(pass, plan)
    const delay = error === undefined ? undefined : parts.failures.delay(poolId(request), error)
    if (error === undefined) parts.failures.clear(poolId(request))
    else pass.reconcile.log.warn({ code: error.code, reason: error.reason, requestId: error.requestId }, error.message)
    if (error === undefined && isJustCreated(pass, plan)) return { requeueAfterMs: firstLookMs }
    await store(pass, plan, error)
    if (plan !== undefined && !outcome.storeFirst) await syncMachines(pass, plan)
    if (outcome.storeFirst) return again
    if (delay !== undefined) return { requeueAfterMs: delay }
    if (plan === undefined) return undefined
    // Work that was planned and not done (the bound was reached) goes on at once.
    const { activity, deadlines } = plan.decision
    return { requeueAfterMs: requeueAfter(activity, parts.intervals, deadlines, parts.clock.now()) }
  }

  /** What has to be said or stored before the cloud is asked anything. */
  async function beforeTheCloud(pass: Pass): Promise<{ readonly result: Result | undefined } | undefined> {
    const { object, context } = pass
    const { lifecycle, paused, prerequisite, bootstrap } = context
    const untouched = recordedLocation(object) === undefined && object.spec?.providerID === undefined
    if (paused) {
      // Only a pool that may have terminations waiting for it has anything to do (R28).
      if (!untouched && provider.capabilities.holdTermination !== false) return undefined
      await say(pass, [flag('Paused', 'Paused', 'the Cluster or this object is paused', 'Info')], true)
      return { result: undefined }
    }
    if (lifecycle === 'active') {
      const waiting = prerequisite ?? (bootstrap.status === 'waiting' ? bootstrap : undefined)
      if (untouched && waiting) {
        // What a new pool waits for is mostly there a moment later.
        const id = poolId(context.pool.key)
        const rest = object.status === undefined ? beginnings.restMs(id, object, parts.clock.now()) : 0
        if (rest > 0) return { result: { requeueAfterMs: rest } }
        beginnings.over(id)
        await say(pass, [notReady(waiting.reason, waiting.message, 'Info')], false)
        return { result: { requeueAfterMs: parts.intervals.steady } }
      }
      beginnings.over(poolId(context.pool.key))
      return recordOrigin(pass)
    }
    const orphan = object.metadata.annotations?.[engineAnnotations.orphan] === 'true'
    if (!orphan) return undefined
    pass.reconcile.log.warn('giving up the cloud resources of the pool, as its annotation asks')
    await parts.machines?.abandon(object, pass.reconcile.signal)
    return { result: await leave(pass) }
  }

  /** Finalizer and location are stored before the first write to the cloud (R1). */
  async function recordOrigin(pass: Pass): Promise<{ readonly result: Result | undefined } | undefined> {
    try {
      const { location } = provider.interpret(pass.context.pool)
      const { managementId } = pass.context.pool
      const written = await patchObject(pass, { finalizer: 'present', location, managementId })
      return written ? { result: again } : undefined
    } catch (error) {
      if (!ProviderError.is(error)) throw error
      await say(pass, [failureCondition(error)], true)
      return { result: { requeueAfterMs: parts.failures.delay(poolId(pass.context.pool.key), error) } }
    }
  }

  async function workWithCloud(pass: Pass): Promise<Outcome> {
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
      }
      return { plan, error: undefined, storeFirst: false }
    } catch (error) {
      if (!ProviderError.is(error)) throw error
      return { plan, error, storeFirst: false }
    }
  }

  async function planTurn(pass: Pass): Promise<PoolPlan> {
    const look = await lookAgain(pass)
    const nodes = nodesOf(
      pass.workload,
      look.observed.instances.map(({ providerID }) => providerID),
    )
    pass.context = { ...pass.context, nodes, machines: machinesOf(pass, look.observed.instances) }
    const plan = planPool(provider, pass.context, look, parts.clock.now(), pass.drains)
    const { decision } = plan
    // Before the record goes: after a crash in between nobody would know of the cordon.
    await Promise.all(decision.uncordon.map((one) => undoCordon(pass, one)))
    if (needsStoring(pass, decision) || pass.workload === undefined) return plan
    const fresh = decision.drains.filter(({ incarnation }) => !pass.drains.has(incarnation))
    if (fresh.length === 0) return plan
    pass.drains = new Map([...pass.drains, ...(await drain(pass, pass.workload, fresh))])
    return planPool(provider, pass.context, look, parts.clock.now(), pass.drains)
  }

  async function lookAgain(pass: Pass): Promise<Look> {
    const look = await callProvider(pass, (io) => lookAtPool(provider, pass.context, io))
    // Of a pool that goes every instance goes.
    if (pass.context.lifecycle !== 'active') return look
    const { pool, ledger } = pass.context
    const known = [...(pass.object.spec?.providerIDList ?? []), ...ledger.drains.map(({ providerID }) => providerID)]
    return { ...look, observed: sightings.believe(poolId(pool.key), known, look.observed) }
  }

  function machinesOf({ object }: Pass, instances: readonly Instance[]): PoolContext<unknown>['machines'] {
    const { machines } = parts
    return machines && machineStates(instances, machines.ofPool(object), machines.machineOf)
  }

  /** Machine objects follow the instances; Machines that are to go are deleted. Returns how many objects there were. */
  async function syncMachines(pass: Pass, { observed, decision }: PoolPlan): Promise<number> {
    const { machines } = parts
    if (machines === undefined || pass.context.paused) return 0
    const objects = machines.ofPool(pass.object)
    const { machinePool, clusterName, lifecycle } = pass.related
    const steps = planMachines({
      kind: machines.kind,
      pool: pass.object,
      machinePool,
      clusterName,
      lifecycle,
      observed,
      objects,
      machineOf: machines.machineOf,
      standing: machines.standing,
      say: (instance) => provider.machine?.(pass.context.pool, instance, observed) ?? plainMachine(instance),
      deleteMachines: decision.deleteMachines,
      now: parts.clock.now(),
    })
    await machines.write(steps, pass.reconcile.signal)
    return objects.length
  }

  function callProvider<T>(pass: Pass, call: (io: Io) => Promise<T>): Promise<T> {
    const { log, signal } = pass.reconcile
    const maxAgeMs = pass.object.spec?.providerID === undefined ? firstLookMs / 2 : sharedReadMs
    return withProviderIo(parts, { log, signal, maxAgeMs }, call)
  }

  async function drain(pass: Pass, workload: WorkloadCluster, targets: Decision['drains']) {
    const { object, related, reconcile } = pass
    const { machinePool, cluster } = related
    const rules = await parts.drainRules.list(object.metadata.namespace ?? '', reconcile.signal)
    const machineLabels = {
      ...object.metadata.labels,
      ...machinePool?.metadata.labels,
      ...machinePool?.spec.template.metadata?.labels,
    }
    const progress = await drainPass(workload.client, targets, {
      rules: rulesForMachine(rules, machineLabels, cluster?.metadata.labels ?? {}),
      evict: !poolHasAnnotation(object, machinePool, annotations.excludeNodeDraining),
      waitForVolumes: !poolHasAnnotation(object, machinePool, annotations.excludeWaitForVolumeDetach),
      cordonAnnotation: engineAnnotations.nodeCordonedFor,
      now: parts.clock.now(),
      signal: reconcile.signal,
    })
    for (const one of progress.values()) reconcile.log.info({ ...one }, 'drained a Node for one pass')
    return progress
  }

  async function execute(pass: Pass, action: Action): Promise<void> {
    const { log } = pass.reconcile
    const { type, reason, changes } = action
    log.info({ action: type, reason, fields: changes.map(({ field }) => field) }, 'writing to the cloud')
    const result = await callProvider(pass, (io) => provider.execute(pass.context.pool, action, io))
    pass.executed.add(action.idempotencyKey)
    if (action.type === 'RemoveInstances') sightings.removed(poolId(pass.context.pool.key), action.instances)
    if (noteworthy.has(type)) parts.events.event(pass.object, 'Normal', type, reason)
    if (result.status !== 'started') return
    const { ledger, pool } = pass.context
    const operations = [...ledger.operations.filter(({ id }) => id !== result.operation.id), result.operation]
    pass.context = { ...pass.context, ledger: { ...ledger, operations }, pool: { ...pool, operations } }
  }

  /** One patch of metadata and spec, one of the status (R24). */
  async function store(pass: Pass, plan: PoolPlan | undefined, error: ProviderError | undefined): Promise<void> {
    const quiet = error !== undefined && isPassing(error)
    const failure = error === undefined || quiet ? [] : [failureCondition(error)]
    if (plan === undefined) {
      if (failure.length > 0) await say(pass, failure, true)
      return
    }
    const { observed, decision } = plan
    const providerIDs = listedIDs(pass.object, plan)
    const report = provider.report(pass.context.pool, observed)
    const isOurs = observed.exists && observed.owner === 'ours'
    await patchObject(pass, {
      ledger: withOperations(decision.ledger, pass.context.ledger),
      ...(providerIDs && { providerIDs }),
      ...(decision.wish && { outdatedReplicas: countOutdated(observed.instances, decision.wish.revision) }),
      ...(report.annotations && { annotations: report.annotations }),
      ...(isOurs && observed.providerID !== undefined && recorded(pass, observed.providerID)),
    })
    const conditions =
      failure.length === 0
        ? decision.conditions
        : [...failure, ...decision.conditions.filter(({ type }) => type !== 'Ready')]
    await patchStatus(pass, {
      provisioned: decision.provisioned || wasProvisioned(pass),
      replicas: providerIDs?.length,
      infrastructureMachineKind: parts.machines?.kind.machineKind.kind,
      conditions,
      report,
      keepOthers: pass.context.paused,
    })
    await followReplicas(pass, decision.followReplicas)
  }

  /** Where the group is, and what its id adds to what is known of its place. */
  function recorded({ context: { pool, lifecycle } }: Pass, providerID: string): Partial<ObjectWish> {
    if (lifecycle !== 'active') return { providerID }
    const { location } = provider.interpret({ ...pool, recorded: { ...pool.recorded, providerID } })
    return { providerID, location }
  }

  /** The list is emptied and the number is 0 before the finalizer goes, so that the Nodes are removed too (R3). */
  async function finishDeletion(pass: Pass, plan: PoolPlan): Promise<Result | undefined> {
    const listed = (pass.object.spec?.providerIDList?.length ?? 0) > 0 || (pass.object.status?.replicas ?? 0) > 0
    if (listed) {
      await store(pass, plan, undefined)
      return again
    }
    // Machine objects go before their pool: nobody else would take their finalizer off.
    return (await syncMachines(pass, plan)) > 0 ? { requeueAfterMs: parts.intervals.fast } : leave(pass)
  }

  async function leave(pass: Pass): Promise<Result | undefined> {
    await patchObject(pass, { finalizer: 'absent' })
    parts.memory.forget(pass.object.metadata.uid ?? '')
    pass.reconcile.log.info('nothing of the pool is left')
    return undefined
  }

  /** Says something about a pool of which the cloud was not asked. */
  async function say(pass: Pass, conditions: readonly EngineCondition[], keepOthers: boolean): Promise<void> {
    const { ready } = pass.object.status ?? {}
    await patchStatus(pass, {
      provisioned: ready === true,
      replicas: undefined,
      infrastructureMachineKind: undefined,
      conditions,
      report: undefined,
      keepOthers,
    })
  }

  async function patchStatus(pass: Pass, wish: StatusWish): Promise<void> {
    const body = statusPatch(pass.object, sent.standing(pass.object), provider.kind, wish, parts.clock.now())
    if (body === undefined) return
    await write(pass, resource, body, 'status')
    sent.remember(body, pass.object)
  }

  async function patchObject(pass: Pass, wish: ObjectWish): Promise<boolean> {
    const body = objectPatch(pass.object, provider.kind.finalizer, wish)
    if (body === undefined) return false
    await write(pass, resource, body, undefined)
    return true
  }

  async function write(
    pass: Pass,
    to: Resource<InfraObject>,
    body: object,
    subresource: 'status' | undefined,
  ): Promise<void> {
    const { namespace = '', name = '' } = pass.object.metadata
    const written = await parts.client.patch(
      to,
      { namespace, name },
      { type: 'merge', body },
      { signal: pass.reconcile.signal, ...(subresource !== undefined && { subresource }) },
    )
    parts.memory.remember(pass.cached, written)
    pass.object = written
  }

  /** Under an external scaler the MachinePool's wish follows the group (R7). */
  async function followReplicas({ related, reconcile }: Pass, replicas: number | undefined): Promise<void> {
    const pool: MachinePool | undefined = related.machinePool
    if (replicas === undefined || pool === undefined) return
    const { namespace = '', name = '' } = pool.metadata
    const patch = { type: 'merge', body: { spec: { replicas } } } as const
    await parts.client.patch(machinePools, { namespace, name }, patch, { signal: reconcile.signal })
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

async function undoCordon(pass: Pass, { node, incarnation }: Decision['uncordon'][number]): Promise<void> {
  if (pass.workload === undefined) return
  const mark = { annotation: engineAnnotations.nodeCordonedFor, incarnation }
  await uncordon(pass.workload.client, node, mark, pass.reconcile.signal)
  pass.reconcile.log.info({ node }, 'the Node stays after all')
}

function wasProvisioned({ object, context }: Pass): boolean {
  const { ready, initialization } = object.status ?? {}
  // A CRD without `initialization` keeps `ready` only.
  return context.lifecycle === 'active' && (initialization?.provisioned === true || ready === true)
}

/** What a machine says when its provider has nothing to add. */
function plainMachine({ addresses }: Instance): MachineObject {
  return {
    spec: {},
    status: { ready: true, initialization: { provisioned: true }, addresses: addresses.map((one) => ({ ...one })) },
  }
}

/** Nothing of a new group is worth a write before its first instances; the next look brings both in one. */
function isJustCreated({ executed, object, context }: Pass, plan: PoolPlan | undefined): boolean {
  return (
    executed.size > 0 &&
    plan !== undefined &&
    object.spec?.providerID === undefined &&
    context.ledger.operations.length === 0 &&
    plan.observed.exists &&
    plan.observed.problems.length === 0 &&
    plan.observed.instances.length === 0 &&
    (plan.observed.size?.desired ?? 0) > 0
  )
}

function poolId({ namespace = '', name }: Request): string {
  return `${namespace}/${name}`
}

function isWatched({ metadata }: InfraObject, filter: string | undefined): boolean {
  return filter === undefined || metadata.labels?.['cluster.x-k8s.io/watch-filter'] === filter
}

/** A world that differs from what was planned is looked at again; only when that goes on is it worth a condition. */
function isPassing(error: ProviderError): boolean {
  return errorBehaviours[error.code].retry === 'observe' && error.code !== 'NotFound'
}

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

/** Operations that were started in this pass are in the pass's ledger, not yet in the decision's. */
function withOperations(decided: Ledger, current: Ledger): Ledger {
  const started = current.operations.filter(({ id }) => !decided.operations.some((one) => one.id === id))
  return { ...decided, operations: [...decided.operations, ...started] }
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

/** After a listing that was not complete ids are only added (R3). */
function listedIDs(object: InfraObject, { observed, decision }: PoolPlan): readonly string[] | undefined {
  if (decision.providerIDs !== undefined) return decision.providerIDs
  if (observed.complete) return undefined
  const known = object.spec?.providerIDList ?? []
  return [...new Set([...known, ...observed.instances.map(({ providerID }) => providerID)])].toSorted()
}
