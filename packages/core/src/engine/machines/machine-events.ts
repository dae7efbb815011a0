import { annotations, type Machine } from '@machinepool/api'
import type { ObjectKey, Store, StoreEvent } from '@machinepool/kube'
import type { Request } from '@machinepool/runtime'

import type { InfraMachine } from './infra-machine.ts'

/** Which machine events wake which pools: their own heartbeats and our own writes wake none. */
export interface MachineEvents {
  readonly concernsInfraMachine: (event: StoreEvent<InfraMachine>) => boolean
  readonly ofInfraMachine: (event: StoreEvent<InfraMachine>) => readonly Request[]
  readonly concernsMachine: (event: StoreEvent<Machine>) => boolean
  readonly ofMachine: (event: StoreEvent<Machine>) => readonly Request[]
}

export function createMachineEvents(
  machineKind: string,
  objects: Pick<Store<InfraMachine>, 'get'>,
  ownersOf: (object: InfraMachine) => readonly string[],
): MachineEvents {
  const poolsOf = (object: InfraMachine): readonly Request[] =>
    ownersOf(object).map((owner) => {
      const [namespace = '', name = ''] = owner.split('/')
      return { namespace, name }
    })
  const infraMachineOf = ({ metadata, spec }: Machine): ObjectKey | undefined =>
    spec.infrastructureRef.kind === machineKind
      ? { namespace: metadata.namespace ?? '', name: spec.infrastructureRef.name }
      : undefined
  return {
    concernsInfraMachine: ({ type, object, old }) =>
      type !== 'updated' || old === undefined || infraFingerprint(object) !== infraFingerprint(old),
    ofInfraMachine: ({ object }) => poolsOf(object),
    concernsMachine: ({ type, object, old }) =>
      type !== 'updated' || old === undefined || machineFingerprint(object) !== machineFingerprint(old),
    ofMachine({ object }) {
      const key = infraMachineOf(object)
      const infra = key && objects.get(key)
      return infra === undefined ? [] : poolsOf(infra)
    },
  }
}

function infraFingerprint({ metadata }: InfraMachine): string {
  const { deletionTimestamp, labels, finalizers, ownerReferences } = metadata
  return JSON.stringify([deletionTimestamp, labels, finalizers, ownerReferences?.map(({ uid }) => uid)])
}

function machineFingerprint({ metadata, status }: Machine): string {
  const { deletionTimestamp, finalizers } = metadata
  const deleting = status?.conditions?.find(({ type }) => type === 'Deleting')
  const deleteFirst = metadata.annotations?.[annotations.deleteMachine]
  return JSON.stringify([deletionTimestamp, finalizers, deleteFirst, deleting?.status, deleting?.reason])
}
