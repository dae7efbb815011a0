import type { Machine, MachinePool } from '@machinepool/api'
import type { Instance, InfraMachinePoolKind, JsonObject, MachineObject, Observation } from '@machinepool/contract'

import { isListed } from '../decide/members.ts'
import type { Lifecycle } from '../decide/situation.ts'
import type { InfraObject } from '../infra-object.ts'
import { readyTrue } from '../decide/conditions.ts'
import { statusDifference, type StatusBody } from '../sent-statuses.ts'
import { stableJson } from '../stable-json.ts'
import { writeConditions } from '../status-conditions.ts'
import { newInfraMachine, poolLabels, type InfraMachine, type MachineKind } from './infra-machine.ts'
import { isMachineOf, isManaged } from './machine-states.ts'

export interface MachinePlanInput {
  readonly kind: InfraMachinePoolKind & { readonly machineKind: MachineKind }
  readonly pool: InfraObject
  readonly machinePool: MachinePool | undefined
  readonly clusterName: string | undefined
  readonly lifecycle: Lifecycle
  readonly observed: Observation
  /** Machine objects of the pool that exist. */
  readonly objects: readonly InfraMachine[]
  readonly machineOf: (object: InfraMachine) => Machine | undefined
  /** See `SentStatuses`. */
  readonly standing: (object: InfraMachine) => JsonObject
  /** What the provider says about an instance. */
  readonly say: (instance: Instance) => MachineObject
  /** Names of Machines that the decision wants deleted, so that their controller drains them. */
  readonly deleteMachines: readonly string[]
  readonly now: number
}

/** One write to keep machine objects in step with instances. */
export type MachineStep =
  | { readonly step: 'create'; readonly object: InfraMachine }
  /** A merge patch of metadata. */
  | { readonly step: 'patch'; readonly object: InfraMachine; readonly body: JsonObject }
  | { readonly step: 'patchStatus'; readonly object: InfraMachine; readonly body: StatusBody }
  /** With the pool's time limits first where the Machine has none: upstream's core does not copy them. */
  | { readonly step: 'deleteMachine'; readonly machine: Machine; readonly limits: JsonObject | undefined }
  | { readonly step: 'delete'; readonly object: InfraMachine }
  /** The finalizer goes: the instance is gone. */
  | { readonly step: 'letGo'; readonly object: InfraMachine; readonly body: JsonObject }

/** As for draining by the engine: a deleted pool does not hang on a pod for ever (R10). */
const deletionDrainSeconds = 600

/**
 * What to write so that every instance has its machine object and none outlives its instance (R10): Machines are deleted
 * before their infrastructure machines, which keep their finalizer until the instance is gone. PURE.
 */
export function planMachines(input: MachinePlanInput): readonly MachineStep[] {
  const { observed, objects } = input
  const known = observed.owner === 'ours' || observed.owner === 'adoptable' || !observed.exists
  if (!known) return input.lifecycle === 'active' ? [] : objects.flatMap((object) => farewell(input, object))
  return [...creations(input), ...objects.flatMap((object) => upkeep(input, object)), ...deletions(input)]
}

function creations(input: MachinePlanInput): readonly MachineStep[] {
  const { lifecycle, observed, objects, machinePool, clusterName, kind, pool } = input
  if (lifecycle !== 'active' || machinePool === undefined || clusterName === undefined) return []
  return observed.instances
    .filter((instance) => isListed(instance) && instance.state !== 'Terminating')
    .filter((instance) => !objects.some((object) => isMachineOf(object, instance)))
    .map((instance) => {
      const { spec, labels } = input.say(instance)
      const said = { spec, labels: { ...labels, ...poolLabels(clusterName, machinePool) } }
      return { step: 'create', object: newInfraMachine(kind, pool, instance, said) }
    })
}

function upkeep(input: MachinePlanInput, object: InfraMachine): readonly MachineStep[] {
  const { observed, lifecycle } = input
  const instance = observed.instances.find((one) => isMachineOf(object, one))
  if (instance !== undefined) return [...labelPatch(input, object), ...statusPatch(input, object, instance)]
  // A group that is not seen for a moment takes no machines with it.
  const isGone = observed.complete && (observed.exists || lifecycle !== 'active')
  return isGone ? farewell(input, object) : []
}

/** The instance is gone: its Machine goes first, then the object, then its finalizer. */
function farewell(input: MachinePlanInput, object: InfraMachine): readonly MachineStep[] {
  if (object.metadata.deletionTimestamp !== undefined) return letGo(input, object)
  const machine = input.machineOf(object)
  if (machine === undefined) return [{ step: 'delete', object }]
  if (machine.metadata.deletionTimestamp !== undefined) return []
  const goes: MachineStep = { step: 'deleteMachine', machine, limits: undefined }
  // Nobody will delete the object for a Machine that is gone at once; left behind, it would be given a new one.
  return isManaged(machine) ? [goes] : [goes, { step: 'delete', object }]
}

function letGo({ kind }: MachinePlanInput, object: InfraMachine): readonly MachineStep[] {
  const { finalizers = [], resourceVersion } = object.metadata
  const left = finalizers.filter((one) => one !== kind.machineKind.finalizer)
  if (left.length === finalizers.length) return []
  return [{ step: 'letGo', object, body: { metadata: { finalizers: left, resourceVersion } } }]
}

function labelPatch({ machinePool, clusterName }: MachinePlanInput, object: InfraMachine): readonly MachineStep[] {
  if (machinePool === undefined || clusterName === undefined) return []
  const missing = Object.entries(poolLabels(clusterName, machinePool)).filter(
    ([name, value]) => object.metadata.labels?.[name] !== value,
  )
  if (missing.length === 0) return []
  return [{ step: 'patch', object, body: { metadata: { labels: Object.fromEntries(missing) } } }]
}

function statusPatch(input: MachinePlanInput, object: InfraMachine, instance: Instance): readonly MachineStep[] {
  const standing = input.standing(object)
  const { conditions } = writeConditions(
    { ...input.kind.conditions, v1beta2: false },
    { conditions: standing['conditions'], v1beta2: undefined },
    [readyTrue()],
    { now: input.now, generation: object.metadata.generation, keepOthers: true },
  )
  const wanted: JsonObject = { ...input.say(instance).status, conditions: [...conditions] }
  const body = statusDifference(object.status ?? {}, standing, wanted)
  return body === undefined ? [] : [{ step: 'patchStatus', object, body }]
}

function deletions(input: MachinePlanInput): readonly MachineStep[] {
  return input.objects.flatMap((object): readonly MachineStep[] => {
    const machine = input.machineOf(object)
    const isWanted = machine !== undefined && input.deleteMachines.includes(machine.metadata.name ?? '')
    if (!isWanted || machine.metadata.deletionTimestamp !== undefined) return []
    return [{ step: 'deleteMachine', machine, limits: limitsFor(input, machine) }]
  })
}

function limitsFor({ machinePool, lifecycle }: MachinePlanInput, machine: Machine): JsonObject | undefined {
  const own = machine.spec.deletion ?? {}
  const wanted: JsonObject = {
    ...(lifecycle === 'active' ? {} : { nodeDrainTimeoutSeconds: deletionDrainSeconds }),
    ...withoutZero(machinePool?.spec.template.spec.deletion ?? {}),
    ...withoutZero(own),
  }
  return stableJson(wanted) === stableJson(withoutZero(own)) ? undefined : wanted
}

/** Zero means no limit, as absence does. */
function withoutZero(limits: object): JsonObject {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== 0 && value !== undefined))
}
