import type { Failure } from './external-object.ts'
import { describe } from './objects.ts'
import type { StatusInput } from './status-input.ts'

/**
 * The failure that the pool's objects report now. It is computed anew in every pass, so it goes when its cause goes: no
 * failure needs to be edited away by hand.
 */
export function failureOf(input: StatusInput): Failure | undefined {
  const { infrastructure, bootstrap, pool } = input
  if (pool.metadata.deletionTimestamp !== undefined) return undefined
  if (infrastructure.state === 'missing' && pool.status?.initialization?.infrastructureProvisioned === true) {
    return {
      reason: 'InvalidConfiguration',
      message: `${describe(infrastructure.ref)} has been deleted after the MachinePool was provisioned`,
    }
  }
  for (const observed of [infrastructure, bootstrap]) {
    if (observed.state !== 'present' || observed.report.failure === undefined) continue
    const { reason, message } = observed.report.failure
    return {
      ...(reason === undefined ? {} : { reason }),
      message: `Failure detected from referenced resource ${describe(observed.ref)}: ${message ?? reason ?? 'unknown'}`,
    }
  }
  return undefined
}
