import type { Cluster, MachinePool } from '@machinepool/api'
import type { AnyInfraMachinePool } from '@machinepool/contract'
import {
  createManualClock,
  createMemoryCloud,
  createReferenceProvider,
  referenceKind,
  type CloudBehaviour,
  type CloudInstance,
  type ManualClock,
  type MemoryCloud,
  type ReferenceSpec,
} from '@machinepool/contract/testing'
import { nodes, ObjectStore, pods, secrets, type Node, type Pod, type UnknownObject } from '@machinepool/kube'
import type { Informer, Reconcile, SlimNode, WorkloadCluster } from '@machinepool/runtime'

import { clusters, machinePools, machines as machineResource } from '../machine-pool/objects.ts'
import { createWriteMemory } from '../machine-pool/write-memory.ts'
import { defaultPollIntervals, type PollIntervals } from './decide/requeue.ts'
import { createDrainRules } from './drain-rules.ts'
import { createFailureCounter } from './errors.ts'
import { infraResource, type InfraObject } from './infra-object.ts'
import { infraMachineResource } from './machines/infra-machine.ts'
import { createMachineObjects, ownerIndex, ownerKeys } from './machines/machine-sync.ts'
import { createEngineReconcile } from './reconcile.ts'
import { MemoryKube, type RunningProcess } from './memory-kube.test.support.ts'

export interface PoolLifeOptions {
  readonly behaviour?: Partial<CloudBehaviour>
  readonly spec?: Partial<ReferenceSpec>
  readonly replicas?: number
  readonly seed?: number
  /** Publish machines. */
  readonly machines?: boolean
  readonly intervals?: PollIntervals
  /** From running to a ready Node, in milliseconds. */
  readonly nodeMs?: number
  /** Pods on each Node. */
  readonly podsPerNode?: number
  readonly pool?: Partial<MachinePool['spec']['template']['spec']>
  /** What the real world would check after each step, as an independent watcher. */
  readonly watch?: (life: PoolLife) => void
}

const namespace = 'default'
const name = 'pool'
const request = { namespace, name }
const resource = infraResource(referenceKind)
const machineKind = referenceKind.machineKind!
export const infraMachines = infraMachineResource(referenceKind, machineKind)

const quiet = { debug() {}, info() {}, warn() {}, error() {}, trace() {}, fatal() {} }

/**
 * One pool's life: the real reconcile on the contract's cloud in memory, with a workload cluster whose Nodes follow the
 * instances. Processes can be ended at any write and started again.
 */
export class PoolLife {
  readonly clock: ManualClock
  readonly cloud: MemoryCloud
  readonly management = new MemoryKube()
  readonly workload = new MemoryKube()
  readonly options: PoolLifeOptions
  restarts = 0
  /** Requeue of the last reconcile, in milliseconds. */
  requeueAfterMs: number | undefined
  connected = true
  /** Of the management cluster that the next process runs in. */
  managementId = 'management-1'
  reconciles = 0
  readonly #nodes = new ObjectStore<SlimNode>()
  readonly #podsMade = new Set<string>()
  #process: RunningProcess = { ended: false }
  #reconcile: Reconcile

  constructor(options: PoolLifeOptions = {}) {
    this.options = options
    this.clock = createManualClock()
    this.cloud = createMemoryCloud({
      clock: this.clock,
      ...(options.behaviour && { behaviour: options.behaviour }),
      ...(options.seed !== undefined && { seed: options.seed }),
    })
    this.#nodes.addIndex('providerID', (node) => (node.spec.providerID === undefined ? [] : [node.spec.providerID]))
    this.management.now = () => this.clock.now()
    this.management.store(infraMachines).addIndex(ownerIndex, ownerKeys(referenceKind))
    this.#makeObjects()
    this.#reconcile = this.#startProcess()
  }

  get object(): InfraObject | undefined {
    return this.management.store(resource).get(request)
  }

  get machinePool(): MachinePool | undefined {
    return this.management.store(machinePools).get(request)
  }

  condition(type: string): { status: string; reason: string; message: string } | undefined {
    const conditions = (this.object?.status?.['conditions'] ?? []) as unknown as {
      type: string
      status: string
      reason: string
      message: string
    }[]
    return conditions.find((one) => one.type === type)
  }

  /** Every instance there is. */
  all(): readonly CloudInstance[] {
    return this.cloud.groups().flatMap(({ name: group }) => this.cloud.instances(group))
  }

  /** Instances that hold a place of the group. */
  live(): readonly CloudInstance[] {
    return this.all().filter(({ state }) => state === 'pending' || state === 'running' || state === 'failed')
  }

  node(instance: Pick<CloudInstance, 'name'>): Node | undefined {
    return this.workload.store(nodes).get({ name: instance.name })
  }

  setSpec(change: Partial<ReferenceSpec>): void {
    const object = this.object!
    this.management.put(resource, { ...object, spec: { ...object.spec, ...(change as InfraObject['spec']) } })
  }

  setReplicas(replicas: number): void {
    const pool = this.machinePool!
    this.management.put(machinePools, { ...pool, spec: { ...pool.spec, replicas } })
  }

  annotate(annotations: Record<string, string>): void {
    const object = this.object!
    const merged = { ...object.metadata.annotations, ...annotations }
    this.management.put(resource, { ...object, metadata: { ...object.metadata, annotations: merged } })
  }

  annotateMachinePool(annotations: Record<string, string>): void {
    const pool = this.machinePool!
    const merged = { ...pool.metadata.annotations, ...annotations }
    this.management.put(machinePools, { ...pool, metadata: { ...pool.metadata, annotations: merged } })
  }

  delete(): void {
    this.management.remove(resource, request, this.clock.now())
  }

  deleteCluster(): void {
    this.management.store(clusters).remove({ namespace, name: 'cluster' })
  }

  setNodeReady(instance: Pick<CloudInstance, 'name'>, ready: boolean): void {
    const node = this.node(instance)!
    this.#putNode(node, ready)
  }

  /** A new process that knows nothing but what is stored. */
  restart(): void {
    this.restarts += 1
    this.#reconcile = this.#startProcess()
  }

  /** One reconcile at the present moment. Ends the process and starts another where a kill point was met. */
  async step(): Promise<void> {
    this.syncNodes()
    this.reconciles += 1
    try {
      const result = await this.#reconcile(request, {
        // Pino's interface is wider than what is called.
        log: quiet as unknown as Parameters<Reconcile>[1]['log'],
        signal: new AbortController().signal,
      })
      this.requeueAfterMs = result?.requeueAfterMs
    } catch (error) {
      if (!(error instanceof Error) || (error.name !== 'ProcessKilled' && error.name !== 'KilledAtWrite')) throw error
      this.#process.ended = true
    }
    if (this.#process.ended) {
      this.restart()
      this.requeueAfterMs = 1
    }
    this.syncNodes()
    this.options.watch?.(this)
  }

  /** Reconciles as its requeues say, until `done` holds and nothing is left to do at once, or `ms` have passed. */
  async run(
    ms: number,
    done: (life: PoolLife) => boolean = () => false,
    { longestWaitMs = 10_000 }: { readonly longestWaitMs?: number } = {},
  ): Promise<boolean> {
    const end = this.clock.now() + ms
    while (this.clock.now() <= end) {
      // One thing after the other is the point.
      // oxlint-disable-next-line no-await-in-loop
      await this.step()
      if (this.object === undefined) return done(this)
      const wait = Math.min(this.requeueAfterMs ?? 5_000, longestWaitMs)
      if (done(this) && wait >= 100) return true
      // oxlint-disable-next-line no-await-in-loop
      await this.clock.advance(wait)
    }
    return done(this)
  }

  /** Nodes follow instances, as kubelets and cloud controllers make them. */
  syncNodes(): void {
    const store = this.workload.store(nodes)
    const running = new Map<string, CloudInstance>()
    for (const group of this.cloud.groups()) {
      for (const instance of this.cloud.instances(group.name)) running.set(instance.name, instance)
    }
    for (const node of store.list()) {
      const instance = running.get(node.metadata.name ?? '')
      const gone = instance === undefined || node.metadata.labels?.['life'] !== instance.incarnation
      if (gone) this.#removeNode(node)
      else this.#putSlim(node)
    }
    for (const instance of running.values()) this.#joinNode(instance)
  }

  #joinNode(instance: CloudInstance): void {
    const age = this.clock.now() - instance.createdAt
    const joined = this.cloud.behaviour.bootMs + (this.options.nodeMs ?? 0)
    if (instance.state !== 'running' || age < joined || this.node(instance) !== undefined) return
    this.#putNode(
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: instance.name, labels: { life: instance.incarnation } },
        spec: { providerID: instance.providerID },
      },
      true,
    )
    if (this.#podsMade.has(instance.incarnation)) return
    this.#podsMade.add(instance.incarnation)
    for (let index = 0; index < (this.options.podsPerNode ?? 0); index++) {
      const pod: Pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace: 'app', name: `${instance.incarnation}-${index}`, labels: { app: 'web' } },
        spec: { nodeName: instance.name },
        status: { phase: 'Running' },
      }
      this.workload.put(pods, pod)
    }
  }

  #putNode(node: Node, ready: boolean): void {
    const lastTransitionTime = new Date(this.clock.now()).toISOString()
    const status = { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime }] }
    this.#putSlim(this.workload.put(nodes, { ...node, status }))
  }

  #putSlim(node: Node): void {
    // The slim shape is a part of the Node's.
    this.#nodes.set(structuredClone(node) as unknown as SlimNode, false)
  }

  #removeNode({ metadata }: Node): void {
    const key = { name: metadata.name ?? '' }
    this.workload.store(nodes).remove(key)
    this.#nodes.remove(key)
    for (const pod of this.workload.store(pods).list()) {
      if (pod.spec?.nodeName === key.name)
        this.workload.store(pods).remove({ namespace: 'app', name: pod.metadata.name ?? '' })
    }
  }

  #startProcess(): Reconcile {
    const process: RunningProcess = { ended: false }
    this.#process = process
    const client = this.management.client(process)
    const machines = this.options.machines ?? false
    const provider: AnyInfraMachinePool = createReferenceProvider({ cloud: this.cloud, capabilities: { machines } })
    const memory = createWriteMemory()
    return createEngineReconcile({
      provider,
      managementId: this.managementId,
      client,
      clock: this.clock,
      events: { event() {} },
      kinds: { resolve: () => Promise.reject(new Error('no references in this life')) },
      infraPools: this.management.store(resource),
      stores: {
        machinePools: this.management.store(machinePools),
        clusters: this.management.store(clusters),
        infraClusters: new Map([['MemoryCluster', new ObjectStore<UnknownObject>()]]),
      },
      secrets: this.management.store(secrets),
      controlPlanes: { get: () => Promise.resolve(undefined) },
      drainRules: createDrainRules(client, this.clock),
      workload: () => (this.connected ? this.#workloadCluster(process) : undefined),
      memory,
      machines: machines
        ? createMachineObjects({
            kind: { ...referenceKind, machineKind },
            client,
            objects: this.management.store(infraMachines),
            machines: this.management.store(machineResource),
            memory,
          })
        : undefined,
      failures: createFailureCounter(),
      intervals: this.options.intervals ?? defaultPollIntervals,
      holdTerminations: true,
      watchFilter: undefined,
    })
  }

  #workloadCluster(process: RunningProcess): WorkloadCluster {
    const informer: Informer<SlimNode> = {
      store: this.#nodes,
      synced: Promise.resolve(),
      hasSynced: true,
      addIndex() {},
      onEvent: () => () => undefined,
    }
    return {
      key: { namespace, name: 'cluster' },
      client: this.workload.client(process),
      nodes: informer,
      informer: () => {
        throw new Error('the engine asks for Nodes only')
      },
    }
  }

  #makeObjects(): void {
    const { replicas = 3, spec, pool } = this.options
    const cluster: Cluster = {
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      kind: 'Cluster',
      metadata: { namespace, name: 'cluster' },
      spec: { clusterNetwork: { apiServerPort: 6443 } },
    }
    this.management.put(clusters, cluster)
    this.management.put(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'bootstrap' },
      data: { value: Buffer.from('#cloud-config').toString('base64') },
    })
    const machinePool: MachinePool = {
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      kind: 'MachinePool',
      metadata: { namespace, name },
      spec: {
        clusterName: 'cluster',
        replicas,
        template: {
          spec: {
            clusterName: 'cluster',
            bootstrap: { dataSecretName: 'bootstrap' },
            infrastructureRef: { apiGroup: referenceKind.group, kind: referenceKind.kind, name },
            ...pool,
          },
        },
      },
    }
    const stored = this.management.put(machinePools, machinePool)
    const full: ReferenceSpec = {
      region: 'here',
      minSize: 0,
      maxSize: 10,
      instanceType: 'small',
      image: { id: 'image-1' },
      ...spec,
    }
    this.management.put(resource, {
      apiVersion: `${referenceKind.group}/${referenceKind.version}`,
      kind: referenceKind.kind,
      metadata: {
        namespace,
        name,
        labels: { 'cluster.x-k8s.io/cluster-name': 'cluster' },
        ownerReferences: [
          {
            apiVersion: 'cluster.x-k8s.io/v1beta2',
            kind: 'MachinePool',
            name,
            uid: stored.metadata.uid ?? '',
            controller: true,
          },
        ],
      },
      // A spec is plain data.
      spec: full as unknown as NonNullable<InfraObject['spec']>,
    })
  }
}
