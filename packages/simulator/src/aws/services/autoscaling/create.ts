import type { Region } from '../../region.ts'
import type { Table } from '../../../table.ts'
import { instanceChanged } from './health.ts'
import { advanceRefresh } from './refresh.ts'
import { scale } from './scaler.ts'
import type { AutoScaling } from './state.ts'

/** `region` is asked for when the first group has to react; it holds what is created here. */
export function createAutoScaling(region: () => Region, createTable: <T>() => Table<T>): AutoScaling {
  const waking = new Set<string>()
  return {
    groups: createTable(),
    activities: createTable(),
    refreshes: createTable(),
    owners: new Map(),
    pauses: new Map(),
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
