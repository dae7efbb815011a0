import { parseRevision, type Instance, type InstanceState } from '@machinepool/contract'

import { sameInstance, type DrainRecord } from '../ledger.ts'
import type { NodeState, Situation } from './situation.ts'

/** An instance that counts towards the size, with what decisions ask about it. */
export interface Member {
  readonly instance: Instance
  readonly node: NodeState | undefined
  /** Made from another revision than the wish, provably (R15). Never true for an unknown revision. */
  readonly outdated: boolean
  readonly failed: boolean
  /** Its Node has been ready for minReadySeconds and nobody is emptying it. */
  readonly available: boolean
  /** Set while it is being emptied to be removed. */
  readonly drain: DrainRecord | undefined
  readonly deleteFirst: boolean
  /** Its Machine or machine object is being deleted: it goes, whatever else is decided. */
  readonly leaving: boolean
}

const counted: ReadonlySet<InstanceState> = new Set(['Pending', 'Running', 'Stopped', 'Failed', 'Unknown'])

/**
 * Part of the pool for everybody who lists it: from when it exists until it is gone (R3). What the cloud has only announced
 * cannot have a Node, and gets another incarnation when it is made.
 */
export function isListed(instance: Instance): boolean {
  return instance.state !== 'Warmed' && instance.announced !== true
}

/** The instances that count towards the desired capacity; an unfinished removal counts as gone. */
export function membersOf(situation: Situation, unmarkedIsOutdated: boolean): readonly Member[] {
  const leaving = situation.ledger.operations.flatMap((operation) => operation.instances)
  return situation.observed.instances
    .filter((instance) => counted.has(instance.state) && !leaving.some((other) => sameInstance(other, instance)))
    .map((instance) => memberOf(situation, instance, unmarkedIsOutdated))
}

function memberOf(situation: Situation, instance: Instance, unmarkedIsOutdated: boolean): Member {
  const node = situation.nodes?.get(instance.providerID)
  const machine = situation.machines?.get(instance.providerID)
  const leaving = machine?.leaving ?? false
  const drain = situation.ledger.drains.find((record) => sameInstance(record, instance))
  return {
    instance,
    node,
    outdated: isOutdated(instance.revision, situation.revision, unmarkedIsOutdated),
    failed: instance.state === 'Failed',
    available: drain === undefined && !leaving && isAvailable(instance, node, situation),
    drain,
    deleteFirst: (node?.deleteFirst ?? false) || (machine?.deleteFirst ?? false),
    leaving,
  }
}

/** Two revisions can be compared only within one scheme; across schemes nothing is known. */
export function sameScheme(a: string, b: string): boolean {
  const scheme = parseRevision(a)?.scheme
  return scheme !== undefined && scheme === parseRevision(b)?.scheme
}

/** Instances that count and provably are of another revision than the wish. */
export function countOutdated(instances: readonly Instance[], wish: string | undefined): number {
  return instances.filter(({ state, revision }) => counted.has(state) && isOutdated(revision, wish, false)).length
}

function isOutdated(revision: string | undefined, wish: string | undefined, unmarkedIsOutdated: boolean): boolean {
  if (wish === undefined) return false
  if (revision === undefined || !sameScheme(revision, wish)) return unmarkedIsOutdated
  return revision !== wish
}

function isAvailable(instance: Instance, node: NodeState | undefined, situation: Situation): boolean {
  if (instance.state !== 'Running' && instance.state !== 'Unknown') return false
  if (node === undefined || !node.ready) return false
  const { minReadyMs } = situation.timing
  return minReadyMs === 0 || (node.readySince !== undefined && situation.now - node.readySince >= minReadyMs)
}
