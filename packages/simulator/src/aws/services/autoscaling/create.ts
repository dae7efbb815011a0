import type { Region } from '../../region.ts'
import type { CreateTable } from '../../../table.ts'
import { instanceChanged } from './health.ts'
import { advanceRefresh } from './refresh.ts'
import { scale } from './scaler.ts'
import type { AutoScaling } from './state.ts'

/** `region` is asked for when the first group has to react; it holds what is created here. */
export function createAutoScaling(region: () => Region, createTable: CreateTable): AutoScaling {
  const waking = new Set<string>()
  return {
    groups: createTable('groups'),
    activities: createTable('activities'),
    refreshes: createTable('refreshes'),
    owners: new Map(),
    pauses: new Map(),
    pauseRecords: createTable('pauseRecords'),
    retries: new Map(),
    alarms: new Map(),
    wake(name) {
      if (waking.has(name)) return
      waking.add(name)
      const { clock, timings } = region()
      clock.after(timings.reaction, () => {
        waking.delete(name)
        scale(region(), name)
        advanceRefresh(region(), name)
      })
    },
  }
}

/** Lets groups follow their machines. */
export function watchInstances(region: Region) {
  region.ec2.listeners.add((instance) => instanceChanged(region, instance))
}
