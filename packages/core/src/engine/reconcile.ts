import { ProviderError, type AnyInfraMachinePool } from '@machinepool/contract'
import type { Client, Secret, Store } from '@machinepool/kube'
import type {
  Clock,
  EventRecorder,
  Reconcile,
  ReconcileContext,
  Request,
  Result,
  WorkloadCluster,
} from '@machinepool/runtime'

import { createBeginnings } from '../beginnings.ts'
import type { ExternalKinds } from '../machine-pool/external-kinds.ts'
import type { WriteMemory } from '../machine-pool/write-memory.ts'
import { createCloudWork } from './cloud-work.ts'
import { flag, notReady } from './decide/conditions.ts'
import { requeueAfter, type PollIntervals } from './decide/requeue.ts'
import type { DrainRules } from './drain-rules.ts'
import { failureCondition, type FailureCounter } from './errors.ts'
import { gatherContext } from './gather-context.ts'
import type { InfraObject } from './infra-object.ts'
import type { MachineObjects } from './machines/machine-sync.ts'
import { syncMachines } from './machines/sync-machines.ts'
import { engineAnnotations } from './names.ts'
import { poolId, type Pass } from './pass.ts'
import type { PoolPlan } from './pool-plan.ts'
import { recordedLocation } from './pool-ref.ts'
import { createPoolWriter } from './pool-writer.ts'
import { findRelated, type ControlPlanes, type RelatedObjects, type RelatedStores } from './related-objects.ts'
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

/** How soon the first instances of a new group are looked for. */
const firstLookMs = 1_000
/** So many looks in a row must miss an instance that nobody saw leave, or a group, before it counts as gone (R3, R4). */
const missedLooks = 3

const again: Result = { requeueAfterMs: 1 }

/**
 * Drives one pool: observe, resolve, decide, plan, execute one action, observe again. Everything that decides is pure and
 * elsewhere; this is the order of reads and writes.
 */
export function createEngineReconcile(parts: EngineParts): Reconcile {
  const { provider } = parts
  const beginnings = createBeginnings()
  const sightings = createSightings(missedLooks * parts.intervals.fast)
  const writer = createPoolWriter({ ...parts, machineKind: parts.machines?.kind.machineKind })
  const workWithCloud = createCloudWork({ ...parts, sightings })

  return async (request, reconcile) => {
    const cached = parts.infraPools.get(request)
    if (cached === undefined) {
      parts.failures.clear(poolId(request))
      beginnings.over(poolId(request))
      writer.forget(request)
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
    if (plan !== undefined && outcome.storeFirst) {
      await writer.storeFirst(pass, plan)
      return again
    }
    await writer.store(pass, plan, error)
    if (plan !== undefined) await syncMachines(pass, plan, parts)
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
      await writer.say(pass, [flag('Paused', 'Paused', 'the Cluster or this object is paused', 'Info')], true)
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
        await writer.say(pass, [notReady(waiting.reason, waiting.message, 'Info')], false)
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
      const written = await writer.patchObject(pass, { finalizer: 'present', location, managementId })
      return written ? { result: again } : undefined
    } catch (error) {
      if (!ProviderError.is(error)) throw error
      await writer.say(pass, [failureCondition(error)], true)
      return { result: { requeueAfterMs: parts.failures.delay(poolId(pass.context.pool.key), error) } }
    }
  }

  /** The list is emptied and the number is 0 before the finalizer goes, so that the Nodes are removed too (R3). */
  async function finishDeletion(pass: Pass, plan: PoolPlan): Promise<Result | undefined> {
    if (!sightings.confirmsNoGroup(poolId(pass.context.pool.key), plan.observed))
      return { requeueAfterMs: parts.intervals.fast }
    const listed = (pass.object.spec?.providerIDList?.length ?? 0) > 0 || (pass.object.status?.replicas ?? 0) > 0
    if (listed) {
      await writer.store(pass, plan, undefined)
      return again
    }
    // Machine objects go before their pool: nobody else would take their finalizer off.
    return (await syncMachines(pass, plan, parts)) > 0 ? { requeueAfterMs: parts.intervals.fast } : leave(pass)
  }

  async function leave(pass: Pass): Promise<Result | undefined> {
    await writer.patchObject(pass, { finalizer: 'absent' })
    parts.memory.forget(pass.object.metadata.uid ?? '')
    pass.reconcile.log.info('nothing of the pool is left')
    return undefined
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

function isWatched({ metadata }: InfraObject, filter: string | undefined): boolean {
  return filter === undefined || metadata.labels?.['cluster.x-k8s.io/watch-filter'] === filter
}
