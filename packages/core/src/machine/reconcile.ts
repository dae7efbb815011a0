import {
  finalizers,
  isPaused,
  labels,
  setCondition,
  type Cluster,
  type Machine,
  type MachinePool,
  type MachineStatus,
} from '@machinepool/api'
import {
  createPatch,
  isNotFound,
  nodes as nodeResource,
  type Client,
  type OwnerReference,
  type Store,
} from '@machinepool/kube'
import type { Clock, Reconcile, ReconcileContext, Result, SlimNode, WorkloadCluster } from '@machinepool/runtime'

import type { ExternalObject, ExternalObjects } from '../machine-pool/external-objects.ts'
import { UnknownKindError } from '../machine-pool/external-kinds.ts'
import { machinePoolApiVersion, machines } from '../machine-pool/objects.ts'
import { controllerOf } from '../machine-pool/ownership.ts'
import { findNode, writeNode } from '../machine-pool/pool-nodes.ts'
import type { WatchedWorkloads } from '../machine-pool/pool-workloads.ts'
import type { WriteMemory } from '../machine-pool/write-memory.ts'
import { readInfraMachine, type InfraMachineReport } from './infra-machine.ts'
import { keyOf, type MachineDeletion } from './machine-deletion.ts'
import { machineNodeChanges } from './machine-node.ts'
import { availableInMs, machineStatus, type MachineFindings } from './machine-status.ts'

/** While something is missing, without news. */
const recheckMs = 30_000

export interface MachineReconcilerParts {
  readonly client: Client
  readonly clock: Clock
  readonly machines: Store<Machine>
  readonly pools: Store<MachinePool>
  readonly clusters: Store<Cluster>
  readonly workloads: WatchedWorkloads
  readonly external: ExternalObjects
  readonly deletion: MachineDeletion
  readonly memory: WriteMemory
}

/** One pass over one Machine of a MachinePool; Machines of anybody else are left alone. */
export function createMachineReconcile(parts: MachineReconcilerParts): Reconcile {
  return async (request, context) => {
    const cached = parts.machines.get(request)
    const owner = cached && controllerOf(cached)
    if (cached === undefined || owner?.kind !== 'MachinePool') return undefined
    return new MachinePass(parts, cached, context).run(owner)
  }
}

/** The state of one pass. It lives for one call of reconcile. */
class MachinePass {
  readonly #parts: MachineReconcilerParts
  readonly #context: ReconcileContext
  readonly #cached: Machine
  #machine: Machine

  constructor(parts: MachineReconcilerParts, cached: Machine, context: ReconcileContext) {
    this.#parts = parts
    this.#context = context
    this.#cached = cached
    this.#machine = parts.memory.latest(cached)
  }

  async run(owner: OwnerReference): Promise<Result | undefined> {
    const { namespace = '', deletionTimestamp, finalizers: held = [] } = this.#machine.metadata
    const clusterKey = { namespace, name: this.#machine.spec.clusterName }
    const cluster = this.#parts.clusters.get(clusterKey)
    if (isPaused(cluster, this.#machine)) {
      const paused = {
        type: 'Paused',
        status: 'True',
        reason: 'Paused',
        message: 'the Cluster or the Machine is paused',
      } as const
      const conditions = setCondition(this.#machine.status?.conditions, paused, new Date(this.#parts.clock.now()))
      await this.#writeStatus({ ...this.#machine.status, conditions })
      return undefined
    }
    const isHeld = held.includes(finalizers.machine)
    if (deletionTimestamp !== undefined && !isHeld) return undefined
    if (!isHeld) {
      const { resourceVersion } = this.#machine.metadata
      await this.#write({ metadata: { finalizers: [...held, finalizers.machine], resourceVersion } })
    }
    const infra = await this.#infrastructure(deletionTimestamp !== undefined)
    const workload = this.#parts.workloads.get(clusterKey)
    const outage = workload === undefined ? this.#parts.workloads.outage(clusterKey) : undefined
    const pool = this.#parts.pools.get({ namespace, name: owner.name })
    if (deletionTimestamp !== undefined) return this.#delete({ pool, cluster, infra, workload, outage })
    return this.#reconcile(infra, workload, outage)
  }

  async #infrastructure(deleting: boolean): Promise<ExternalObject> {
    const { external } = this.#parts
    const { namespace = '' } = this.#machine.metadata
    const ref = this.#machine.spec.infrastructureRef
    try {
      // Before a Machine goes for good the server is asked: a late copy must not make an instance look gone.
      const { signal } = this.#context
      return await (deleting ? external.confirm(namespace, ref, signal) : external.get(namespace, ref, signal))
    } catch (error) {
      if (!deleting || !(error instanceof UnknownKindError)) throw error
      const resource = { group: ref.apiGroup, version: '', kind: ref.kind, plural: '', namespaced: true }
      return { resource, key: { namespace, name: ref.name }, object: undefined }
    }
  }

  async #reconcile(
    infra: ExternalObject,
    workload: WorkloadCluster | undefined,
    outage: MachineFindings['outage'],
  ): Promise<Result | undefined> {
    const { clock } = this.#parts
    const report = infra.object && readInfraMachine(infra.object)
    if (infra.object !== undefined) await this.#adopt(infra)
    await this.#copyProviderID(report)
    const { providerID } = this.#machine.spec
    const node = workload === undefined || providerID === undefined ? undefined : findNode(workload, providerID)
    if (workload !== undefined && node !== undefined) await this.#mark(workload, node, report?.interruptible ?? false)
    const nodeInfo = workload === undefined || node === undefined ? undefined : await this.#nodeInfo(workload, node)
    const status = machineStatus({
      machine: this.#machine,
      infra: report,
      node,
      ...(outage === undefined ? {} : { outage }),
      ...(nodeInfo === undefined ? {} : { nodeInfo }),
      now: clock.now(),
    })
    await this.#writeStatus(status)
    const rest = availableInMs(this.#machine, status.conditions, clock.now())
    if (rest > 0) return { requeueAfterMs: rest }
    return node === undefined ? { requeueAfterMs: recheckMs } : undefined
  }

  async #delete(
    found: Pick<Parameters<MachineDeletion['run']>[0], 'pool' | 'cluster' | 'infra' | 'workload' | 'outage'>,
  ): Promise<Result | undefined> {
    const { deletion, clock, memory } = this.#parts
    const node = found.workload && (await this.#ownNode(found.workload))
    const outcome = await deletion.run({ ...found, machine: this.#machine, node, context: this.#context })
    if (outcome.done) {
      const { resourceVersion, finalizers: held = [] } = this.#machine.metadata
      await this.#write({ metadata: { finalizers: held.filter((one) => one !== finalizers.machine), resourceVersion } })
      memory.forget(this.#machine.metadata.uid ?? '')
      return undefined
    }
    const { reason, message, times, retryAfterMs } = outcome
    const status = machineStatus({
      machine: this.#machine,
      infra: found.infra.object && readInfraMachine(found.infra.object),
      node,
      ...(found.outage === undefined ? {} : { outage: found.outage }),
      deletion: { reason, message, times },
      now: clock.now(),
    })
    await this.#writeStatus(status)
    return { requeueAfterMs: retryAfterMs }
  }

  /**
   * The Node of this very machine. One that was made anew in its place has the same providerID and name, often the same Node,
   * and another system UUID: it is not drained and its Node not deleted for its predecessor.
   */
  async #ownNode(workload: WorkloadCluster): Promise<SlimNode | undefined> {
    const { providerID } = this.#machine.spec
    const node = providerID === undefined ? undefined : findNode(workload, providerID)
    const known = this.#machine.status?.nodeInfo?.systemUUID
    if (node === undefined || known === undefined) return node
    try {
      const { status } = await workload.client.get(nodeResource, { name: node.metadata.name ?? '' })
      const present = status?.nodeInfo?.['systemUUID']
      return present === undefined || present === known ? node : undefined
    } catch (error) {
      if (isNotFound(error)) return undefined
      // Whoever cannot be asked is handled as unreachable where it matters.
      return node
    }
  }

  /** The Machine owns its infrastructure machine, as its provider expects. Another controller is left what it is. */
  async #adopt({ object, resource, key }: ExternalObject): Promise<void> {
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return
    const { uid = '', name = '' } = this.#machine.metadata
    const owners = object.metadata.ownerReferences ?? []
    const clusterLabel = object.metadata.labels?.[labels.clusterName]
    if (owners.some((owner) => owner.uid === uid) && clusterLabel === this.#machine.spec.clusterName) return
    const current = controllerOf(object)
    // Under another UID it is this Machine as well: it had that before a restore from a backup.
    const controller = current === undefined || (current.kind === 'Machine' && current.name === name)
    const mine = {
      apiVersion: machinePoolApiVersion,
      kind: 'Machine',
      name,
      uid,
      ...(controller && { controller: true, blockOwnerDeletion: true }),
    }
    const others = owners.filter((owner) => !(owner.kind === 'Machine' && owner.name === name))
    const body = {
      metadata: {
        labels: { [labels.clusterName]: this.#machine.spec.clusterName },
        ownerReferences: [...others, mine],
        resourceVersion: object.metadata.resourceVersion,
      },
    }
    await this.#parts.client.patch(resource, key, { type: 'merge', body }, { signal: this.#context.signal })
  }

  async #copyProviderID(report: InfraMachineReport | undefined): Promise<void> {
    const { spec } = this.#machine
    const changes = {
      ...(report?.providerID !== undefined &&
        report.providerID !== spec.providerID && { providerID: report.providerID }),
      ...(report?.failureDomain !== undefined &&
        spec.failureDomain === undefined && { failureDomain: report.failureDomain }),
    }
    if (Object.keys(changes).length > 0) await this.#write({ spec: changes })
  }

  async #mark(workload: WorkloadCluster, node: SlimNode, interruptible: boolean): Promise<void> {
    const changes = machineNodeChanges(this.#machine, node, interruptible)
    if (changes !== undefined) await writeNode(workload, node.metadata.name ?? '', changes)
  }

  /** The local copy of a Node keeps only its kubelet's version; the rest is read when that changes. */
  async #nodeInfo(workload: WorkloadCluster, node: SlimNode): Promise<MachineStatus['nodeInfo']> {
    const known = this.#machine.status?.nodeInfo
    if (known?.kubeletVersion === node.status.nodeInfo?.kubeletVersion) return undefined
    try {
      const { status } = await workload.client.get(nodeResource, { name: node.metadata.name ?? '' })
      return fullNodeInfo(status?.nodeInfo)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async #write(body: object): Promise<void> {
    const { client, memory } = this.#parts
    const { signal } = this.#context
    this.#machine = await client.patch(machines, keyOf(this.#machine), { type: 'merge', body }, { signal })
    memory.remember(this.#cached, this.#machine)
  }

  async #writeStatus(status: MachineStatus): Promise<void> {
    const patch = createPatch({ status: this.#machine.status ?? {} }, { status })
    if (patch === undefined) return
    const { client, memory } = this.#parts
    // Several controllers write conditions, and a merge patch replaces the list: only over the one it was computed from.
    const body = { ...patch, metadata: { resourceVersion: this.#machine.metadata.resourceVersion } }
    this.#machine = await client.patch(
      machines,
      keyOf(this.#machine),
      { type: 'merge', body },
      { subresource: 'status', signal: this.#context.signal },
    )
    memory.remember(this.#cached, this.#machine)
  }
}

/** Kubelets fill in all of it or, before their first report, nothing. */
function fullNodeInfo(info: Record<string, string> | undefined): MachineStatus['nodeInfo'] {
  if (info?.['systemUUID'] === undefined) return undefined
  const text = (field: string): string => info[field] ?? ''
  return {
    machineID: text('machineID'),
    systemUUID: text('systemUUID'),
    bootID: text('bootID'),
    kernelVersion: text('kernelVersion'),
    osImage: text('osImage'),
    containerRuntimeVersion: text('containerRuntimeVersion'),
    kubeletVersion: text('kubeletVersion'),
    kubeProxyVersion: text('kubeProxyVersion'),
    operatingSystem: text('operatingSystem'),
    architecture: text('architecture'),
  }
}
