import { drainCondition, flag, notReady, type EngineCondition } from './conditions.ts'
import { drainOrders, idleWish, keepRecords, nothing, type Decision } from './decision.ts'
import { isListed } from './members.ts'
import { departureOf, keyOf } from './removals.ts'
import type { Situation } from './situation.ts'

/**
 * A pool that is being deleted: its Nodes are emptied (bounded; not when the whole cluster goes), then everything of it
 * leaves the cloud, then the list is emptied, and only then the finalizer goes (R3, R4, R10).
 */
export function decideDeletion(situation: Situation): Decision {
  const { observed } = situation
  const ours = observed.owner === 'ours'
  // A group that is not ours keeps its instances; what else is ours (templates, leftovers) still goes.
  if (observed.exists && ours && !observed.deleting && situation.lifecycle === 'deleting') {
    const draining = drainBeforeDeletion(situation)
    if (draining) return draining
  }
  const groupLeft = (observed.exists || observed.deleting) && ours
  // The templates of somebody else's group are somebody else's; what is ours beside it is a leftover.
  const templates = ours || !observed.exists ? observed.templates : []
  const gone = !groupLeft && observed.complete && templates.length === 0 && observed.leftovers.length === 0
  return {
    ...nothing(situation),
    wish: { ...idleWish(situation), presence: 'absent', hold: false, size: 0 },
    ledger: { operations: situation.ledger.operations, drains: situation.ledger.drains },
    conditions: deleting(gone ? 'Deleted' : 'DeletingGroup', describe(situation)),
    providerIDs: gone ? [] : nothing(situation).providerIDs,
    provisioned: observed.exists && ours,
    activity: 'inFlight',
    gone,
  }
}

function drainBeforeDeletion(situation: Situation): Decision | undefined {
  const { observed } = situation
  const steps = observed.instances
    .filter((instance) => isListed(instance) && instance.state !== 'Terminating')
    .map((instance) => departureOf(situation, { ...keyOf(instance), cause: 'deletion' }))
  const waiting = steps.filter(({ step }) => step !== 'go')
  if (waiting.length === 0) return undefined
  const progress = waiting.flatMap((step) => {
    const known = step.record && situation.drains.get(step.record.incarnation)
    return known ? [known] : []
  })
  const condition = drainCondition(progress)
  const left = `${waiting.length} of ${steps.length} instances are still to be drained`
  const reason = waiting.find((step) => step.step === 'wait')
  return {
    ...nothing(situation),
    wish: { ...idleWish(situation), extend: held(situation) },
    drains: drainOrders(steps),
    deleteMachines: steps.flatMap((step) => (step.step === 'machine' && !step.deleting ? [step.machine] : [])),
    ledger: { ...situation.ledger, drains: keepRecords(situation, steps) },
    conditions: [
      ...deleting('DrainingNodes', reason?.step === 'wait' ? `${left}: ${reason.reason}` : left),
      ...(condition ? [condition] : []),
    ],
    activity: 'inFlight',
  }
}

/** Terminations that already wait for us go on waiting while their Nodes are emptied. */
function held({ observed }: Situation) {
  return observed.instances.filter(({ hold }) => hold?.ours === true).map(keyOf)
}

function deleting(reason: string, message: string): readonly EngineCondition[] {
  return [notReady('Deleting', message, 'Info'), flag('Deleting', reason, message, 'Info')]
}

function describe({ observed }: Situation): string {
  const left = [
    ...(observed.exists || observed.deleting ? [`group ${observed.groupName ?? ''}`.trim()] : []),
    ...(observed.instances.length > 0 ? [`${observed.instances.length} instances`] : []),
    ...(observed.templates.length > 0 ? [`${observed.templates.length} templates`] : []),
    ...observed.leftovers.map(({ kind, id }) => `${kind} ${id}`),
  ]
  return left.length === 0 ? 'nothing is left in the cloud' : `still in the cloud: ${left.join(', ')}`
}
