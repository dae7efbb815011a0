import type { Capabilities } from '@machinepool/contract'

export const capabilities: Capabilities = {
  removeChosen: true,
  // deleteInstances lowers the size. recreateInstances would not, but brings the instance back under the name that its
  // Node still has.
  removeKeepingSize: 'twoWrites',
  // There is no hook: preemption and maintenance do not wait for anybody.
  holdTermination: false,
  cloudRollout: 'optional',
  machines: true,
  drainsByItself: { scaleIn: false, rollout: false, groupDeletion: false, cloudTermination: false },
  surge: 'size',
  scaleToZero: true,
  longRunningOperations: true,
  reusesProviderIDs: true,
  resizeRemovesLive: false,
}
