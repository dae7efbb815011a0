import { machineKind as coreMachineKind, type Machine } from '@machinepool/api'
import type { InfraMachinePoolKind, JsonObject } from '@machinepool/contract'
import { isAlreadyExists, isConflict, isNotFound, type Client, type Store } from '@machinepool/kube'

import { mapBounded } from '../../drain/bounded.ts'
import { machines } from '../../machine-pool/objects.ts'
import type { WriteMemory } from '../../machine-pool/write-memory.ts'
import type { InfraObject } from '../infra-object.ts'
import { createSentStatuses } from '../sent-statuses.ts'
import { infraMachineResource, type InfraMachine, type MachineKind } from './infra-machine.ts'
import type { MachineStep } from './plan-machines.ts'

/** The machine objects of pools: what there is, and the writes to them. Absent where a kind of pool publishes none. */
export interface MachineObjects {
  readonly kind: InfraMachinePoolKind & { readonly machineKind: MachineKind }
  /** As the cache shows them, own writes included. */
  ofPool(pool: InfraObject): readonly InfraMachine[]
  readonly machineOf: (object: InfraMachine) => Machine | undefined
  /** See `SentStatuses`. */
  readonly standing: (object: InfraMachine) => JsonObject
  /** Executes a few at a time, deletions of Machines first. What is gone or there already counts as done; a conflict is met again next time. */
  write(steps: readonly MachineStep[], signal: AbortSignal): Promise<void>
  /** Takes our finalizer off every object of the pool, for a pool that is given up. */
  abandon(pool: InfraObject, signal: AbortSignal): Promise<void>
}

export interface MachineObjectsParts {
  readonly kind: MachineObjects['kind']
  readonly client: Client
  readonly objects: Pick<Store<InfraMachine>, 'byIndex'>
  readonly machines: Pick<Store<Machine>, 'get'>
  readonly memory: WriteMemory
}

/** Index of machine objects by `namespace/name` of the pool that owns them. */
export const ownerIndex = 'engine.machineOwner'

const writesAtOnce = 8

export function createMachineObjects(parts: MachineObjectsParts): MachineObjects {
  const { kind, client, memory } = parts
  const resource = infraMachineResource(kind, kind.machineKind)
  const sent = createSentStatuses()

  function cached(pool: InfraObject): readonly InfraMachine[] {
    const { namespace = '', name = '', uid } = pool.metadata
    return parts.objects
      .byIndex(ownerIndex, `${namespace}/${name}`)
      .filter((object) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid))
  }

  async function patch(
    object: InfraMachine,
    body: JsonObject,
    signal: AbortSignal,
    subresource?: 'status',
  ): Promise<InfraMachine> {
    const options = { signal, ...(subresource && { subresource }) }
    const written = await client.patch(resource, keyOf(object), { type: 'merge', body }, options)
    const original = originals.get(object) ?? object
    memory.remember(original, written)
    return written
  }

  const originals = new WeakMap<InfraMachine, InfraMachine>()

  async function execute(step: MachineStep, signal: AbortSignal): Promise<void> {
    switch (step.step) {
      case 'create':
        await client.create(resource, step.object, { signal })
        return
      case 'patch':
        await patch(step.object, step.body, signal)
        return
      case 'patchStatus':
        sent.remember(step.body, await patch(step.object, step.body, signal, 'status'))
        return
      case 'deleteMachine':
        return deleteMachine(step.machine, step.limits, signal)
      case 'delete':
        return client.delete(resource, keyOf(step.object), { signal, ...precondition(step.object) })
      case 'letGo':
        sent.forget(keyOf(step.object))
        memory.forget(step.object.metadata.uid ?? '')
        await client.patch(resource, keyOf(step.object), { type: 'merge', body: step.body }, { signal })
    }
  }

  async function deleteMachine(machine: Machine, limits: JsonObject | undefined, signal: AbortSignal): Promise<void> {
    if (limits !== undefined) {
      await client.patch(machines, keyOf(machine), { type: 'merge', body: { spec: { deletion: limits } } }, { signal })
    }
    await client.delete(machines, keyOf(machine), { signal, ...precondition(machine) })
  }

  return {
    kind,
    ofPool: (pool) =>
      cached(pool).map((object) => {
        const latest = memory.latest(object)
        originals.set(latest, object)
        return latest
      }),
    machineOf(object) {
      const { namespace = '', name = '', ownerReferences = [] } = object.metadata
      const owner = ownerReferences.find((one) => one.kind === coreMachineKind.kind)
      const machine = parts.machines.get({ namespace, name: owner?.name ?? name })
      const ref = machine?.spec.infrastructureRef
      return ref?.kind === kind.machineKind.kind && ref.name === name ? machine : undefined
    },
    standing: (object) => sent.standing(object),
    async write(steps, signal) {
      // An object never goes before its Machine.
      const machinesFirst = [steps.filter(isMachineDeletion), steps.filter((step) => !isMachineDeletion(step))]
      for (const some of machinesFirst) {
        // oxlint-disable-next-line no-await-in-loop
        await mapBounded(some, writesAtOnce, (step) => execute(step, signal).catch(unlessPassing))
      }
    },
    async abandon(pool, signal) {
      const held = cached(pool).filter(({ metadata }) => metadata.finalizers?.includes(kind.machineKind.finalizer))
      await mapBounded(held, writesAtOnce, async (object) => {
        const { finalizers = [], resourceVersion } = object.metadata
        const left = finalizers.filter((one) => one !== kind.machineKind.finalizer)
        const body = { metadata: { finalizers: left, resourceVersion } }
        sent.forget(keyOf(object))
        await client.patch(resource, keyOf(object), { type: 'merge', body }, { signal })
      })
    },
  }
}

function isMachineDeletion({ step }: MachineStep): boolean {
  return step === 'deleteMachine'
}

function unlessPassing(error: unknown): void {
  if (!isNotFound(error) && !isAlreadyExists(error) && !isConflict(error)) throw error
}

function keyOf({ metadata: { namespace = '', name = '' } }: InfraMachine | Machine) {
  return { namespace, name }
}

function precondition({ metadata: { uid } }: InfraMachine | Machine) {
  return uid === undefined ? {} : { preconditions: { uid } }
}

/** For the index `ownerIndex`. */
export function ownerKeys(kind: InfraMachinePoolKind): (object: InfraMachine) => readonly string[] {
  return ({ metadata }) =>
    (metadata.ownerReferences ?? [])
      .filter((owner) => owner.kind === kind.kind && owner.apiVersion.startsWith(`${kind.group}/`))
      .map((owner) => `${metadata.namespace ?? ''}/${owner.name}`)
}

/** A kind of pool whose instances are published as machine objects. */
export function publishesMachines(
  kind: InfraMachinePoolKind,
  capabilities: { readonly machines: boolean },
): kind is MachineObjects['kind'] {
  return capabilities.machines && kind.machineKind !== undefined
}
