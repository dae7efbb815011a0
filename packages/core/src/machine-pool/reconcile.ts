import {
  finalizers,
  isPaused,
  type Cluster,
  type Machine,
  type MachinePool,
  type MachinePoolStatus,
} from '@machinepool/api'
import {
  createPatch,
  isConflict,
  isNotFound,
  type Client,
  type ObjectKey,
  type Store,
  type UnknownObject,
} from '@machinepool/kube'
import type {
  Clock,
  EventRecorder,
  Reconcile,
  ReconcileContext,
  Result,
  SlimNode,
  WorkloadCluster,
} from '@machinepool/runtime'

import { announcements } from './announcements.ts'
import { forEachBounded } from './bounded.ts'
import { pausedConditions } from './conditions.ts'
import type { PoolDeletion } from './deletion.ts'
import type { ExternalObject } from './external-objects.ts'
import type { NodeRosters, RosterView } from './node-roster.ts'
import { summarizeNodes, type NodeSummary } from './node-summary.ts'
import { ownersStatus } from './machine-conditions.ts'
import { machinePools, machines, type NodeReference } from './objects.ts'
import { poolMetadataPatch } from './ownership.ts'
import type { MachineSync } from './pool-machines.ts'
import { deleteNodes, findNode, markNodes, matchNodes, retiredNodes } from './pool-nodes.ts'
import type { PoolReferences } from './pool-references.ts'
import { remediate } from './remediation.ts'
import { requestOf, type WatchedWorkloads } from './pool-workloads.ts'
import { listToCopy, specPatch, type SameMembers } from './spec-from-references.ts'
import type { StatusPace } from './status-pace.ts'
import { computeStatus } from './status.ts'
import type { InfrastructureObservation, NodesObservation, PoolMachine, StatusInput } from './status-input.ts'
import type { WriteMemory } from './write-memory.ts'

/** Without news the state is looked at again after this long while something is missing, as upstream does. */
const recheckMs = 30_000
const machineWriteConcurrency = 8

export interface ReconcilerParts {
  readonly client: Client
  readonly clock: Clock
  readonly events: EventRecorder
  readonly pools: Store<MachinePool>
  readonly clusters: Store<Cluster>
  readonly memory: WriteMemory
  readonly pace: StatusPace
  readonly rosters: NodeRosters
  readonly sameMembers: SameMembers
  readonly references: PoolReferences
  readonly workloads: WatchedWorkloads
  readonly machineSync: MachineSync
  readonly deletion: PoolDeletion
  readonly machinesOf: (pool: MachinePool) => Machine[]
  readonly machine: (key: ObjectKey) => Machine | undefined
  /** Infrastructure machines of a pool whose infrastructure has them. */
  readonly infraMachinesOf: (
    pool: MachinePool,
    infra: ExternalObject,
    kind: string,
    signal: AbortSignal,
  ) => Promise<UnknownObject[]>
}

/** One pass over one MachinePool: metadata, bootstrap, infrastructure, Machines, Nodes, status. */
export function createReconcile(parts: ReconcilerParts): Reconcile {
  return async (request, context) => {
    const cached = parts.pools.get(request)
    if (cached === undefined) return undefined
    return new Pass(parts, cached, context).run()
  }
}

/** The state of one pass. It lives for one call of reconcile. */
class Pass {
  readonly #parts: ReconcilerParts
  readonly #context: ReconcileContext
  readonly #cached: MachinePool
  readonly #errors: unknown[] = []
  #pool: MachinePool

  constructor(parts: ReconcilerParts, cached: MachinePool, context: ReconcileContext) {
    this.#parts = parts
    this.#context = context
    this.#cached = cached
    this.#pool = parts.memory.latest(cached)
  }

  async run(): Promise<Result | undefined> {
    const { clusters: clusterStore, deletion, clock } = this.#parts
    const cluster = clusterStore.get(this.#clusterKey())
    if (isPaused(cluster, this.#pool)) {
      const conditions = pausedConditions(this.#pool, cluster, clock.now())
      await this.#writeStatus({ ...this.#pool.status, conditions })
      return undefined
    }
    if (this.#pool.metadata.deletionTimestamp !== undefined) {
      if (this.#pool.metadata.finalizers?.includes(finalizers.machinePool) !== true) return undefined
      return this.#delete(deletion, cluster)
    }
    const isNew = this.#pool.metadata.finalizers?.includes(finalizers.machinePool) !== true
    await this.#writePool(poolMetadataPatch(this.#pool, cluster))
    // The finalizer is persisted before anything else is touched; its own event leads to the next pass.
    if (isNew) return { requeueAfterMs: 0 }
    return this.#reconcile(cluster)
  }

  async #reconcile(cluster: Cluster | undefined): Promise<Result | undefined> {
    const { references, clock } = this.#parts
    const { signal } = this.#context
    const bootstrap = await references.bootstrap(this.#pool, signal)
    const infrastructure = await references.infrastructure(this.#pool, signal)
    this.#note(bootstrap.error, infrastructure.error)

    await this.#writePool(specPatch(this.#pool, bootstrap.observed, infrastructure.observed, this.#parts.sameMembers))
    const workload = this.#parts.workloads.get(this.#clusterKey())
    const owned = await this.#syncMachines(infrastructure, workload)
    if (owned !== undefined) await this.#careForMachines(owned)
    const view = workload && this.#parts.rosters.view(workload, this.#pool, this.#cached, clock.now())
    const nodes = this.#observeNodes(view?.summary)
    if (workload !== undefined && view !== undefined)
      await this.#syncNodes(workload, view, infrastructure.observed, owned !== undefined)

    const input: StatusInput = {
      pool: this.#pool,
      cluster,
      bootstrap: bootstrap.observed,
      infrastructure: infrastructure.observed,
      nodes,
      machines: owned,
      failed: this.#errors.length > 0,
      now: clock.now(),
    }
    const status = computeStatus(input)
    const delayMs = this.#parts.pace.delayMs(this.#pool, status, input.failed, input.now)
    if (delayMs > 0) return { requeueAfterMs: delayMs }
    this.#announce(status, nodes)
    await this.#writeStatus(status)
    this.#throwErrors()
    return nextLook(this.#pool, nodes)
  }

  async #delete(deletion: PoolDeletion, cluster: Cluster | undefined): Promise<Result | undefined> {
    const { signal, log } = this.#context
    const workload = this.#parts.workloads.get(this.#clusterKey())
    const outcome = await deletion.run({ pool: this.#pool, cluster, workload, signal, log })
    this.#note(...outcome.errors)
    if (outcome.done) {
      await this.#removeFinalizer()
      this.#parts.rosters.forget(requestOf(this.#pool))
      this.#parts.memory.forget(this.#pool.metadata.uid ?? '')
      this.#parts.pace.forget(this.#pool.metadata.uid ?? '')
      return undefined
    }
    const owned = this.#parts.machinesOf(this.#pool)
    const status = computeStatus({
      pool: this.#pool,
      cluster,
      bootstrap: outcome.bootstrap,
      infrastructure: outcome.infrastructure,
      nodes: this.#observeNodes(
        workload && this.#summarize(matchNodes(workload, this.#pool), this.#pool.status?.nodeRefs),
      ),
      machines: owned.length > 0 ? owned.map((machine) => ({ machine })) : undefined,
      deletion: outcome.progress,
      failed: this.#errors.length > 0,
      now: this.#parts.clock.now(),
    })
    await this.#writeStatus(status)
    this.#throwErrors()
    return { requeueAfterMs: outcome.retryAfterMs }
  }

  async #syncMachines(
    infrastructure: { readonly observed: InfrastructureObservation; readonly found?: ExternalObject },
    workload: WorkloadCluster | undefined,
  ): Promise<PoolMachine[] | undefined> {
    const { observed, found } = infrastructure
    const { machinesOf, machineSync, infraMachinesOf, machine } = this.#parts
    const kind = observed.state === 'present' ? observed.report.machineKind : undefined
    if (kind === undefined || found === undefined) {
      const left = machinesOf(this.#pool)
      return left.length > 0 ? left.map((entry) => this.#withNode(entry, workload)) : undefined
    }
    const ids = new Map<string, string>()
    try {
      const infraMachines = await infraMachinesOf(this.#pool, found, kind, this.#context.signal)
      for (const { metadata, spec } of infraMachines) {
        const id = spec?.['providerID']
        if (typeof id === 'string') ids.set(metadata.name ?? '', id)
      }
      const failures = await machineSync.apply({
        pool: this.#pool,
        infraResource: found.resource,
        infraMachines,
        existing: (name) => machine({ namespace: this.#pool.metadata.namespace ?? '', name }),
        kubeletVersion: (id) =>
          workload === undefined ? undefined : findNode(workload, id)?.status.nodeInfo?.kubeletVersion,
      })
      this.#note(...failures)
    } catch (error) {
      this.#note(error)
    }
    return machinesOf(this.#pool).map((entry) => this.#withNode(entry, workload, ids.get(entry.metadata.name ?? '')))
  }

  /** @param infraID the infrastructure machine's, for as long as no Machine controller has copied it. */
  #withNode(machine: Machine, workload: WorkloadCluster | undefined, infraID?: string): PoolMachine {
    const providerID = machine.spec.providerID ?? infraID
    if (workload === undefined || providerID === undefined) return { machine }
    const node = findNode(workload, providerID)
    if (node === undefined) return { machine }
    const summary = this.#summarize([node])
    const kubeletVersion = node.status.nodeInfo?.kubeletVersion
    return {
      machine,
      node: {
        ready: summary.ready > 0,
        available: summary.available > 0,
        upToDate: summary.upToDate > 0,
        ...(kubeletVersion === undefined ? {} : { kubeletVersion }),
      },
    }
  }

  /** Says of each Machine whether it is as wanted, and replaces those whose health check asks for it. */
  async #careForMachines(all: readonly PoolMachine[]): Promise<void> {
    const { client, clock, events } = this.#parts
    const { signal, log } = this.#context
    const { replace, verdicts } = remediate(this.#pool, all)
    this.#note(
      ...(await forEachBounded(all, machineWriteConcurrency, async ({ machine, node }) => {
        const status = ownersStatus({
          pool: this.#pool,
          machine,
          kubeletVersion: node?.kubeletVersion,
          remediation: verdicts.get(machine),
          now: clock.now(),
        })
        if (status === undefined) return
        const body = { metadata: { resourceVersion: machine.metadata.resourceVersion }, status }
        try {
          await client.patch(machines, keyOf(machine), { type: 'merge', body }, { subresource: 'status', signal })
        } catch (error) {
          // Changed since it was read, or gone: its event leads to the next pass.
          if (!isConflict(error) && !isNotFound(error)) throw error
        }
      })),
    )
    this.#note(
      ...(await forEachBounded(replace, machineWriteConcurrency, async (machine) => {
        const { uid, name = '' } = machine.metadata
        log.info({ machine: name }, 'replacing an unhealthy Machine')
        await client.delete(machines, keyOf(machine), {
          signal,
          ...(uid === undefined ? {} : { preconditions: { uid } }),
        })
        events.event(this.#pool, 'Normal', 'RemediatingMachine', `replacing unhealthy Machine ${name}`)
      })),
    )
  }

  #announce(status: MachinePoolStatus, nodes: NodesObservation): void {
    const { events } = this.#parts
    for (const { type, reason, message } of announcements(this.#pool, this.#pool.status ?? {}, status)) {
      events.event(this.#pool, type, reason, message)
    }
    if (nodes.state === 'known' && nodes.summary.nodeRefs.length > 0 && status.nodeRefs === undefined) {
      const count = this.#pool.spec.providerIDList?.length ?? 0
      const message = `status.nodeRefs is left out: with ${count} instances the object would be larger than etcd stores; use several pools`
      events.event(this.#pool, 'Warning', 'ObjectTooLarge', message)
    }
  }

  #observeNodes(summary: NodeSummary | undefined): NodesObservation {
    if (summary !== undefined) return { state: 'known', summary }
    // A pool without instances has no Nodes, whether or not anybody can be asked.
    if ((this.#pool.spec.providerIDList ?? []).length === 0) return { state: 'known', summary: this.#summarize([]) }
    return { state: 'unknown', ...this.#parts.workloads.outage(this.#clusterKey()) }
  }

  #summarize(nodes: readonly (SlimNode | undefined)[], previous?: readonly NodeReference[]): NodeSummary {
    const { minReadySeconds = 0, version } = this.#pool.spec.template.spec
    return summarizeNodes({
      nodes,
      minReadySeconds,
      ...(version === undefined ? {} : { version }),
      now: this.#parts.clock.now(),
      ...(previous === undefined ? {} : { previous }),
    })
  }

  /** Nodes of instances that are gone are deleted, those that are new or changed are marked as this pool's. */
  async #syncNodes(
    workload: WorkloadCluster,
    view: RosterView,
    infrastructure: InfrastructureObservation,
    hasMachines: boolean,
  ): Promise<void> {
    const failures: unknown[] = []
    // Only a list that was read in this pass says which instances are gone.
    if (view.whole && listToCopy({ infrastructure }) !== undefined) {
      const retired = retiredNodes(workload, this.#pool)
      if (retired.length > 0) {
        this.#context.log.info(
          { nodes: retired.map((node) => node.metadata.name) },
          'deleting Nodes of removed instances',
        )
      }
      failures.push(...(await deleteNodes(workload, retired)))
    }
    // With Machines their controller carries the labels over.
    failures.push(...(await markNodes(workload, this.#pool, view.changed, { labels: !hasMachines })))
    const retirementDue = view.whole && listToCopy({ infrastructure }) === undefined
    if (failures.length > 0 || retirementDue) this.#parts.rosters.invalidate(requestOf(this.#pool))
    this.#note(...failures)
  }

  async #removeFinalizer(): Promise<void> {
    const { resourceVersion, finalizers: held = [] } = this.#pool.metadata
    const left = held.filter((entry) => entry !== finalizers.machinePool)
    await this.#writePool({ metadata: { finalizers: left, resourceVersion } })
  }

  async #writePool(body: object | undefined): Promise<void> {
    if (body === undefined) return
    const { client, memory } = this.#parts
    this.#pool = await client.patch(
      machinePools,
      requestOf(this.#pool),
      { type: 'merge', body },
      { signal: this.#context.signal },
    )
    memory.remember(this.#cached, this.#pool)
  }

  async #writeStatus(status: MachinePoolStatus): Promise<void> {
    const patch = createPatch({ status: this.#pool.status ?? {} }, { status })
    if (patch === undefined) return
    const { client, memory } = this.#parts
    this.#pool = await client.patch(
      machinePools,
      requestOf(this.#pool),
      { type: 'merge', body: patch },
      { subresource: 'status', signal: this.#context.signal },
    )
    this.#parts.pace.written(this.#pool, this.#parts.clock.now())
    memory.remember(this.#cached, this.#pool)
  }

  #clusterKey(): ObjectKey {
    return { namespace: this.#pool.metadata.namespace ?? '', name: this.#pool.spec.clusterName }
  }

  #note(...errors: readonly unknown[]): void {
    this.#errors.push(...errors.filter((error) => error !== undefined))
  }

  #throwErrors(): void {
    if (this.#errors.length === 1) throw this.#errors[0]
    if (this.#errors.length > 1) {
      const messages = this.#errors.map((error) => (error instanceof Error ? error.message : String(error)))
      throw new AggregateError(this.#errors, messages.join('; '))
    }
  }
}

/** When to look without an event: at the moment a Node becomes available, and now and then while something is missing. */
function nextLook(pool: MachinePool, nodes: NodesObservation): Result | undefined {
  if (nodes.state === 'unknown') return { requeueAfterMs: recheckMs }
  const { ready, nextAvailableInMs } = nodes.summary
  const settled = pool.spec.replicas !== undefined && ready === pool.spec.replicas
  const waits = [...(settled ? [] : [recheckMs]), ...(nextAvailableInMs === undefined ? [] : [nextAvailableInMs])]
  return waits.length === 0 ? undefined : { requeueAfterMs: Math.min(...waits) }
}

function keyOf({ metadata }: Machine): ObjectKey {
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
}
