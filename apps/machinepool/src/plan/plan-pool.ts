import { createHash } from 'node:crypto'

import { Sensitive, type Action, type AnyInfraMachinePool, type InstanceKey, type Io } from '@machinepool/contract'
import {
  createExternalKinds,
  createPoolDriver,
  readMachines,
  readNodes,
  readPool,
  withProviderIo,
  type Decision,
  type PoolContext,
} from '@machinepool/core'
import {
  createClient,
  loadKubeconfig,
  secrets,
  systemClock,
  type Client,
  type KubeObject,
  type UnknownObject,
} from '@machinepool/kube'
import { pino } from 'pino'

import type { PoolObjects } from './manifest-pools.ts'

/** What would be done for one pool, as it is printed. */
export interface PlannedPool {
  readonly namespace: string
  readonly name: string
  readonly infrastructure: string
  /** Nodes that are emptied before anything is removed. */
  readonly drains: readonly string[]
  /** Machines that are deleted, so that their controller empties the Nodes. */
  readonly machines: readonly string[]
  readonly actions: readonly PrintedAction[]
  /** Instances that are replaced after that, in steps; absent when none is. */
  readonly replacement?: PlannedReplacement
  /** What a person should know: conditions that are not good, and what was taken for granted. */
  readonly notes: readonly string[]
}

export type PrintedAction = Pick<Action, 'type' | 'reason' | 'changes' | 'parameters'> & {
  /** Provider ids of the instances that it concerns. */
  readonly instances?: readonly string[]
}

export interface PlannedReplacement {
  readonly revision: string
  readonly strategy: string
  /** False: nothing of it happens without somebody's doing; a note says why. */
  readonly begins: boolean
  /** Provider ids. */
  readonly instances: readonly string[]
  readonly maxSurge: number
  readonly maxUnavailable: number
}

export interface PlanPoolOptions {
  readonly client: Client
  readonly managementId: string
  readonly provider: AnyInfraMachinePool
  readonly given: readonly UnknownObject[]
  /** False where there is no cluster: nothing is known of Nodes, and none is asked. */
  readonly connected: boolean
  readonly signal: AbortSignal
}

/** One look at Kubernetes and the cloud; reads only. */
export async function planPool({ pool, infra }: PoolObjects, options: PlanPoolOptions): Promise<PlannedPool> {
  const { provider, signal } = options
  const notes: string[] = []
  const given: readonly KubeObject[] = [...options.given, pool, infra]
  const read = { ...options, kind: provider.kind, clock: systemClock, holdTerminations: true, given }
  const context = assume(await readPool(infra, read), pool.spec.template.spec.bootstrap.configRef?.name, notes)
  const nodes = await nodesOf(pool.spec.clusterName, infra.metadata.namespace ?? '', options, notes)
  const machines = options.connected ? await readMachines(infra, provider, options) : undefined
  const planned = await withIo(options.client, signal, (io) =>
    createPoolDriver(provider).plan({ ...context, nodes }, io, ({ instances }) =>
      machines ? { machines: machines(instances) } : {},
    ),
  )
  const { decision } = planned
  return {
    namespace: infra.metadata.namespace ?? '',
    name: pool.metadata.name ?? '',
    infrastructure: `${infra.kind} ${infra.metadata.name ?? ''}`,
    drains: decision.drains.map(({ node }) => node),
    machines: decision.deleteMachines,
    // Named one by one: what an action holds besides is not for printing (R20).
    actions: planned.actions.map(printed),
    ...(decision.replacement && { replacement: plannedReplacement(decision.replacement) }),
    notes: [...notes, ...conditionNotes(decision)],
  }
}

function printed(action: Action): PrintedAction {
  const { type, reason, changes, parameters } = action
  const instances = instancesOf(action).map(({ providerID }) => providerID)
  const size = type === 'CreateGroup' ? [{ field: 'size', to: action.size }] : []
  return { type, reason, changes: [...size, ...changes], ...(instances.length > 0 && { instances }), parameters }
}

function instancesOf(action: Action): readonly InstanceKey[] {
  if (action.type === 'RemoveInstances') return action.instances
  return action.type === 'ReleaseInstance' || action.type === 'ExtendHold' ? [action.instance] : []
}

function plannedReplacement(replacement: NonNullable<Decision['replacement']>): PlannedReplacement {
  const { revision, strategy, begins, instances, surge, unavailable } = replacement
  return {
    revision,
    strategy,
    begins,
    instances: instances.map(({ providerID }) => providerID),
    maxSurge: surge,
    maxUnavailable: unavailable,
  }
}

export function withIo<T>(client: Client, signal: AbortSignal, call: (io: Io) => Promise<T>): Promise<T> {
  const kinds = createExternalKinds(client, systemClock)
  const parts = { client, kinds, clock: systemClock }
  return withProviderIo(parts, { log: pino({ level: 'silent' }), signal, maxAgeMs: 0 }, call)
}

/** A pool that waits for its surroundings would do nothing; what it will do once they are there is worth more. */
function assume(
  context: PoolContext<unknown>,
  bootstrapConfig: string | undefined,
  notes: string[],
): PoolContext<unknown> {
  const { prerequisite, bootstrap, pool } = context
  if (prerequisite !== undefined) notes.push(`assumes the cluster's infrastructure; now ${prerequisite.message}`)
  if (bootstrap.status !== 'waiting') return { ...context, prerequisite: undefined }
  notes.push(`assumes bootstrap data; now ${bootstrap.message}`)
  const data = {
    secretName: `${pool.key.namespace}/${bootstrapConfig ?? pool.key.name}`,
    format: 'cloud-config',
    data: new Sensitive(''),
    contentHash: createHash('sha256').digest('hex'),
  } as const
  return { ...context, prerequisite: undefined, bootstrap: { status: 'ready', data } }
}

/** Without the Nodes nobody knows what has to be emptied; a plan without a cluster has none to ask. */
async function nodesOf(
  cluster: string,
  namespace: string,
  { client, connected, signal }: PlanPoolOptions,
  notes: string[],
): Promise<PoolContext<unknown>['nodes']> {
  if (!connected) return new Map()
  try {
    const secret = await client.get(secrets, { namespace, name: `${cluster}-kubeconfig` }, { signal })
    const text = Buffer.from(secret.data?.['value'] ?? '', 'base64').toString()
    const workload = createClient(await loadKubeconfig({ text }), { userAgent: 'machinepool' })
    try {
      return await readNodes(workload, signal)
    } finally {
      await workload.close()
    }
  } catch (error) {
    if (signal.aborted) throw error
    notes.push(`the Nodes of cluster ${cluster} cannot be read (${(error as Error).message}); removals wait for them`)
    return undefined
  }
}

const ordinary: ReadonlySet<string> = new Set(['Creating', 'Draining'])

function conditionNotes({ conditions }: Decision): readonly string[] {
  return conditions
    .filter(({ type, status, reason }) => !ordinary.has(reason) && (type !== 'Ready' || status !== 'True'))
    .map(({ type, reason, message }) => `${type} (${reason}): ${message}`)
}
