import type { CloudBehaviour } from './memory-cloud/state.ts'

const minutes = 60_000

/**
 * Clouds in memory that behave like each family of real groups, for engines that must cope with all of them. Each is named
 * after what sets it apart.
 */
export const doubles = {
  /** Terminations wait for a heartbeat, one write removes and replaces, the cloud rolls when asked (like an AWS ASG). */
  holding: {
    hold: { heartbeatMs: 5 * minutes, maximumMs: 60 * minutes },
    removal: 'keepOrShrink',
    rollout: 'onRequest',
  },
  /** A removed instance takes its place with it; the size is restored by a second write. Writes go on for long. */
  twoWrites: {
    hold: false,
    removal: 'shrinkOnly',
    rollout: 'none',
    operationMs: 15_000,
  },
  /** A replacement has the name of its predecessor (like a GCP MIG, or a reimaged scale set VM). */
  recreating: {
    hold: false,
    removal: 'keepOrShrink',
    recreatesInPlace: true,
    rollout: 'none',
  },
  /** Every write is a long-running operation that may fail late (like a VM scale set). */
  slow: {
    hold: { heartbeatMs: 5 * minutes, maximumMs: 15 * minutes },
    removal: 'keepOrShrink',
    rollout: 'none',
    operationMs: 20_000,
  },
  /** The cloud chooses and drains its victims and rolls by itself (like an EKS node group). */
  selfRolling: {
    hold: false,
    removal: 'none',
    rollout: 'always',
    operationMs: 20_000,
  },
} as const satisfies Readonly<Record<string, Partial<CloudBehaviour>>>

export type DoubleName = keyof typeof doubles
