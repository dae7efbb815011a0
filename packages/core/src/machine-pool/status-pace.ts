import type { MachinePool, MachinePoolStatus } from '@machinepool/api'

import { createBeginnings, restOf } from '../beginnings.ts'

/** Milliseconds of a pool's life in which its steps follow each other fast. */
const youthMs = 60_000
/** Milliseconds from one report of such progress to the next. */
const progressMs = 10_000

const earlyPhases: readonly (string | undefined)[] = [undefined, 'Pending', 'Provisioning', 'Provisioned', 'ScalingUp']

/** Decides when progress is worth a write, and remembers when each pool's status was written last. */
export interface StatusPace {
  /**
   * How long to hold back a status that only says that a pool is getting on: in the first moments of its life, and, while
   * it is young or only waits for Nodes, after each report. A pool whose Nodes join one by one, or that takes its turn
   * among hundreds of new ones, then costs one write now and then instead of one for each step. The more pools begin at the
   * same time, the longer their first moments. Arrival, trouble, the end of a pause and deletion are never held back.
   */
  delayMs(pool: MachinePool, wanted: MachinePoolStatus, failed: boolean, now: number): number
  written(pool: MachinePool, now: number): void
  forget(uid: string): void
}

export function createStatusPace(): StatusPace {
  const writtenAt = new Map<string, number>()
  const beginnings = createBeginnings()
  return {
    delayMs(pool, wanted, failed, now) {
      const id = pool.metadata.uid ?? ''
      const isProgress = earlyPhases.includes(pool.status?.phase) && earlyPhases.includes(wanted.phase)
      if (!isProgress || failed || isPaused(pool) || isFalling(pool, wanted) || hasOtherFailure(pool, wanted)) {
        beginnings.over(id)
        return 0
      }
      const last = writtenAt.get(id)
      const { phase, replicas } = pool.status ?? {}
      const onlyNodes = phase === 'ScalingUp' && wanted.phase === phase && wanted.replicas === replicas
      const isPaced = onlyNodes || restOf(pool, youthMs, now) > 0
      const rest = isPaced && last !== undefined ? Math.max(0, last + progressMs - now) : 0
      return Math.max(rest, beginnings.restMs(id, pool, now))
    },
    written: ({ metadata }, now) => void writtenAt.set(metadata.uid ?? '', now),
    forget(uid) {
      writtenAt.delete(uid)
      beginnings.over(uid)
    },
  }
}

function isPaused({ status }: MachinePool): boolean {
  return status?.conditions?.some(({ type, status: state }) => type === 'Paused' && state === 'True') ?? false
}

/** Trouble that is over is news as trouble is. */
function hasOtherFailure({ status }: MachinePool, wanted: MachinePoolStatus): boolean {
  return status?.deprecated?.v1beta1?.failureMessage !== wanted.deprecated?.v1beta1?.failureMessage
}

/** Replicas that were ready are not any more: trouble, whatever else gets on. */
function isFalling({ status }: MachinePool, wanted: MachinePoolStatus): boolean {
  return (wanted.readyReplicas ?? 0) < (status?.readyReplicas ?? 0)
}
