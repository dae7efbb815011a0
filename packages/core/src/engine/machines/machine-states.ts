import { annotations, finalizers, type Machine } from '@machinepool/api'
import type { Instance, InstanceKey } from '@machinepool/contract'

import type { MachineState } from '../decide/situation.ts'
import { engineAnnotations } from '../names.ts'
import type { InfraMachine } from './infra-machine.ts'

/** Reasons of a Machine's condition `Deleting` while something still has to happen before its instance may go. */
const beforeRemoval: ReadonlySet<string> = new Set([
  'WaitingForPreDrainHook',
  'DrainingNode',
  'WaitingForVolumeDetach',
  'WaitingForPreTerminateHook',
])

/** How each instance stands as a machine, by provider id. Instances without a machine object are absent. */
export function machineStates(
  instances: readonly Instance[],
  objects: readonly InfraMachine[],
  machineOf: (object: InfraMachine) => Machine | undefined,
): ReadonlyMap<string, MachineState> {
  const states = new Map<string, MachineState>()
  for (const instance of instances) {
    const object = objects.find((one) => isMachineOf(one, instance))
    if (object !== undefined) states.set(instance.providerID, machineState(object, machineOf(object)))
  }
  return states
}

function machineState(object: InfraMachine, machine: Machine | undefined): MachineState {
  const infraDeleting = object.metadata.deletionTimestamp !== undefined
  const deleting = machine?.metadata.deletionTimestamp !== undefined
  return {
    name: machine?.metadata.name ?? object.metadata.name ?? '',
    managed: machine !== undefined && isManaged(machine),
    deleting,
    leaving: deleting || infraDeleting,
    drained: machine !== undefined && isManaged(machine) && deleting && infraDeleting && !isBeforeRemoval(machine),
    deleteFirst: machine?.metadata.annotations?.[annotations.deleteMachine] !== undefined,
  }
}

/** Its finalizer says that there is a Machine controller; a Machine without one drains nothing. */
export function isManaged({ metadata }: Machine): boolean {
  return metadata.finalizers?.includes(finalizers.machine) ?? false
}

/** Somebody may delete the infrastructure machine by hand: only the Machine's own word says that it has been drained. */
function isBeforeRemoval(machine: Machine | undefined): boolean {
  const condition = machine?.status?.conditions?.find(({ type }) => type === 'Deleting')
  return condition?.status !== 'True' || beforeRemoval.has(condition.reason)
}

/** An object made by somebody else names no incarnation: its provider id is all there is. */
export function isMachineOf(object: InfraMachine, key: InstanceKey): boolean {
  if (object.spec?.providerID !== key.providerID) return false
  const incarnation = object.metadata.annotations?.[engineAnnotations.incarnation]
  return incarnation === undefined || incarnation === key.incarnation
}
