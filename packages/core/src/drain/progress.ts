/** How far the draining of one Node has come, as data for conditions and decisions. */
export interface DrainProgress {
  readonly node: string
  /**
   * `pods`: some are left. `volumes`: pods are gone, volumes still attached. `done`: nothing keeps the instance.
   * `failed`: this pass could not find out; the next one tries again.
   */
  readonly phase: 'pods' | 'volumes' | 'done' | 'failed'
  readonly podsLeft: number
  /** Pods that a PodDisruptionBudget keeps, with its message. */
  readonly blocked: readonly BlockedPod[]
  readonly volumesLeft: number
  /** For a person: what went wrong, in phase `failed`. */
  readonly error?: string
}

export interface BlockedPod {
  /** `namespace/name`. */
  readonly pod: string
  /** What keeps it, such as `PDB web`. */
  readonly by: string
}

/** One line for a condition: `draining node-3: 4 pods left, app/web blocked by PDB web`. */
export function describeDrain(progress: DrainProgress): string {
  switch (progress.phase) {
    case 'done':
      return `${progress.node} is drained`
    case 'failed':
      return `draining ${progress.node}: ${progress.error ?? 'failed'}`
    case 'volumes':
      return `draining ${progress.node}: ${count(progress.volumesLeft, 'volume')} still attached`
    case 'pods':
      return `draining ${progress.node}: ${count(progress.podsLeft, 'pod')} left${blockedText(progress.blocked)}`
  }
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

const shownBlocked = 3

function blockedText(blocked: readonly BlockedPod[]): string {
  const shown = blocked.slice(0, shownBlocked).map(({ pod, by }) => `, ${pod} blocked by ${by}`)
  const more = blocked.length - shownBlocked
  return shown.join('') + (more > 0 ? ` and ${more} more` : '')
}
