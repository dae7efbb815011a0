import type { MachinePool, MachinePoolStatus } from '@machinepool/api'
import type { KubeObject } from '@machinepool/kube'

/** Milliseconds from its creation in which a pool's progress is not reported; creation times are whole seconds. */
const quietMs = 2_000

const beginnings: readonly (string | undefined)[] = [undefined, 'Pending', 'Provisioning', 'Provisioned', 'ScalingUp']

/**
 * How long to hold back a status that only says that a pool just made is getting on. Everything it goes through in its first
 * moments then costs one write instead of one per step. Arrival, trouble and deletion are never held back.
 */
export function statusDelayMs(pool: MachinePool, wanted: MachinePoolStatus, failed: boolean, now: number): number {
  const isProgress = beginnings.includes(pool.status?.phase) && beginnings.includes(wanted.phase)
  if (!isProgress || failed) return 0
  return quietRestMs(pool, now)
}

/** How much of an object's quiet first moments is left, in milliseconds. */
export function quietRestMs({ metadata }: KubeObject, now: number): number {
  const created = Date.parse(metadata.creationTimestamp ?? '')
  return Number.isNaN(created) ? 0 : Math.max(0, created + quietMs - now)
}
