import { annotations, type Machine } from '@machinepool/api'

/** How far the draining of the Machine's Node has come in this pass. */
export interface DrainReport {
  readonly phase: 'pods' | 'volumes' | 'done' | 'failed'
  readonly message: string
}

export interface DeletionSituation {
  readonly machine: Machine
  /** Whether a Node is there to be drained: with its Cluster gone or going nobody needs one to be drained. */
  readonly node: 'drain' | 'skip'
  /** Milliseconds for draining when the Machine sets no limit of its own; `undefined`: without end. */
  readonly defaultDrainMs: number | undefined
  readonly now: number
}

/** The next thing to do for a deleted Machine. Hooks hold exactly their step; nothing is taken before its turn. */
export type DeletionStep =
  | { readonly step: 'WaitingForPreDrainHook'; readonly hooks: readonly string[] }
  /** Drain, and wait for volumes as long as that lasts. */
  | { readonly step: 'DrainingNode'; readonly waitForVolumes: boolean; readonly evict: boolean }
  | { readonly step: 'WaitingForPreTerminateHook'; readonly hooks: readonly string[] }
  | { readonly step: 'WaitingForInfrastructureDeletion' }

/**
 * Upstream's order: pre-drain hooks, drain, volumes, pre-terminate hooks, infrastructure.
 * https://cluster-api.sigs.k8s.io/tasks/automated-machine-management/machine_deletions
 *
 * @param drained the Node needs no (more) draining, as the last pass over it found.
 */
export function nextDeletionStep(situation: DeletionSituation, drained: boolean): DeletionStep {
  const { machine } = situation
  const preDrain = hooksOf(machine, annotations.preDrainHookPrefix)
  if (preDrain.length > 0) return { step: 'WaitingForPreDrainHook', hooks: preDrain }
  if (!drained && situation.node === 'drain') {
    const evict = !isExcluded(machine, annotations.excludeNodeDraining) && !drainTimedOut(situation)
    const waitForVolumes = !isExcluded(machine, annotations.excludeWaitForVolumeDetach) && !volumesTimedOut(situation)
    if (evict || waitForVolumes) return { step: 'DrainingNode', evict, waitForVolumes }
  }
  const preTerminate = hooksOf(machine, annotations.preTerminateHookPrefix)
  if (preTerminate.length > 0) return { step: 'WaitingForPreTerminateHook', hooks: preTerminate }
  return { step: 'WaitingForInfrastructureDeletion' }
}

/** Names of the hooks that hold a step, sorted. */
function hooksOf(machine: Machine, prefix: string): string[] {
  return Object.keys(machine.metadata.annotations ?? {})
    .filter((key) => key === prefix || key.startsWith(`${prefix}/`))
    .toSorted()
}

function isExcluded(machine: Machine, annotation: string): boolean {
  return machine.metadata.annotations?.[annotation] !== undefined
}

function drainTimedOut({ machine, defaultDrainMs, now }: DeletionSituation): boolean {
  const seconds = machine.spec.deletion?.nodeDrainTimeoutSeconds ?? 0
  return hasPassed(machine.status?.deletion?.nodeDrainStartTime, seconds > 0 ? seconds * 1000 : defaultDrainMs, now)
}

function volumesTimedOut({ machine, defaultDrainMs, now }: DeletionSituation): boolean {
  const seconds = machine.spec.deletion?.nodeVolumeDetachTimeoutSeconds ?? 0
  const since = machine.status?.deletion?.waitForNodeVolumeDetachStartTime
  return hasPassed(since, seconds > 0 ? seconds * 1000 : defaultDrainMs, now)
}

function hasPassed(since: string | undefined, limitMs: number | undefined, now: number): boolean {
  return since !== undefined && limitMs !== undefined && now - Date.parse(since) >= limitMs
}
