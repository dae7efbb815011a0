import { labels } from '@machinepool/api'
import type { AnyInfraMachinePool } from '@machinepool/contract'
import { secrets, type StoreEvent, type UnknownObject } from '@machinepool/kube'
import type { Controller, Manager, Request, WorkloadClusters } from '@machinepool/runtime'

import { createExternalKinds } from '../machine-pool/external-kinds.ts'
import { clusters, machinePools, machines } from '../machine-pool/objects.ts'
import { createWriteMemory, type WriteMemory } from '../machine-pool/write-memory.ts'
import { defaultPollIntervals, type PollIntervals } from './decide/requeue.ts'
import { createDrainRules } from './drain-rules.ts'
import { createFailureCounter } from './errors.ts'
import { fenceProvider } from './fenced-provider.ts'
import { infraResource } from './infra-object.ts'
import { infraMachineResource } from './machines/infra-machine.ts'
import { createMachineEvents } from './machines/machine-events.ts'
import {
  createMachineObjects,
  ownerIndex,
  ownerKeys,
  publishesMachines,
  type MachineObjects,
} from './machines/machine-sync.ts'
import { createPoolEvents, requestOf } from './pool-events.ts'
import { createEngineReconcile } from './reconcile.ts'
import { createControlPlanes } from './related-objects.ts'

export interface InfraMachinePoolControllerOptions {
  readonly provider: AnyInfraMachinePool
  readonly workloadClusters: WorkloadClusters
  /** Identifies the installation; part of the mark on every group and stable across `clusterctl move` (R2). */
  readonly managementId: string
  readonly pollIntervals?: Partial<PollIntervals>
  /** Keep terminations waiting until their Node is drained, where the cloud can (R12). Default true. */
  readonly holdTerminations?: boolean
  /** Only pools whose label `cluster.x-k8s.io/watch-filter` has this value. Default: all. */
  readonly watchFilter?: string
  /** Pools worked on at the same time. Default 20. */
  readonly concurrency?: number
}

/**
 * The engine: drives the pools of one infrastructure kind through its provider. Runs in each provider's manager, under
 * our core controller or upstream's.
 */
export function createInfraMachinePoolController(
  manager: Manager,
  options: InfraMachinePoolControllerOptions,
): Controller {
  const { workloadClusters, managementId } = options
  const provider = fenceProvider(options.provider, () => manager.isLeader())
  const { cache, client, clock } = manager
  const infra = cache.informer(infraResource(provider.kind))
  const pools = cache.informer(machinePools)
  // Bootstrap data Secrets carry the label by contract; a management cluster's other Secrets are none of our business, and
  // one that lacks the label is read when it is needed.
  const secretInformer = cache.informer(secrets, { labelSelector: labels.clusterName })
  const infraClusterResources = provider.kind.clusterKinds.map((kind) => ({ ...kind, namespaced: true }))
  const kinds = createExternalKinds(client, clock)
  // The parts call the controller only while it runs; it exists by then.
  const theController = (): Controller => controller
  const poolEvents = createPoolEvents({
    kind: provider.kind,
    infra,
    machinePools: pools,
    workloadClusters,
    controller: theController,
  })

  const memory = createWriteMemory()
  const machineParts = machinePartsOf(manager, provider, memory)

  const controller = manager.addController({
    name: provider.kind.kind.toLowerCase(),
    concurrency: options.concurrency ?? 20,
    reconcile: createEngineReconcile({
      provider,
      managementId,
      client,
      clock,
      events: manager.events,
      kinds,
      infraPools: infra.store,
      stores: {
        machinePools: pools.store,
        clusters: cache.informer(clusters).store,
        infraClusters: new Map(
          infraClusterResources.map((resource) => [resource.kind, cache.informer<UnknownObject>(resource).store]),
        ),
      },
      secrets: secretInformer.store,
      controlPlanes: createControlPlanes(client, clock),
      drainRules: createDrainRules(client, clock),
      workload: poolEvents.workload,
      machines: machineParts?.objects,
      memory,
      failures: createFailureCounter(),
      intervals: { ...defaultPollIntervals, ...options.pollIntervals },
      holdTerminations: options.holdTerminations ?? true,
      watchFilter: options.watchFilter,
    }),
    watches: [
      { resource: infraResource(provider.kind), predicate: poolEvents.concernsPool },
      { resource: machinePools, map: poolEvents.ofMachinePool, predicate: poolEvents.concernsMachinePool },
      { resource: clusters, map: ({ object }) => poolEvents.ofCluster(requestOf(object)) },
      { resource: secrets, map: poolEvents.ofSecret, predicate: poolEvents.concernsSecret },
      ...infraClusterResources.map((resource) => ({
        resource,
        map: (event: StoreEvent<UnknownObject>): readonly Request[] => poolEvents.ofInfraCluster(event),
      })),
      ...(machineParts?.watches ?? []),
    ],
  })
  return controller
}

interface MachineParts {
  readonly objects: MachineObjects
  readonly watches: Parameters<Manager['addController']>[0]['watches']
}

/** Machines are watched only for kinds of pools that publish them. */
function machinePartsOf(
  manager: Manager,
  { kind, capabilities }: AnyInfraMachinePool,
  memory: WriteMemory,
): MachineParts | undefined {
  if (!publishesMachines(kind, capabilities)) return undefined
  const { cache, client } = manager
  const resource = infraMachineResource(kind, kind.machineKind)
  const informer = cache.informer(resource)
  const ownersOf = ownerKeys(kind)
  informer.addIndex(ownerIndex, ownersOf)
  const events = createMachineEvents(kind.machineKind.kind, informer.store, ownersOf)
  const objects = createMachineObjects({
    kind,
    client,
    objects: informer.store,
    machines: cache.informer(machines).store,
    memory,
  })
  return {
    objects,
    watches: [
      { resource, map: events.ofInfraMachine, predicate: events.concernsInfraMachine },
      { resource: machines, map: events.ofMachine, predicate: events.concernsMachine },
    ],
  }
}
