import type { ActionType } from '@machinepool/contract'
import { textAt } from '@machinepool/provider-kit'

import type { GcpDesired, GcpObservation } from './pool-state.ts'

const templateWrites: ReadonlySet<ActionType> = new Set(['CreateTemplate', 'StampTemplate', 'DeleteTemplate'])

export interface Busy {
  /** A write on the group has not ended: the next one would race with it. */
  readonly group: boolean
  /** Names of templates that are being made or deleted. */
  readonly templates: ReadonlySet<string>
}

/** What writes that are still running keep from being written again. */
export function busy(desired: GcpDesired, observed: GcpObservation): Busy {
  const running = new Set(observed.operations.filter(({ status }) => status === 'running').map(({ id }) => id))
  const open = desired.pool.operations.filter(({ id }) => running.has(id))
  return {
    group: open.some(({ action }) => !templateWrites.has(action)),
    templates: new Set(
      open.filter(({ action }) => templateWrites.has(action)).map(({ handle }) => textAt(handle, 'resource') ?? ''),
    ),
  }
}
