import { machinePoolKind, resourceOf, type MachinePool } from '@machinepool/api'
import { readInfraPool, type InfraObject } from '@machinepool/core'
import { ConnectionError, type Client, type Resource, type UnknownObject } from '@machinepool/kube'
import { managementIdOf } from '@machinepool/runtime'

import { UsageError, type Context } from '../context.ts'
import { connect, NoClusterError, type ConnectionOptions } from '../kubernetes/connection.ts'
import { readManifests } from '../manifest/read.ts'
import { openClouds, type CloudAccess } from '../plan/cloud-of.ts'
import { formatPlan, hasWork } from '../plan/format-plan.ts'
import { applyThrowaway, bound, dryRun, throwawayServer, type PoolObjects } from '../plan/manifest-pools.ts'
import { planPool, type PlannedPool } from '../plan/plan-pool.ts'

export interface PlanCommandOptions extends ConnectionOptions {
  readonly filename?: readonly string[]
  readonly output?: 'text' | 'json'
}

/** Where the objects come from. */
interface Source {
  readonly client: Client
  readonly namespace: string
  /** False: a server of our own that knows nothing but the manifest. */
  readonly connected: boolean
  close(): Promise<void>
}

const machinePools: Resource<MachinePool> = resourceOf(machinePoolKind)
/** Exit code when something would be done. */
const someWork = 2

/** `machinepool plan POOL` and `machinepool plan -f FILE`: what would be done, and nothing else. */
export async function plan(name: string | undefined, options: PlanCommandOptions, context: Context): Promise<number> {
  if ((name === undefined) === (options.filename === undefined)) {
    throw new UsageError('name either a machine pool or, with -f, a manifest')
  }
  const clouds = openClouds(options.dataDir, context)
  const source = await openSource(options, context)
  try {
    const planned: PlannedPool[] = []
    const { given, pools } = await poolsOf(name, options, source, clouds, context)
    const managementId = source.connected ? await managementIdOf(source.client) : 'plan'
    for (const each of pools) {
      const provider = clouds.providerOf(each.pool.spec.template.spec.infrastructureRef).machinePool
      const { client, connected } = source
      planned.push(await planPool(each, { client, connected, provider, managementId, given, signal: context.signal }))
    }
    const text =
      options.output === 'json' ? `${JSON.stringify({ pools: planned }, undefined, 2)}\n` : formatPlan(planned)
    context.out.write(text)
    return planned.some(hasWork) ? someWork : 0
  } finally {
    await source.close()
    await clouds.close()
  }
}

/** The management cluster; for a manifest alone a server of our own where nobody named one and none answers. */
async function openSource(options: PlanCommandOptions, context: Context): Promise<Source> {
  const named = options.kubeconfig !== undefined || options.dataDir !== undefined || options.context !== undefined
  try {
    const { client, namespace } = await connect(options, context)
    try {
      await client.request('GET', '/version')
      return { client, namespace, connected: true, close: () => client.close() }
    } catch (error) {
      await client.close()
      throw error
    }
  } catch (error) {
    const absent = error instanceof ConnectionError || error instanceof NoClusterError
    if (named || options.filename === undefined || !absent) throw error
    context.err.write(
      'no management cluster answers: planned from the manifest alone, without Nodes and bootstrap data\n',
    )
    const server = await throwawayServer()
    const namespace = options.namespace ?? 'default'
    return { ...server, namespace, connected: false }
  }
}

async function poolsOf(
  name: string | undefined,
  options: PlanCommandOptions,
  source: Source,
  clouds: CloudAccess,
  context: Context,
): Promise<{ readonly given: readonly UnknownObject[]; readonly pools: readonly PoolObjects[] }> {
  const { client, namespace } = source
  if (name !== undefined) {
    const pool = await client.get(machinePools, { namespace, name })
    return { given: [], pools: [await withInfra(pool, [], source, clouds, context)] }
  }
  const manifest = await readManifests(options.filename ?? [], { variables: clouds.variables, stdin: context.stdin })
  const read = source.connected ? dryRun : applyThrowaway
  const given = await read(client, manifest, namespace)
  const pools = await poolsIn(given, source)
  if (pools.length === 0) throw new UsageError('the manifest holds no MachinePool, nor what an existing one refers to')
  const withObjects: PoolObjects[] = []
  for (const pool of pools) withObjects.push(await withInfra(pool, given, source, clouds, context))
  return { given, pools: withObjects }
}

/** MachinePools of the manifest, and existing ones whose infrastructure object is in it. */
async function poolsIn(given: readonly UnknownObject[], { client }: Source): Promise<readonly MachinePool[]> {
  const pools = given.filter(({ kind }) => kind === machinePoolKind.kind) as unknown as MachinePool[]
  const names = new Set(pools.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`))
  for (const { metadata } of given) {
    const owner = metadata.ownerReferences?.find(({ kind }) => kind === machinePoolKind.kind)
    if (owner === undefined || names.has(`${metadata.namespace}/${owner.name}`)) continue
    names.add(`${metadata.namespace}/${owner.name}`)
    pools.push(await client.get(machinePools, { namespace: metadata.namespace ?? '', name: owner.name }))
  }
  return pools
}

async function withInfra(
  pool: MachinePool,
  given: readonly UnknownObject[],
  { client }: Source,
  clouds: CloudAccess,
  { signal }: Context,
): Promise<PoolObjects> {
  const reference = pool.spec.template.spec.infrastructureRef
  const { kind } = clouds.providerOf(reference).machinePool
  const inFile = given.find(
    (object) =>
      object.kind === reference.kind &&
      object.metadata.name === reference.name &&
      object.metadata.namespace === pool.metadata.namespace,
  )
  // Its kind says what it is.
  const infra = (inFile as unknown as InfraObject | undefined) ?? (await readInfraPool(pool, kind, { client, signal }))
  if (infra === undefined) throw new UsageError(`${reference.kind} ${reference.name} does not exist`)
  return bound({ pool, infra })
}
