import { nodes, pods } from '@machinepool/kube'

import { parseLedger } from './ledger.ts'
import { engineAnnotations } from './names.ts'
import type { PoolLife } from './pool-life.test.support.ts'

export interface WatchedBudget {
  /** Fewest available instances allowed, while `expectAvailable` is on. */
  floor: number
  /** Most instances allowed. */
  ceiling: number
}

/**
 * Looks at cloud, Nodes and objects after each step like somebody who is not the engine, and throws when a rule of every
 * pool is broken.
 */
export class Watcher {
  /** Checked while set. */
  budget: WatchedBudget | undefined
  /** Pods may still be there when an instance goes (a bound has passed, the cluster goes). */
  allowForced = false
  readonly violations: string[] = []
  #listed: ReadonlyMap<string, string | undefined> = new Map()

  readonly look = (life: PoolLife): void => {
    this.#listNeverLosesLiving(life)
    this.#emptiedBeforeItGoes(life)
    this.#withinBudget(life)
    this.#drainsAreOnRecord(life)
  }

  /** R3: an instance stays listed until it is gone; its successor under the same id is another one. */
  #listNeverLosesLiving(life: PoolLife): void {
    const list = life.object?.spec?.providerIDList ?? []
    const lives = new Map(
      life
        .all()
        .filter(({ state, announced }) => state !== 'warmed' && !announced)
        .map(({ providerID, incarnation }) => [providerID, incarnation]),
    )
    for (const [id, incarnation] of this.#listed) {
      if (!list.includes(id) && lives.get(id) === incarnation && life.object !== undefined)
        this.#violated(life, `R3: ${id} left the list and lives`)
    }
    if (JSON.stringify(list) !== JSON.stringify(list.toSorted())) this.#violated(life, 'R22: the list is not sorted')
    // What is listed again although another life has begun is still the one that was listed.
    this.#listed = new Map(list.map((id) => [id, this.#listed.get(id) ?? lives.get(id)]))
  }

  /** R10: what terminates has been emptied. */
  #emptiedBeforeItGoes(life: PoolLife): void {
    if (this.allowForced) return
    for (const instance of life.all().filter(({ state }) => state === 'terminating')) {
      const left = life.workload
        .store(pods)
        .list()
        .filter(({ spec }) => spec?.nodeName === instance.name)
      const isThisLife = life.node(instance)?.metadata.labels?.['life'] === instance.incarnation
      if (isThisLife && left.length > 0)
        this.#violated(life, `R10: ${instance.name} goes with ${left.length} pods on it`)
    }
  }

  /** A Node that was touched for a removal is on record, so that a restarted process knows of it. */
  #drainsAreOnRecord(life: PoolLife): void {
    const ledger = parseLedger(life.object?.metadata.annotations?.[engineAnnotations.ledger])
    for (const instance of life.all().filter(({ state }) => state === 'running')) {
      const mark = life.node(instance)?.metadata.annotations?.[engineAnnotations.nodeCordonedFor]
      const recorded = ledger.drains.some(({ incarnation }) => incarnation === mark)
      if (mark === instance.incarnation && !recorded)
        this.#violated(life, `${instance.name} is cordoned without a record`)
    }
  }

  /** R11: never fewer than the floor, never more than the ceiling. */
  #withinBudget(life: PoolLife): void {
    if (this.budget === undefined) return
    const schedulable = life.workload
      .store(nodes)
      .list()
      .filter((node) => {
        const isReady =
          node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
        return isReady && node.spec?.unschedulable !== true
      })
    const { floor, ceiling } = this.budget
    if (schedulable.length < floor) this.#violated(life, `R11: ${schedulable.length} available, ${floor} must be`)
    const live = life.live().length
    if (live > ceiling) this.#violated(life, `R11: ${live} instances, ${ceiling} may be`)
  }

  #violated(life: PoolLife, what: string): void {
    this.violations.push(`${new Date(life.clock.now()).toISOString()} ${what}`)
  }
}
