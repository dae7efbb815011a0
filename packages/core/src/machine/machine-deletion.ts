import {
  projectAnnotations,
  timestamp,
  type Cluster,
  type Machine,
  type MachinePool,
  type MachineStatus,
} from '@machinepool/api'
import { isNotFound, type Client } from '@machinepool/kube'
import type { Clock, ReconcileContext, SlimNode, WorkloadCluster } from '@machinepool/runtime'

import { drainPass } from '../drain/drain-pass.ts'
import { rulesForMachine } from '../drain/machine-drain-rules.ts'
import { describeDrain } from '../drain/progress.ts'
import type { DrainRules } from '../engine/drain-rules.ts'
import { machines } from '../machine-pool/objects.ts'
import { deleteNodes } from '../machine-pool/pool-nodes.ts'
import type { ExternalObject } from '../machine-pool/external-objects.ts'
import { nextDeletionStep, type DrainReport } from './deletion-step.ts'
import type { MachineFindings } from './machine-status.ts'

/** As upstream drains: one look every twenty seconds. */
const drainRetryMs = 20_000
const hookRecheckMs = 60_000
const nodeRetryMs = 2_000
/** With its pool deleted a Machine that sets no limit is drained for ten minutes (R10). */
const poolDeletionDrainMs = 10 * 60_000
const defaultNodeDeletionTimeoutSeconds = 10

export interface MachineDeletionInput {
  readonly machine: Machine
  readonly pool: MachinePool | undefined
  readonly cluster: Cluster | undefined
  readonly infra: ExternalObject
  readonly workload: WorkloadCluster | undefined
  /** Why there is no connection, while there is none. */
  readonly outage: MachineFindings['outage']
  readonly node: SlimNode | undefined
  readonly context: ReconcileContext
}

/** Where a deletion stands after a pass. */
export type MachineDeletionOutcome =
  | { readonly done: true }
  | {
      readonly done: false
      readonly reason: string
      readonly message: string
      readonly times: MachineStatus['deletion']
      readonly retryAfterMs: number
    }

/** Takes one Machine apart: its Node is drained first, its instance removed by the provider, its Node deleted last. */
export interface MachineDeletion {
  run(input: MachineDeletionInput): Promise<MachineDeletionOutcome>
}

export interface MachineDeletionParts {
  readonly client: Client
  readonly clock: Clock
  readonly drainRules: DrainRules
}

export function createMachineDeletion({ client, clock, drainRules }: MachineDeletionParts): MachineDeletion {
  async function drain(
    { machine, cluster, workload, outage, node, context }: MachineDeletionInput,
    options: { readonly evict: boolean; readonly waitForVolumes: boolean },
  ): Promise<DrainReport> {
    if (workload === undefined)
      return { phase: 'failed', message: `the workload cluster cannot be reached: ${outage?.problem}` }
    if (node === undefined) return { phase: 'done', message: '' }
    const rules = await drainRules.list(machine.metadata.namespace ?? '', context.signal)
    const incarnation = machine.metadata.uid ?? ''
    const progress = await drainPass(workload.client, [{ node: node.metadata.name ?? '', incarnation }], {
      ...options,
      rules: rulesForMachine(rules, machine.metadata.labels ?? {}, cluster?.metadata.labels ?? {}),
      cordonAnnotation: projectAnnotations.nodeCordonedFor,
      now: clock.now(),
      signal: context.signal,
    })
    const one = progress.get(incarnation)
    return one === undefined ? { phase: 'done', message: '' } : { phase: one.phase, message: describeDrain(one) }
  }

  async function removeInfrastructure({ infra, context }: MachineDeletionInput): Promise<void> {
    const { object } = infra
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return
    const { uid } = object.metadata
    context.log.info({ kind: infra.resource.kind, name: infra.key.name }, 'removing the instance of a deleted Machine')
    try {
      await client.delete(infra.resource, infra.key, {
        signal: context.signal,
        ...(uid === undefined ? {} : { preconditions: { uid } }),
      })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  /** The moment is kept on the Machine: the time for deleting its Node must not begin anew with each process. */
  async function infrastructureGoneSince({ machine, context }: MachineDeletionInput): Promise<number> {
    const noted = Date.parse(machine.metadata.annotations?.[projectAnnotations.infrastructureGone] ?? '')
    if (!Number.isNaN(noted)) return noted
    const now = clock.now()
    const body = { metadata: { annotations: { [projectAnnotations.infrastructureGone]: new Date(now).toISOString() } } }
    await client.patch(machines, keyOf(machine), { type: 'merge', body }, { signal: context.signal })
    return now
  }

  async function removeNode(input: MachineDeletionInput): Promise<MachineDeletionOutcome> {
    const { machine, cluster, workload, node, outage, context } = input
    if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined) return { done: true }
    if (workload !== undefined && node === undefined) return { done: true }
    if (workload === undefined && machine.status?.nodeRef === undefined) return { done: true }
    const failures = workload === undefined || node === undefined ? [] : await deleteNodes(workload, [node])
    if (workload !== undefined && failures.length === 0) return { done: true }
    const problem =
      failures.length > 0
        ? failures.map(String).join('; ')
        : `the workload cluster cannot be reached: ${outage?.problem}`
    const seconds = machine.spec.deletion?.nodeDeletionTimeoutSeconds ?? defaultNodeDeletionTimeoutSeconds
    const since = await infrastructureGoneSince(input)
    if (seconds > 0 && clock.now() - since >= seconds * 1000) {
      context.log.warn({ problem }, 'leaving the Node behind: nodeDeletionTimeoutSeconds has passed')
      return { done: true }
    }
    return waiting(machine, 'DeletingNode', `deleting the Node: ${problem}`, nodeRetryMs)
  }

  return {
    async run(input) {
      const { machine, pool, cluster, node, workload, infra } = input
      if (infra.object === undefined) return removeNode(input)
      const clusterGoes = cluster === undefined || cluster.metadata.deletionTimestamp !== undefined
      const poolGoes = pool === undefined || pool.metadata.deletionTimestamp !== undefined
      const mayHaveNode = workload === undefined ? machine.status?.nodeRef !== undefined : node !== undefined
      const situation = {
        machine,
        // An instance that its provider is already removing is beyond draining.
        node: clusterGoes || !mayHaveNode || infra.object.metadata.deletionTimestamp !== undefined ? 'skip' : 'drain',
        defaultDrainMs: poolGoes ? poolDeletionDrainMs : undefined,
        now: clock.now(),
      } as const
      let step = nextDeletionStep(situation, false)
      if (step.step === 'DrainingNode') {
        const report = await drain(input, step)
        if (report.phase !== 'done') return draining(machine, report, clock.now())
        step = nextDeletionStep(situation, true)
      }
      switch (step.step) {
        case 'WaitingForPreDrainHook':
        case 'WaitingForPreTerminateHook':
          return waitingForHooks(machine, step.step, step.hooks, clock.now())
        default:
          await removeInfrastructure(input)
          return waiting(
            machine,
            'WaitingForInfrastructureDeletion',
            `waiting for ${infra.resource.kind} ${infra.key.name} to be deleted`,
            hookRecheckMs,
          )
      }
    },
  }
}

function draining(machine: Machine, report: DrainReport, now: number): MachineDeletionOutcome {
  const volumes = report.phase === 'volumes'
  const before = machine.status?.deletion
  const times = {
    ...before,
    nodeDrainStartTime: before?.nodeDrainStartTime ?? timestamp(new Date(now)),
    ...(volumes && {
      waitForNodeVolumeDetachStartTime: before?.waitForNodeVolumeDetachStartTime ?? timestamp(new Date(now)),
    }),
  }
  return {
    done: false,
    reason: volumes ? 'WaitingForVolumeDetach' : 'DrainingNode',
    message: report.message,
    times,
    retryAfterMs: drainRetryMs,
  }
}

function waitingForHooks(
  machine: Machine,
  step: 'WaitingForPreDrainHook' | 'WaitingForPreTerminateHook',
  hooks: readonly string[],
  now: number,
): MachineDeletionOutcome {
  const field = step === 'WaitingForPreDrainHook' ? 'waitForPreDrainHookStartTime' : 'waitForPreTerminateHookStartTime'
  const before = machine.status?.deletion
  const times = { ...before, [field]: before?.[field] ?? timestamp(new Date(now)) }
  const message = `waiting for ${hooks.join(', ')} to be taken away`
  return { done: false, reason: step, message, times, retryAfterMs: hookRecheckMs }
}

function waiting(machine: Machine, reason: string, message: string, retryAfterMs: number): MachineDeletionOutcome {
  return { done: false, reason, message, times: machine.status?.deletion, retryAfterMs }
}

export function keyOf({ metadata }: Machine): { namespace: string; name: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
}
