import { labels, poolNameLabelValue, type Machine, type MachinePool } from '@machinepool/api'
import type { ObjectKey, Store, StoreEvent, UnknownObject } from '@machinepool/kube'
import type { Controller, Manager, Request, WorkloadClusters } from '@machinepool/runtime'

import { createPoolDeletion } from './deletion.ts'
import { createExternalKinds } from './external-kinds.ts'
import { createExternalObjects } from './external-objects.ts'
import { clusters, machinePools, machines } from './objects.ts'
import { controllerOf, isControlledBy, owningPools } from './ownership.ts'
import { createMachineSync } from './pool-machines.ts'
import { createNodeRosters } from './node-roster.ts'
import { createPoolReferences, inCluster } from './pool-references.ts'
import {
  clusterIndexValue,
  createWatchedWorkloads,
  instancesOfNode,
  poolIndex,
  poolsOfNode,
  requestOf,
} from './pool-workloads.ts'
import { createReconcile } from './reconcile.ts'
import { createMemberComparison } from './spec-from-references.ts'
import { createStatusPace } from './status-pace.ts'
import { createWriteMemory } from './write-memory.ts'

export interface MachinePoolControllerOptions {
  readonly workloadClusters: WorkloadClusters
  /** Pools worked on at the same time. Default 50. */
  readonly concurrency?: number
}

/** Names of indexes in shared stores. */
const machinesOfPool = 'machine-pool-controller/owner'
const infraMachinesOfPool = 'machine-pool-controller/pool-label'

/**
 * The Cluster API MachinePool controller: binds a pool to its Cluster, bootstrap config and infrastructure pool, copies what
 * they report, matches instances with Nodes, and says the truth about all of it in the pool's status. Works with any
 * infrastructure kind that keeps the InfraMachinePool contract.
 */
export function createMachinePoolController(manager: Manager, options: MachinePoolControllerOptions): Controller {
  const { client, cache, clock } = manager
  const pools = indexedPools(manager)
  const machineInformer = cache.informer(machines)
  machineInformer.addIndex(machinesOfPool, (machine) => {
    const owner = controllerOf(machine)
    return owner?.kind === 'MachinePool' ? [`${machine.metadata.namespace}/${owner.name}`] : []
  })
  const clusterStore = cache.informer(clusters).store
  const memory = createWriteMemory()
  const sameMembers = createMemberComparison()
  const rosters = createNodeRosters(sameMembers)

  // The parts call the controller only while it runs; it exists by then.
  const theController = (): Controller => controller
  const external = createExternalObjects({
    client,
    cache,
    kinds: createExternalKinds(client, clock),
    controller: theController,
    map: (event) => poolsOfReference(pools, event),
  })

  const controller = manager.addController({
    name: 'machinepool',
    concurrency: options.concurrency ?? 50,
    reconcile: createReconcile({
      client,
      clock,
      events: manager.events,
      pools,
      clusters: clusterStore,
      memory,
      pace: createStatusPace(),
      rosters,
      sameMembers,
      references: createPoolReferences(client, external, memory),
      workloads: createWatchedWorkloads({
        workloadClusters: options.workloadClusters,
        ofCluster: (cluster) => pools.byIndex(poolIndex.cluster, clusterIndexValue(cluster)).map(requestOf),
        ofNode: (cluster, event) => {
          const concerned = poolsOfNode(pools, cluster, event)
          for (const pool of concerned) rosters.touch(pool, instancesOfNode(event))
          return concerned
        },
        controller: theController,
        clock,
      }),
      machineSync: createMachineSync(client),
      deletion: createPoolDeletion(client, external, clock),
      machinesOf: (pool) => machinesControlledBy(machineInformer.store, pool),
      machine: (key: ObjectKey) => machineInformer.store.get(key),
      infraMachinesOf: async (pool, infra, kind, signal) => {
        const reference = { apiGroup: infra.resource.group, kind }
        const { informer } = await external.informer(reference, (event) => poolsOfPoolLabel(pools, event), signal)
        informer.addIndex(infraMachinesOfPool, poolLabelValues)
        return informer.store
          .byIndex(infraMachinesOfPool, poolLabelValueOf(pool))
          .filter((object) => inCluster(object, pool))
      },
    }),
    watches: [
      { resource: machinePools },
      {
        resource: clusters,
        map: (event) => pools.byIndex(poolIndex.cluster, clusterIndexValue(requestOf(event.object))).map(requestOf),
      },
      { resource: machines, map: (event) => poolsOfMachine(event) },
    ],
  })
  return controller
}

function indexedPools(manager: Manager): Store<MachinePool> {
  const informer = manager.cache.informer(machinePools)
  informer.addIndex(poolIndex.cluster, (pool) => [`${pool.metadata.namespace}/${pool.spec.clusterName}`])
  informer.addIndex(poolIndex.providerID, (pool) =>
    (pool.spec.providerIDList ?? []).map((id) => `${pool.metadata.namespace}/${pool.spec.clusterName}/${id}`),
  )
  informer.addIndex(poolIndex.reference, (pool) => {
    const { bootstrap, infrastructureRef } = pool.spec.template.spec
    return [bootstrap.configRef, infrastructureRef].flatMap((ref) =>
      ref === undefined ? [] : [`${pool.metadata.namespace}/${ref.apiGroup}/${ref.kind}/${ref.name}`],
    )
  })
  informer.addIndex(poolIndex.poolLabel, (pool) => [poolLabelValueOf(pool)])
  return informer.store
}

function poolLabelValueOf(pool: MachinePool): string {
  return `${pool.metadata.namespace}/${poolNameLabelValue(pool.metadata.name ?? '')}`
}

function poolLabelValues(object: UnknownObject): string[] {
  const value = object.metadata.labels?.[labels.poolName]
  return value === undefined ? [] : [`${object.metadata.namespace}/${value}`]
}

/** Pools that name the object, found by reference (it may be made after the pool), and pools that own it. */
function poolsOfReference(pools: Store<MachinePool>, { object }: StoreEvent<UnknownObject>): Request[] {
  const { namespace, name = '' } = object.metadata
  const group = object.apiVersion.slice(0, Math.max(0, object.apiVersion.indexOf('/')))
  const names = new Set(owningPools(object))
  for (const pool of pools.byIndex(poolIndex.reference, `${namespace}/${group}/${object.kind}/${name}`)) {
    names.add(pool.metadata.name ?? '')
  }
  return [...names].map((pool) => (namespace === undefined ? { name: pool } : { namespace, name: pool }))
}

function poolsOfPoolLabel(pools: Store<MachinePool>, { object }: StoreEvent<UnknownObject>): Request[] {
  return poolLabelValues(object)
    .flatMap((value) => pools.byIndex(poolIndex.poolLabel, value))
    .filter((pool) => inCluster(object, pool))
    .map(requestOf)
}

function poolsOfMachine({ object }: StoreEvent<Machine>): Request[] {
  const { namespace } = object.metadata
  return owningPools(object).map((name) => (namespace === undefined ? { name } : { namespace, name }))
}

function machinesControlledBy(store: Store<Machine>, pool: MachinePool): Machine[] {
  return store
    .byIndex(machinesOfPool, `${pool.metadata.namespace}/${pool.metadata.name}`)
    .filter((machine) => isControlledBy(machine, pool))
}
