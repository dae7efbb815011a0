import { labels, type Cluster, type Machine, type MachinePool } from '@machinepool/api'
import type { AnyInfraMachinePool, InfraMachinePoolKind, Instance } from '@machinepool/contract'
import {
  isNotFound,
  nodes as nodeResource,
  type Client,
  type KubeObject,
  type Node,
  type ObjectKey,
  type Resource,
  type UnknownObject,
} from '@machinepool/kube'
import type { Clock, SlimNode } from '@machinepool/runtime'

import { clusters, machinePools, machines as machineResource } from '../machine-pool/objects.ts'
import type { NodeState, MachineState } from './decide/situation.ts'
import { gatherContext } from './gather-context.ts'
import { infraResource, type InfraObject } from './infra-object.ts'
import { infraMachineResource } from './machines/infra-machine.ts'
import { machineStates } from './machines/machine-states.ts'
import { publishesMachines } from './machines/machine-sync.ts'
import { nodeState } from './node-view.ts'
import { listPaged } from '../drain/pages.ts'
import type { PoolContext } from './pool-plan.ts'
import { createControlPlanes, findRelated, isMachinePoolReference } from './related-objects.ts'

export interface ReadPoolOptions {
  readonly kind: InfraMachinePoolKind
  readonly client: Client
  readonly managementId: string
  readonly clock: Clock
  readonly holdTerminations: boolean
  readonly signal: AbortSignal
  /** Objects that are to be taken as given here instead of being read, such as those of a manifest. */
  readonly given?: readonly KubeObject[]
}

/**
 * The context of one pool by single reads, for a look from outside the engine: the same facts from the same rules as in
 * every reconcile, without caches.
 */
export async function readPool(object: InfraObject, options: ReadPoolOptions): Promise<PoolContext<unknown>> {
  const { kind, client, clock, signal } = options
  const namespace = object.metadata.namespace ?? ''
  const owner = object.metadata.ownerReferences?.find(isMachinePoolReference)
  const pool = owner && (await read(machinePools, { namespace, name: owner.name }, options))
  const clusterName = object.metadata.labels?.[labels.clusterName] ?? pool?.spec.clusterName
  const cluster =
    clusterName === undefined ? undefined : await read(clusters, { namespace, name: clusterName }, options)
  const infraCluster = cluster && (await readInfraCluster(cluster, options))
  const stores = {
    machinePools: only(pool),
    clusters: only(cluster),
    infraClusters: new Map(infraCluster ? [[infraCluster.kind, only(infraCluster)]] : []),
  }
  const related = await findRelated(object, kind, stores, createControlPlanes(client, clock), signal)
  return gatherContext(object, related, { ...options, secrets: { get: () => undefined } }, signal)
}

function readInfraCluster(cluster: Cluster, options: ReadPoolOptions): Promise<UnknownObject | undefined> {
  const ref = cluster.spec?.infrastructureRef
  const known = options.kind.clusterKinds.find((one) => one.kind === ref?.kind && one.group === ref.apiGroup)
  if (ref === undefined || known === undefined) return Promise.resolve(undefined)
  const resource: Resource = { ...known, namespaced: true }
  return read(resource, { namespace: cluster.metadata.namespace ?? '', name: ref.name }, options)
}

async function read<T extends KubeObject>(
  resource: Resource<T>,
  key: ObjectKey,
  { client, given = [], signal }: ReadPoolOptions,
): Promise<T | undefined> {
  const found = given.find(
    ({ apiVersion, kind, metadata }) =>
      kind === resource.kind &&
      apiVersion === `${resource.group}/${resource.version}` &&
      metadata.name === key.name &&
      metadata.namespace === key.namespace,
  )
  // Its kind and version say what it is.
  if (found !== undefined) return found as T
  try {
    return await client.get(resource, key, { signal })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

function only<T extends KubeObject>(object: T | undefined): { get(key: ObjectKey): T | undefined } {
  return {
    get: ({ namespace, name }) =>
      object?.metadata.name === name && object.metadata.namespace === namespace ? object : undefined,
  }
}

/** The Nodes of a workload cluster by provider id. */
export async function readNodes(workload: Client, signal: AbortSignal): Promise<ReadonlyMap<string, NodeState>> {
  const found = new Map<string, NodeState>()
  for (const node of await listPaged(workload, nodeResource, { signal })) {
    const providerID = node.spec?.providerID
    if (providerID !== undefined) found.set(providerID, nodeState(slim(node)))
  }
  return found
}

/** The slim shape is a part of the Node's. */
function slim(node: Node): SlimNode {
  return { ...node, spec: { ...node.spec }, status: { ...node.status } }
}

/** The machines of a pool; `undefined` for kinds of pools that publish none. */
export async function readMachines(
  object: InfraObject,
  { kind, capabilities }: AnyInfraMachinePool,
  { client, signal }: Pick<ReadPoolOptions, 'client' | 'signal'>,
): Promise<((instances: readonly Instance[]) => ReadonlyMap<string, MachineState>) | undefined> {
  if (!publishesMachines(kind, capabilities)) return undefined
  const namespace = object.metadata.namespace ?? ''
  const labelSelector = labels.poolName
  const resource = infraMachineResource(kind, kind.machineKind)
  const objects = await listPaged(client, resource, { namespace, labelSelector, signal })
  const own = objects.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid))
  const all = await listPaged(client, machineResource, { namespace, labelSelector, signal })
  const byName = new Map<string | undefined, Machine>(all.map((machine) => [machine.metadata.name, machine]))
  return (instances) => machineStates(instances, own, ({ metadata }) => byName.get(metadata.name))
}

/** Objects of the kind that the pool's infrastructure reference names. */
export async function readInfraPool(
  pool: MachinePool,
  kind: InfraMachinePoolKind,
  options: Pick<ReadPoolOptions, 'client' | 'signal'>,
): Promise<InfraObject | undefined> {
  const { name } = pool.spec.template.spec.infrastructureRef
  const namespace = pool.metadata.namespace ?? ''
  try {
    return await options.client.get(infraResource(kind), { namespace, name }, { signal: options.signal })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
