import { projectAnnotations, type Cluster, type MachinePool } from '@machinepool/api'
import { isNotFound, type Client, type UnknownObject } from '@machinepool/kube'
import type { Clock, ReconcileContext, WorkloadCluster } from '@machinepool/runtime'

import { UnknownKindError } from './external-kinds.ts'
import { readBootstrap, readInfrastructure } from './external-object.ts'
import type { ExternalObject, ExternalObjects } from './external-objects.ts'
import { describe, machinePools, type ContractReference } from './objects.ts'
import { controllerOf, isPool } from './ownership.ts'
import { allNodes, deleteNodes } from './pool-nodes.ts'
import { requestOf } from './pool-workloads.ts'
import type { BootstrapObservation, DeletionProgress, InfrastructureObservation } from './status-input.ts'

/** The API's default for a template that says nothing. */
const defaultNodeDeletionTimeoutSeconds = 10
const recheckMs = 30_000
/** While Nodes cannot be deleted; short against the usual timeout of ten seconds. */
const nodeRetryMs = 2_000

export interface DeletionInput {
  readonly pool: MachinePool
  readonly cluster: Cluster | undefined
  readonly workload: WorkloadCluster | undefined
  readonly signal: AbortSignal
  readonly log: ReconcileContext['log']
}

export interface DeletionOutcome {
  /** Nothing of the pool is left: the finalizer may go. */
  readonly done: boolean
  readonly bootstrap: BootstrapObservation
  readonly infrastructure: InfrastructureObservation
  readonly progress: DeletionProgress
  readonly errors: readonly unknown[]
  readonly retryAfterMs: number
}

/**
 * Takes a pool apart: its infrastructure and bootstrap objects first, then its Nodes, for no longer than
 * `nodeDeletionTimeoutSeconds` from the moment the infrastructure is gone (0: without end, while there is a Cluster). Needs
 * neither the Cluster nor a connection to it in order to end.
 */
export interface PoolDeletion {
  run(input: DeletionInput): Promise<DeletionOutcome>
}

export function createPoolDeletion(client: Client, external: ExternalObjects, clock: Clock): PoolDeletion {
  /** Requests the deletion of a referenced object; `undefined` when nothing of ours is left. */
  async function remove(
    pool: MachinePool,
    ref: ContractReference,
    signal: AbortSignal,
  ): Promise<UnknownObject | undefined> {
    let found: ExternalObject
    try {
      found = await external.confirm(pool.metadata.namespace ?? '', ref, signal)
    } catch (error) {
      // With its kind gone, the object is gone.
      if (error instanceof UnknownKindError) return undefined
      throw error
    }
    const { object, resource, key } = found
    if (object === undefined) return undefined
    const owner = controllerOf(object)
    // Another pool's object that this one only pointed at.
    if (owner !== undefined && !isPool(owner, pool)) return undefined
    if (object.metadata.deletionTimestamp !== undefined) return object
    const { uid } = object.metadata
    try {
      await client.delete(resource, key, { signal, ...(uid === undefined ? {} : { preconditions: { uid } }) })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
    return object
  }

  /** The moment is kept on the pool: the time for deleting Nodes must not begin anew with each process. */
  async function infrastructureGoneSince({ pool, signal }: DeletionInput): Promise<number> {
    const noted = Date.parse(pool.metadata.annotations?.[projectAnnotations.infrastructureGone] ?? '')
    if (!Number.isNaN(noted)) return noted
    const now = clock.now()
    const annotation = { [projectAnnotations.infrastructureGone]: new Date(now).toISOString() }
    const body = { metadata: { annotations: annotation } }
    await client.patch(machinePools, requestOf(pool), { type: 'merge', body }, { signal })
    return now
  }

  return {
    async run(input) {
      const { pool, signal } = input
      const { configRef } = pool.spec.template.spec.bootstrap
      const { infrastructureRef } = pool.spec.template.spec
      const errors: unknown[] = []
      const infra = await attempt(errors, () => remove(pool, infrastructureRef, signal))
      const config = configRef === undefined ? gone : await attempt(errors, () => remove(pool, configRef, signal))
      const observed = {
        bootstrap: observeBootstrap(configRef, config),
        infrastructure: observeInfrastructure(infrastructureRef, infra),
      }
      const waiting = externalsLeft(infrastructureRef, infra, configRef, config)
      if (waiting !== undefined) {
        return { done: false, ...observed, progress: waiting, errors, retryAfterMs: recheckMs }
      }
      return { ...(await removeNodes(input)), ...observed }
    },
  }

  async function removeNodes(
    input: DeletionInput,
  ): Promise<Pick<DeletionOutcome, 'done' | 'progress' | 'errors' | 'retryAfterMs'>> {
    const { pool, workload, log } = input
    const completed = { step: 'DeletionCompleted', message: 'Deletion completed' } as const
    const finished = { done: true, progress: completed, errors: [], retryAfterMs: 0 } as const

    let problem: string
    let errors: readonly unknown[] = []
    if (workload === undefined) {
      const expected = (pool.status?.nodeRefs ?? []).length + (pool.spec.providerIDList ?? []).length
      if (expected === 0) return finished
      problem = 'the workload cluster cannot be reached'
    } else {
      errors = await deleteNodes(workload, allNodes(workload, pool))
      if (errors.length === 0) return finished
      problem = errors.map((error) => (error instanceof Error ? error.message : String(error))).join('; ')
    }
    const timeoutMs = nodeDeletionTimeoutMs(input)
    const since = await infrastructureGoneSince(input)
    if (timeoutMs !== undefined && clock.now() - since >= timeoutMs) {
      log.warn({ problem }, 'leaving Nodes behind: nodeDeletionTimeoutSeconds has passed')
      return finished
    }
    const remaining = timeoutMs === undefined ? nodeRetryMs : since + timeoutMs - clock.now()
    return {
      done: false,
      progress: { step: 'DeletingNodes', message: `deleting Nodes: ${problem}` },
      // Tried again below at a fixed pace: as an error it would back off beyond the limit.
      errors: [],
      retryAfterMs: Math.min(nodeRetryMs, remaining),
    }
  }
}

/** `undefined`: no limit. A Cluster that is gone does not come back, so without one there always is a limit. */
export function nodeDeletionTimeoutMs({ pool, cluster }: Pick<DeletionInput, 'pool' | 'cluster'>): number | undefined {
  const seconds = pool.spec.template.spec.deletion?.nodeDeletionTimeoutSeconds ?? defaultNodeDeletionTimeoutSeconds
  if (seconds > 0) return seconds * 1000
  return cluster === undefined ? defaultNodeDeletionTimeoutSeconds * 1000 : undefined
}

type Removal =
  | { readonly state: 'gone' }
  | { readonly state: 'left'; readonly object: UnknownObject }
  | { readonly state: 'failed'; readonly message: string }

const gone: Removal = { state: 'gone' }

async function attempt(errors: unknown[], remove: () => Promise<UnknownObject | undefined>): Promise<Removal> {
  try {
    const object = await remove()
    return object === undefined ? gone : { state: 'left', object }
  } catch (error) {
    errors.push(error)
    return { state: 'failed', message: error instanceof Error ? error.message : String(error) }
  }
}

function externalsLeft(
  infrastructureRef: ContractReference,
  infra: Removal,
  configRef: ContractReference | undefined,
  config: Removal,
): DeletionProgress | undefined {
  if (infra.state !== 'gone') {
    const why = infra.state === 'failed' ? `: ${infra.message}` : ''
    return {
      step: 'WaitingForInfrastructureDeletion',
      message: `waiting for ${describe(infrastructureRef)} to be deleted${why}`,
    }
  }
  if (config.state !== 'gone' && configRef !== undefined) {
    const why = config.state === 'failed' ? `: ${config.message}` : ''
    return {
      step: 'WaitingForBootstrapConfigDeletion',
      message: `waiting for ${describe(configRef)} to be deleted${why}`,
    }
  }
  return undefined
}

function observeBootstrap(ref: ContractReference | undefined, removal: Removal): BootstrapObservation {
  if (ref === undefined) return { state: 'provided' }
  if (removal.state === 'left') return { state: 'present', ref, report: readBootstrap(removal.object) }
  if (removal.state === 'gone') return { state: 'missing', ref }
  return { state: 'unusable', ref, reason: 'InternalError', message: removal.message }
}

function observeInfrastructure(ref: ContractReference, removal: Removal): InfrastructureObservation {
  if (removal.state === 'left') return { state: 'present', ref, report: readInfrastructure(removal.object) }
  if (removal.state === 'gone') return { state: 'missing', ref }
  return { state: 'unusable', ref, reason: 'InternalError', message: removal.message }
}
