import type { FieldChange, Observation } from '@machinepool/contract'

import type { Ledger } from '../ledger.ts'
import { flag, type EngineCondition } from './conditions.ts'
import { sameScheme } from './members.ts'
import type { Situation } from './situation.ts'

/** What is to happen with the template that new instances are made from. */
export interface TemplateDecision {
  readonly template: 'apply' | 'leave'
  /** Mark the live template instead of replacing it. */
  readonly stamp: boolean
  /** The live template is the wish: what is not made from it may be replaced. */
  readonly live: boolean
  /** A deviation that was found on taking over has been accepted: unmarked instances are to be replaced (R29). */
  readonly unmarkedIsOutdated: boolean
  readonly ledger: Ledger['takeOver']
  readonly condition?: EngineCondition
}

/**
 * Taking over, from upstream or from our own other revision scheme, replaces nothing by itself (R2, R29): a live template
 * without a mark of our scheme is compared with the wish. Equal: stamped. Different: `TakeOverDrift`, until the spec
 * changes or somebody approves.
 */
export function decideTemplate(
  situation: Pick<Situation, 'observed' | 'revision' | 'drift' | 'ledger' | 'controls'>,
): TemplateDecision {
  const { observed, revision, drift, ledger, controls } = situation
  const memory = ledger.takeOver
  if (revision === undefined) {
    return { template: 'leave', stamp: false, live: false, unmarkedIsOutdated: false, ledger: memory }
  }
  const unmarkedIsOutdated = memory?.released === true
  const current = currentTemplate(observed)
  if (!observed.exists || current === undefined) {
    return { template: 'apply', stamp: false, live: false, unmarkedIsOutdated, ledger: memory }
  }
  if (current.revision !== undefined && sameScheme(current.revision, revision)) {
    const live = current.revision === revision
    // Once nothing unmarked is left there is nothing to remember.
    const remember = unmarkedIsOutdated && hasUnmarked(observed, revision) ? memory : undefined
    return { template: 'apply', stamp: false, live, unmarkedIsOutdated, ledger: remember }
  }
  if (drift.length === 0) {
    return { template: 'apply', stamp: true, live: false, unmarkedIsOutdated: false, ledger: undefined }
  }
  return decideDrift(revision, drift, memory, controls.approveTakeOver)
}

function decideDrift(
  revision: string,
  drift: readonly FieldChange[],
  memory: Ledger['takeOver'],
  approval: string | undefined,
): TemplateDecision {
  const specChanged = memory !== undefined && memory.revision !== revision
  if (memory?.released === true || specChanged || approval === 'true' || approval === revision) {
    const ledger = { revision, released: true }
    return { template: 'apply', stamp: false, live: false, unmarkedIsOutdated: true, ledger }
  }
  const fields = drift.map(({ field }) => field).join(', ')
  return {
    template: 'leave',
    stamp: false,
    live: false,
    unmarkedIsOutdated: false,
    ledger: { revision, released: false },
    condition: flag(
      'TakeOverDrift',
      'TakeOverDrift',
      `the group that was taken over differs from the spec in ${fields}; change the spec or approve revision ${revision} to replace its instances`,
    ),
  }
}

function currentTemplate(observed: Observation) {
  return observed.templates.find(({ current }) => current)
}

function hasUnmarked(observed: Observation, revision: string): boolean {
  return observed.instances.some(
    (instance) => instance.revision === undefined || !sameScheme(instance.revision, revision),
  )
}
