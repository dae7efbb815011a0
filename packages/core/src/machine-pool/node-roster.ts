import type { MachinePool } from '@machinepool/api'
import { storeKey, type ObjectKey } from '@machinepool/kube'
import type { SlimNode, WorkloadCluster } from '@machinepool/runtime'

import {
  availableInMs,
  namesKept,
  nodeReferences,
  sameKubernetesVersion,
  versionCounts,
  type NodeSummary,
} from './node-summary.ts'
import type { NodeReference } from './objects.ts'
import { findNode } from './pool-nodes.ts'
import type { SameMembers } from './spec-from-references.ts'

export interface RosterView {
  readonly summary: NodeSummary
  /** Nodes that are new or changed since the view before; all of them when `whole`. */
  readonly changed: readonly SlimNode[]
  /** Everything was looked at, because the list, the template or the connection is another one. */
  readonly whole: boolean
}

/**
 * What the Nodes of each pool add up to, carried along from change to change: looking at a pool after one of its Nodes changed
 * costs what that Node costs, however many the pool has (R26).
 */
export interface NodeRosters {
  /** The Node of this instance changed, came or went. */
  touch(pool: ObjectKey, providerIDs: Iterable<string>): void
  /**
   * `cached` is the pool as the cache has it, in which Nodes are told apart by its list. While that is behind `pool`, whose list
   * was written a moment ago, events of its newest Nodes reach nobody; so all are looked at once more when it has caught up.
   */
  view(workload: WorkloadCluster, pool: MachinePool, cached: MachinePool, now: number): RosterView
  /** The next view looks at everything: something could not be brought in order. */
  invalidate(pool: ObjectKey): void
  forget(pool: ObjectKey): void
}

export function createNodeRosters(sameMembers: SameMembers): NodeRosters {
  const rosters = new Map<string, NodeRoster>()
  return {
    touch(pool, providerIDs) {
      rosters.get(storeKey(pool))?.touch(providerIDs)
    },
    view(workload, pool, cached, now) {
      const key = storeKey(pool.metadata)
      const { minReadySeconds = 0, version } = pool.spec.template.spec
      const basis: Basis = {
        workload,
        uid: pool.metadata.uid,
        minReadySeconds,
        version,
        labels: JSON.stringify(pool.spec.template.metadata?.labels ?? {}),
      }
      const ids = pool.spec.providerIDList ?? []
      const known = rosters.get(key)
      const roster = known?.isFor(basis, ids, sameMembers) === true ? known : new NodeRoster(basis, ids)
      rosters.set(key, roster)
      if (!roster.isTouched && sameMembers(cached.spec.providerIDList ?? [], ids)) roster.beTouched()
      return roster.view(pool.status?.nodeRefs, now, roster !== known)
    },
    invalidate: (pool) => void rosters.delete(storeKey(pool)),
    forget: (pool) => void rosters.delete(storeKey(pool)),
  }
}

/** What every count rests on. With any of it another one, nothing that was counted holds. */
interface Basis {
  readonly workload: WorkloadCluster
  readonly uid: string | undefined
  readonly minReadySeconds: number
  readonly version: string | undefined
  readonly labels: string
}

class NodeRoster {
  readonly #basis: Basis
  #ids: readonly string[]
  readonly #listed: ReadonlySet<string>
  readonly #dirty: Set<string>
  /** Every change of its Nodes is told to it. */
  isTouched = false
  readonly #nodes = new Map<string, SlimNode>()
  readonly #versions = new Map<string, number>()
  /** By provider ID. */
  readonly #ready = new Set<string>()
  readonly #notReady = new Set<string>()
  readonly #outdated = new Set<string>()
  /** Ready and not yet available. */
  readonly #waiting = new Set<string>()
  #references: NodeReference[] | undefined
  #checkedAgainst: readonly NodeReference[] | undefined

  constructor(basis: Basis, ids: readonly string[]) {
    this.#basis = basis
    this.#ids = ids
    this.#listed = new Set(ids)
    this.#dirty = new Set(ids)
  }

  isFor(basis: Basis, ids: readonly string[], sameMembers: SameMembers): boolean {
    const { workload, uid, minReadySeconds, version, labels } = this.#basis
    const same =
      workload === basis.workload &&
      uid === basis.uid &&
      minReadySeconds === basis.minReadySeconds &&
      version === basis.version &&
      labels === basis.labels
    if (!same) return false
    if (ids === this.#ids) return true
    if (!sameMembers(ids, this.#ids)) return false
    // The same instances as another array: comparing it once is enough.
    this.#ids = ids
    return true
  }

  beTouched(): void {
    this.isTouched = true
    this.touch(this.#ids)
  }

  touch(providerIDs: Iterable<string>): void {
    // A Node that turns out to be of another instance concerns the pool that it leaves, and is not counted there.
    for (const id of providerIDs) if (this.#listed.has(id)) this.#dirty.add(id)
  }

  view(previous: readonly NodeReference[] | undefined, now: number, whole: boolean): RosterView {
    const changed: SlimNode[] = []
    for (const id of this.#dirty) {
      const node = findNode(this.#basis.workload, id)
      this.#replace(id, node, now)
      if (node !== undefined) changed.push(node)
    }
    this.#dirty.clear()
    return { summary: this.#summary(previous, now), changed, whole }
  }

  #replace(id: string, node: SlimNode | undefined, now: number): void {
    const old = this.#nodes.get(id)
    if (old !== undefined && node !== undefined && countsAlike(old, node)) {
      this.#nodes.set(id, node)
      return
    }
    if (old !== undefined) this.#remove(id, old)
    if (old?.metadata.uid !== node?.metadata.uid || old?.metadata.name !== node?.metadata.name) {
      this.#references = undefined
    }
    if (node !== undefined) this.#add(id, node, now)
  }

  #remove(id: string, node: SlimNode): void {
    this.#nodes.delete(id)
    const kubelet = kubeletOf(node)
    const left = (this.#versions.get(kubelet) ?? 0) - 1
    if (left > 0) this.#versions.set(kubelet, left)
    else this.#versions.delete(kubelet)
    for (const set of [this.#ready, this.#notReady, this.#outdated, this.#waiting]) set.delete(id)
  }

  #add(id: string, node: SlimNode, now: number): void {
    const { version, minReadySeconds } = this.#basis
    this.#nodes.set(id, node)
    const kubelet = kubeletOf(node)
    if (kubelet !== '') this.#versions.set(kubelet, (this.#versions.get(kubelet) ?? 0) + 1)
    if (version !== undefined && !sameKubernetesVersion(kubelet, version)) this.#outdated.add(id)
    const remaining = availableInMs(node, { minReadySeconds, now })
    if (remaining === undefined) this.#notReady.add(id)
    else this.#ready.add(id)
    if (remaining !== undefined && remaining > 0) this.#waiting.add(id)
  }

  #summary(previous: readonly NodeReference[] | undefined, now: number): NodeSummary {
    const next = this.#nextAvailableInMs(now)
    return {
      nodeRefs: this.#nodeRefs(previous),
      ready: this.#ready.size,
      available: this.#ready.size - this.#waiting.size,
      upToDate: this.#nodes.size - this.#outdated.size,
      versions: versionCounts(this.#versions),
      missing: this.#ids.length - this.#nodes.size,
      notReady: this.#names(this.#notReady),
      outdated: this.#names(this.#outdated),
      ...(next === undefined ? {} : { nextAvailableInMs: next }),
    }
  }

  /** Looks only at Nodes that became ready a moment ago. */
  #nextAvailableInMs(now: number): number | undefined {
    let next: number | undefined
    for (const id of this.#waiting) {
      const node = this.#nodes.get(id)
      const remaining = node && availableInMs(node, { minReadySeconds: this.#basis.minReadySeconds, now })
      if (remaining === undefined || remaining <= 0) this.#waiting.delete(id)
      else next = Math.min(next ?? remaining, remaining)
    }
    return next
  }

  /** The array of the status for as long as it says the same, so that nobody has to compare it. */
  #nodeRefs(previous: readonly NodeReference[] | undefined): NodeReference[] {
    if (this.#references !== undefined && (previous === this.#checkedAgainst || previous === undefined)) {
      return this.#references
    }
    const nodes = this.#ids.flatMap((id) => this.#nodes.get(id) ?? [])
    this.#references = nodeReferences(nodes, previous)
    this.#checkedAgainst = previous
    return this.#references
  }

  /** Names of the first few, in an order that does not depend on what happened before. */
  #names(ids: ReadonlySet<string>): string[] {
    let first: string[] = []
    for (const id of ids) {
      const name = this.#nodes.get(id)?.metadata.name ?? ''
      const last = first.at(-1)
      if (first.length === namesKept && last !== undefined && name > last) continue
      first = [...first, name].toSorted().slice(0, namesKept)
    }
    return first
  }
}

function kubeletOf(node: SlimNode): string {
  return node.status.nodeInfo?.kubeletVersion ?? ''
}

/** Nothing that is counted or referred to differs, as when labels, taints or addresses change. */
function countsAlike(a: SlimNode, b: SlimNode): boolean {
  if (a.metadata.uid !== b.metadata.uid || a.metadata.name !== b.metadata.name || kubeletOf(a) !== kubeletOf(b)) {
    return false
  }
  if (a.status.conditions === b.status.conditions) return true
  const before = readyOf(a)
  const after = readyOf(b)
  return before?.status === after?.status && before?.lastTransitionTime === after?.lastTransitionTime
}

function readyOf({ status }: SlimNode) {
  return status.conditions?.find(({ type }) => type === 'Ready')
}
