import type { MachinePoolPhase } from '@machinepool/api'

export interface PhaseInput {
  readonly deleting: boolean
  readonly bootstrapCreated: boolean
  readonly infrastructureProvisioned: boolean
  readonly nodeRefs: number
  /** Wanted; `undefined` before defaulting. */
  readonly replicas: number | undefined
  readonly readyNodes: number
  /** Somebody else sets the size: going up or down is only seen, not decided here. */
  readonly externallyScaled: boolean
}

/**
 * The one-word summary of a pool; later rules win, as upstream's do. `Failed` is never among them: the API keeps the word for old
 * objects alone, and failures are conditions.
 */
export function phaseOf(input: PhaseInput): MachinePoolPhase {
  if (input.deleting) return 'Deleting'
  let phase: MachinePoolPhase = 'Pending'
  if (input.bootstrapCreated && !input.infrastructureProvisioned) phase = 'Provisioning'
  if (input.nodeRefs > 0) phase = 'Provisioned'
  if (input.infrastructureProvisioned && input.replicas !== undefined) {
    if (input.replicas === input.readyNodes) return 'Running'
    if (input.externallyScaled) return 'Scaling'
    return input.replicas > input.readyNodes ? 'ScalingUp' : 'ScalingDown'
  }
  return phase
}
