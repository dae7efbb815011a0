import {
  labels,
  machineKind,
  machinePoolKind,
  poolNameLabelValue,
  resourceOf,
  type Machine,
  type MachinePool,
} from '@machinepool/api'
import {
  createClient,
  events as eventResource,
  isNotFound,
  loadKubeconfig,
  nodes,
  secrets,
  withDeadline,
  type Client,
  type KubeObject,
  type Node,
  type UnknownObject,
} from '@machinepool/kube'

import type { Context } from '../context.ts'
import { describePool, type DescribedEvent, type DescribedObject } from '../describe/describe-pool.ts'
import { poolInstances } from '../describe/pool-instances.ts'
import { connect, type ConnectionOptions } from '../kubernetes/connection.ts'
import { createResourceFinder, UnknownKindError, type ResourceFinder } from '../kubernetes/resource-finder.ts'

const latestEvents = 15
/** How long the workload cluster has to name its Nodes. */
const workloadPatienceMs = 5_000

/** `machinepool describe POOL`. */
export async function describe(name: string, options: ConnectionOptions, context: Context): Promise<number> {
  const { client, namespace } = await connect(options, context)
  try {
    const pool = await client.get(resourceOf(machinePoolKind), { namespace, name })
    const finder = createResourceFinder(client)
    const { bootstrap, infrastructureRef } = pool.spec.template.spec
    const infrastructure = await referenced(client, finder, namespace, infrastructureRef)
    const config = bootstrap.configRef && (await referenced(client, finder, namespace, bootstrap.configRef))
    const providerID = infrastructure?.spec?.['providerID']
    const machines = await machinesOf(client, pool)
    const clusterNodes = await nodesOf(client, pool)
    context.out.write(
      describePool({
        pool: {
          ...described(pool),
          phase: pool.status?.phase ?? 'Pending',
          desired: pool.spec.replicas ?? 1,
          ready: pool.status?.readyReplicas ?? 0,
        },
        ...(config && { bootstrap: described(config) }),
        ...(infrastructure && {
          infrastructure: { ...described(infrastructure), ...(typeof providerID === 'string' && { providerID }) },
        }),
        instances: poolInstances({
          pool,
          providerIDs: listedIDs(pool, infrastructure),
          machines,
          nodes: clusterNodes,
        }),
        events: await eventsAbout(client, namespace, [pool, config, infrastructure]),
      }),
    )
    return 0
  } finally {
    await client.close()
  }
}

function described(object: KubeObject & { readonly status?: object }): DescribedObject {
  const { conditions } = (object.status ?? {}) as { conditions?: unknown }
  return {
    kind: object.kind,
    name: object.metadata.name ?? '',
    conditions: Array.isArray(conditions) ? (conditions as DescribedObject['conditions']) : [],
  }
}

/** The referenced object in its preferred version; `undefined` when it or its kind does not exist. */
async function referenced(
  client: Client,
  finder: ResourceFinder,
  namespace: string,
  reference: { readonly apiGroup: string; readonly kind: string; readonly name: string },
): Promise<UnknownObject | undefined> {
  try {
    const resource = await finder.byName(`${reference.kind}.${reference.apiGroup}`)
    return await client.get(resource, { namespace, name: reference.name })
  } catch (error) {
    if (isNotFound(error) || error instanceof UnknownKindError) return undefined
    throw error
  }
}

/** As the infrastructure lists them; the pool's own list follows it. */
function listedIDs(pool: MachinePool, infrastructure: UnknownObject | undefined): string[] {
  const listed = infrastructure?.spec?.['providerIDList'] ?? pool.spec.providerIDList
  return Array.isArray(listed) ? (listed as string[]) : []
}

/** Machines of the pool; none where the kind is not installed. */
async function machinesOf(client: Client, { metadata }: MachinePool): Promise<Machine[]> {
  const labelSelector = `${labels.poolName}=${poolNameLabelValue(metadata.name ?? '')}`
  const namespace = metadata.namespace ?? ''
  const options = { namespace, labelSelector }
  return client.list(resourceOf(machineKind), options).then(({ items }) => items, absent([]))
}

/** Nodes of the pool's cluster; `undefined` when it cannot be asked: its kubeconfig is missing, or it does not answer. */
async function nodesOf(client: Client, { metadata, spec }: MachinePool): Promise<Node[] | undefined> {
  const key = { namespace: metadata.namespace ?? '', name: `${spec.clusterName}-kubeconfig` }
  const secret = await client.get(secrets, key).catch(absent(undefined))
  const text = secret?.data?.['value']
  if (text === undefined) return undefined
  const deadline = withDeadline(workloadPatienceMs)
  try {
    const config = await loadKubeconfig({ text: Buffer.from(text, 'base64').toString('utf8') })
    const workload = createClient(config, { userAgent: 'machinepool' })
    try {
      return (await workload.list(nodes, { signal: deadline.signal })).items
    } finally {
      await workload.close()
    }
  } catch {
    // Describing is also for clusters that are in trouble; the pool's own references stand in.
    return undefined
  } finally {
    deadline.clear()
  }
}

function absent<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (isNotFound(error)) return instead
    throw error
  }
}

interface CoreEvent {
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly uid?: string }
  readonly lastTimestamp?: string
  readonly eventTime?: string
  readonly type?: string
  readonly reason?: string
  readonly message?: string
}

async function eventsAbout(
  client: Client,
  namespace: string,
  objects: readonly ({ readonly metadata: { readonly uid?: string } } | undefined)[],
): Promise<DescribedEvent[]> {
  const uids = new Set(objects.flatMap((object) => object?.metadata.uid ?? []))
  const { items } = await client.list(eventResource, { namespace })
  return (items as unknown as CoreEvent[])
    .filter(({ involvedObject }) => uids.has(involvedObject?.uid ?? ''))
    .map(({ involvedObject, lastTimestamp, eventTime, type = '', reason = '', message = '' }) => ({
      at: lastTimestamp ?? eventTime ?? '',
      type,
      reason,
      object: `${involvedObject?.kind ?? ''}/${involvedObject?.name ?? ''}`,
      message,
    }))
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
    .slice(-latestEvents)
}
