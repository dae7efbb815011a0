import type { Machine } from '@machinepool/api'
import type { ObjectKey, StoreEvent, UnknownObject } from '@machinepool/kube'
import type { Controller, Informer, Manager, Request, SlimNode, WorkloadClusters } from '@machinepool/runtime'

import { createDrainRules } from '../engine/drain-rules.ts'
import { createExternalKinds } from '../machine-pool/external-kinds.ts'
import { createExternalObjects } from '../machine-pool/external-objects.ts'
import { clusters, machinePools, machines } from '../machine-pool/objects.ts'
import { controllerOf } from '../machine-pool/ownership.ts'
import { clusterIndexValue, createWatchedWorkloads, requestOf } from '../machine-pool/pool-workloads.ts'
import { createWriteMemory } from '../machine-pool/write-memory.ts'
import { createMachineDeletion } from './machine-deletion.ts'
import { createMachineReconcile } from './reconcile.ts'

export interface MachineControllerOptions {
  readonly workloadClusters: WorkloadClusters
  /** Machines worked on at the same time. Default 20. */
  readonly concurrency?: number
}

const index = {
  cluster: 'machine-controller/cluster',
  providerID: 'machine-controller/provider-id',
  infrastructure: 'machine-controller/infrastructure',
} as const

/**
 * The Machine controller for Machines of MachinePools, in place of upstream's where that does not run: binds a Machine to its
 * infrastructure machine and Node, reports both, and takes a deleted Machine apart in upstream's order. Machines that no
 * MachinePool controls are left alone.
 */
export function createMachineController(manager: Manager, options: MachineControllerOptions): Controller {
  const { client, cache, clock } = manager
  const informer = cache.informer(machines)
  addIndexes(informer)
  const { store } = informer
  // The parts call the controller only while it runs; it exists by then.
  const theController = (): Controller => controller
  const ofCluster = (cluster: ObjectKey): Request[] =>
    store.byIndex(index.cluster, clusterIndexValue(cluster)).map(requestOf)
  const ofNode = (cluster: ObjectKey, { object, old }: StoreEvent<SlimNode>): Request[] =>
    [...new Set([object.spec.providerID, old?.spec.providerID])].flatMap((id) =>
      id === undefined ? [] : store.byIndex(index.providerID, `${clusterIndexValue(cluster)}/${id}`).map(requestOf),
    )
  const ofInfrastructure = ({ object }: StoreEvent<UnknownObject>): Request[] =>
    store
      .byIndex(index.infrastructure, referenceValue(object.metadata.namespace, object.kind, object.metadata.name))
      .map(requestOf)

  const controller = manager.addController({
    name: 'machine',
    concurrency: options.concurrency ?? 20,
    reconcile: createMachineReconcile({
      client,
      clock,
      machines: store,
      pools: cache.informer(machinePools).store,
      clusters: cache.informer(clusters).store,
      workloads: createWatchedWorkloads({
        workloadClusters: options.workloadClusters,
        ofCluster,
        ofNode,
        controller: theController,
        clock,
      }),
      external: createExternalObjects({
        client,
        cache,
        kinds: createExternalKinds(client, clock),
        controller: theController,
        map: ofInfrastructure,
      }),
      deletion: createMachineDeletion({ client, clock, drainRules: createDrainRules(client, clock) }),
      memory: createWriteMemory(),
    }),
    watches: [
      { resource: machines, predicate: ({ object }) => controllerOf(object)?.kind === 'MachinePool' },
      { resource: clusters, map: ({ object }) => ofCluster(requestOf(object)) },
    ],
  })
  return controller
}

function addIndexes(informer: Informer<Machine>): void {
  informer.addIndex(index.cluster, byCluster)
  informer.addIndex(index.providerID, byProviderID)
  informer.addIndex(index.infrastructure, byInfrastructure)
}

const byCluster = ({ metadata, spec }: Machine): string[] => [`${metadata.namespace}/${spec.clusterName}`]

const byProviderID = ({ metadata, spec }: Machine): string[] =>
  spec.providerID === undefined ? [] : [`${metadata.namespace}/${spec.clusterName}/${spec.providerID}`]

const byInfrastructure = ({ metadata, spec: { infrastructureRef } }: Machine): string[] => [
  referenceValue(metadata.namespace, infrastructureRef.kind, infrastructureRef.name),
]

function referenceValue(namespace: string | undefined, kind: string, name: string | undefined): string {
  return `${namespace}/${kind}/${name}`
}
