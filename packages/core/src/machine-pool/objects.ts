import { apiVersionOf, clusterKind, machineKind, machinePoolKind, resourceOf } from '@machinepool/api'
import type { Cluster, ContractVersionedObjectReference, Machine, MachinePool, ObjectReference } from '@machinepool/api'
import type { Resource } from '@machinepool/kube'

/** Names an object of the same namespace whose version is found through its CRD. */
export type ContractReference = ContractVersionedObjectReference
export type NodeReference = ObjectReference

export const machinePools: Resource<MachinePool> = resourceOf(machinePoolKind)
export const clusters: Resource<Cluster> = resourceOf(clusterKind)
export const machines: Resource<Machine> = resourceOf(machineKind)

export const machinePoolApiVersion = apiVersionOf(machinePoolKind)

/** For people: `KubeadmConfig workers`. */
export function describe(ref: ContractReference): string {
  return `${ref.kind} ${ref.name}`
}
