import type { Capabilities } from '@machinepool/contract'

/** Short, because a manager that died holds terminations until the heartbeat runs out (R12). */
export const holdHeartbeatSeconds = 300

/** AWS ends a hold after 48 hours or 100 heartbeats, whichever is less. */
const maximumHoldSeconds = Math.min(172_800, 100 * holdHeartbeatSeconds)

/** Of a provider that publishes no machine objects, as upstream's does not unless it is asked to. */
export const capabilities: Capabilities = {
  removeChosen: true,
  removeKeepingSize: 'atomic',
  holdTermination: { heartbeatSeconds: holdHeartbeatSeconds, maximumSeconds: maximumHoldSeconds },
  cloudRollout: 'optional',
  machines: false,
  drainsByItself: { scaleIn: false, rollout: false, groupDeletion: false, cloudTermination: false },
  surge: 'size',
  scaleToZero: true,
  longRunningOperations: false,
  reusesProviderIDs: false,
  resizeRemovesLive: false,
}
