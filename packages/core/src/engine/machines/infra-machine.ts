import { labels, poolNameLabelValue, type MachinePool } from '@machinepool/api'
import { canonicalHash, type InfraMachinePoolKind, type Instance, type JsonObject } from '@machinepool/contract'
import type { KubeObject, Resource } from '@machinepool/kube'

import type { InfraObject } from '../infra-object.ts'
import { engineAnnotations } from '../names.ts'

/** An infrastructure machine object of any kind, as far as the engine reads and writes it. */
export interface InfraMachine extends KubeObject {
  spec?: JsonObject & { providerID?: string }
  status?: JsonObject
}

export type MachineKind = NonNullable<InfraMachinePoolKind['machineKind']>

export function infraMachineResource(
  pool: InfraMachinePoolKind,
  { kind, plural }: MachineKind,
): Resource<InfraMachine> {
  return { group: pool.group, version: pool.version, kind, plural, namespaced: true }
}

const longestPrefix = 50

/**
 * The same for one incarnation in every process, so that a second attempt after a crash meets the first one's object. Short
 * enough for a label value, as Machines are named like it.
 */
export function infraMachineName(pool: string, { providerID, incarnation }: Instance): string {
  const prefix = pool.slice(0, longestPrefix).replace(/[-.]+$/, '')
  return `${prefix}-${canonicalHash([providerID, incarnation]).slice(0, 10)}`
}

/** Labels by which Cluster API's core finds the infrastructure machines of a MachinePool. */
export function poolLabels(clusterName: string, machinePool: MachinePool): Record<string, string> {
  return {
    [labels.clusterName]: clusterName,
    [labels.poolName]: poolNameLabelValue(machinePool.metadata.name ?? ''),
  }
}

/** A machine object as it is created. Its pool owns it; controller is to be its Machine. */
export function newInfraMachine(
  kind: InfraMachinePoolKind & { readonly machineKind: MachineKind },
  owner: InfraObject,
  instance: Instance,
  said: { readonly spec: JsonObject; readonly labels: Readonly<Record<string, string>> },
): InfraMachine {
  const { namespace = '', name = '', uid = '' } = owner.metadata
  return {
    apiVersion: `${kind.group}/${kind.version}`,
    kind: kind.machineKind.kind,
    metadata: {
      namespace,
      name: infraMachineName(name, instance),
      labels: { ...said.labels },
      annotations: { [engineAnnotations.incarnation]: instance.incarnation },
      finalizers: [kind.machineKind.finalizer],
      ownerReferences: [
        { apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind, name, uid, blockOwnerDeletion: true },
      ],
    },
    spec: { ...said.spec, providerID: instance.providerID },
  }
}
