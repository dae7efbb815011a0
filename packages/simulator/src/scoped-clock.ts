import type { Clock } from '@machinepool/kube'

/** A clock whose timers all end together. */
export interface ScopedClock extends Clock {
  close(): void
}

export function createScopedClock(clock: Clock): ScopedClock {
  const pending = new Set<() => void>()
  let closed = false
  return {
    now: () => clock.now(),
    after(ms, callback) {
      if (closed) return () => {}
      const cancel = clock.after(ms, () => {
        pending.delete(cancel)
        callback()
      })
      pending.add(cancel)
      return () => {
        pending.delete(cancel)
        cancel()
      }
    },
    close() {
      closed = true
      for (const cancel of pending) cancel()
      pending.clear()
    },
  }
}
