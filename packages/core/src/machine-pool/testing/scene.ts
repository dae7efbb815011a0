import type { Cluster, Machine, MachinePool, MachinePoolStatus } from '@machinepool/api'
import { nodes, type Node, type Resource, type UnknownObject } from '@machinepool/kube'
import {
  createManualClock,
  createMemoryApi,
  createTestManager,
  createTestWorkloadClusters,
  type ManualClock,
  type MemoryApi,
  type TestManager,
  type TestWorkloadClusters,
} from '@machinepool/runtime/testing'

import { createMachinePoolController } from '../controller.ts'
import { clusters, machinePools, machines } from '../objects.ts'

export const infraPools: Resource = {
  group: 'infrastructure.cluster.x-k8s.io',
  version: 'v1beta2',
  kind: 'TestMachinePool',
  plural: 'testmachinepools',
  namespaced: true,
}
export const infraMachines: Resource = { ...infraPools, kind: 'TestMachine', plural: 'testmachines' }
export const bootstrapConfigs: Resource = {
  group: 'bootstrap.cluster.x-k8s.io',
  version: 'v1beta2',
  kind: 'TestConfig',
  plural: 'testconfigs',
  namespaced: true,
}

const namespace = 'default'
export const poolKey = { namespace, name: 'np' }
export const clusterKey = { namespace, name: 'prod' }

/** A management cluster with one Cluster, its workload cluster, and the controller under test. */
export class Scene {
  readonly clock: ManualClock = createManualClock(Date.parse('2026-03-01T12:00:00Z'))
  readonly api: MemoryApi = createMemoryApi(this.clock)
  readonly workloadApi: MemoryApi = createMemoryApi(this.clock)
  readonly workloads: TestWorkloadClusters = createTestWorkloadClusters()
  readonly runner: TestManager

  constructor() {
    this.api.serve(infraPools, { 'cluster.x-k8s.io/v1beta2': 'v1beta2' })
    this.api.serve(infraMachines, { 'cluster.x-k8s.io/v1beta2': 'v1beta2' })
    this.api.serve(bootstrapConfigs, { 'cluster.x-k8s.io/v1beta2': 'v1beta2' })
    this.putCluster()
    this.runner = createTestManager(this.api, this.clock)
    createMachinePoolController(this.runner.manager, { workloadClusters: this.workloads })
    this.connect()
  }

  connect(): void {
    this.workloads.connect(clusterKey, this.workloadApi)
  }

  putCluster(change: Partial<Cluster> = {}): Cluster {
    return this.api.put(clusters, {
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      kind: 'Cluster',
      metadata: { ...clusterKey, uid: 'cluster-uid' },
      spec: {},
      ...change,
    })
  }

  /** A pool made an hour ago that names the bootstrap config and infrastructure pool of its own name. */
  putPool(change: (pool: MachinePool) => void = () => {}): MachinePool {
    const pool: MachinePool = {
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      kind: 'MachinePool',
      metadata: { ...poolKey, creationTimestamp: '2026-03-01T11:00:00Z' },
      spec: {
        clusterName: clusterKey.name,
        replicas: 2,
        template: {
          spec: {
            clusterName: clusterKey.name,
            version: 'v1.33.1',
            bootstrap: { configRef: { apiGroup: bootstrapConfigs.group, kind: bootstrapConfigs.kind, name: 'np' } },
            infrastructureRef: { apiGroup: infraPools.group, kind: infraPools.kind, name: 'np' },
          },
        },
      },
    }
    change(pool)
    return this.api.put(machinePools, pool)
  }

  changePool(change: (pool: MachinePool) => void): void {
    const pool = this.pool
    change(pool)
    this.api.put(machinePools, pool)
  }

  putBootstrap(status: Record<string, unknown> = {}, name = 'np'): void {
    this.#putReferenced(bootstrapConfigs, name, { status })
  }

  putInfra(spec: Record<string, unknown>, status: Record<string, unknown>): void {
    this.#putReferenced(infraPools, 'np', { spec, status })
  }

  #putReferenced(resource: Resource, name: string, content: Partial<UnknownObject>): void {
    const existing = this.api.get(resource, { namespace, name })
    this.api.put(resource, {
      apiVersion: `${resource.group}/${resource.version}`,
      kind: resource.kind,
      metadata: existing?.metadata ?? { namespace, name },
      ...content,
    })
  }

  /** Bootstrap data and infrastructure are there, with these instances. */
  putReady(ids: readonly string[], status: Record<string, unknown> = {}): void {
    this.putBootstrap({ initialization: { dataSecretCreated: true }, dataSecretName: 'np-data' })
    this.putInfra(
      { providerIDList: [...ids] },
      { initialization: { provisioned: true }, replicas: ids.length, ...status },
    )
  }

  putInfraMachine(name: string, providerID?: string, labels: Record<string, string> = {}): void {
    this.api.put(infraMachines, {
      apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta2',
      kind: infraMachines.kind,
      metadata: {
        namespace,
        name,
        labels: { 'cluster.x-k8s.io/cluster-name': 'prod', 'cluster.x-k8s.io/pool-name': 'np', ...labels },
      },
      ...(providerID === undefined ? {} : { spec: { providerID } }),
    })
  }

  putNode(name: string, providerID: string | undefined, options: NodeOptions = {}): void {
    const { ready = true, readySince, version = 'v1.33.1', taints, annotations, labels, uid } = options
    const time = readySince ?? new Date(this.clock.now() - 3600_000).toISOString()
    this.workloadApi.put<Node>(nodes, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        uid: uid ?? `${name}-uid`,
        ...(annotations === undefined ? {} : { annotations }),
        ...(labels === undefined ? {} : { labels }),
      },
      spec: { ...(providerID === undefined ? {} : { providerID }), ...(taints === undefined ? {} : { taints }) },
      status: {
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: time }],
        nodeInfo: { kubeletVersion: version },
      },
    })
  }

  node(name: string): Node | undefined {
    return this.workloadApi.get(nodes, { name })
  }

  get nodeNames(): string[] {
    return this.workloadApi.list(nodes).map((node) => node.metadata.name ?? '')
  }

  settle(): Promise<void> {
    return this.runner.settle()
  }

  get pool(): MachinePool {
    const pool = this.api.get(machinePools, poolKey)
    if (pool === undefined) throw new Error('the pool is gone')
    return pool
  }

  get exists(): boolean {
    return this.api.get(machinePools, poolKey) !== undefined
  }

  get status(): MachinePoolStatus {
    return this.pool.status ?? {}
  }

  get infra(): UnknownObject | undefined {
    return this.api.get(infraPools, poolKey)
  }

  get bootstrap(): UnknownObject | undefined {
    return this.api.get(bootstrapConfigs, poolKey)
  }

  get machines(): Machine[] {
    return this.api.list(machines)
  }

  /** `status: reason` of a v1beta2 condition. */
  condition(type: string): string | undefined {
    const found = this.status.conditions?.find((entry) => entry.type === type)
    return found === undefined ? undefined : `${found.status}: ${found.reason}`
  }

  message(type: string): string | undefined {
    return this.status.conditions?.find((entry) => entry.type === type)?.message
  }

  /** `status: reason` of a deprecated v1beta1 condition; just the status where it has no reason. */
  deprecated(type: string): string | undefined {
    const found = this.status.deprecated?.v1beta1?.conditions?.find((entry) => entry.type === type)
    if (found === undefined) return undefined
    return found.reason === undefined ? found.status : `${found.status}: ${found.reason}`
  }

  writesTo(target: string): number {
    return this.api.writes.filter((write) => write.target === target).length
  }
}

export interface NodeOptions {
  readonly ready?: boolean
  readonly readySince?: string
  readonly version?: string
  readonly taints?: { key: string; effect: string }[]
  readonly annotations?: Record<string, string>
  readonly labels?: Record<string, string>
  readonly uid?: string
}

export const aws = (index: number): string => `aws:///eu-west-1a/i-${index.toString().padStart(17, '0')}`
