import { machinePoolKind, resourceOf, type MachinePool } from '@machinepool/api'
import {
  events as eventResource,
  isNotFound,
  type Client,
  type KubeObject,
  type UnknownObject,
} from '@machinepool/kube'

import type { Context } from '../context.ts'
import { describePool, type DescribedEvent, type DescribedObject } from '../describe/describe-pool.ts'
import { connect, type ConnectionOptions } from '../kubernetes/connection.ts'
import { createResourceFinder, UnknownKindError, type ResourceFinder } from '../kubernetes/resource-finder.ts'

const latestEvents = 15

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
        instances: instancesOf(pool, infrastructure),
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

function instancesOf(
  pool: MachinePool,
  infrastructure: UnknownObject | undefined,
): { providerID: string; node?: string }[] {
  const listed = infrastructure?.spec?.['providerIDList'] ?? pool.spec.providerIDList
  const ids = Array.isArray(listed) ? (listed as string[]) : []
  const nodes = pool.status?.nodeRefs ?? []
  // Node references come in the order of the ids, without the ids that have no Node.
  const complete = nodes.length === ids.length
  return ids.map((providerID, index) => {
    const node = complete ? nodes[index]?.name : undefined
    return node === undefined ? { providerID } : { providerID, node }
  })
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
