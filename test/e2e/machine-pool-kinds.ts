import { defineKind, machineKind, machinePoolKind, resourceOf, schema } from '@machinepool/api'
import type { Resource } from '@machinepool/kube'

const anything = {
  spec: schema.optional(schema.object('Wanted.', {}, { preserveUnknownFields: true })),
  status: schema.optional(schema.object('Observed.', {}, { preserveUnknownFields: true })),
}
const testKind = (kind: string) =>
  defineKind({
    group: 'infrastructure.cluster.x-k8s.io',
    kind,
    labels: { 'cluster.x-k8s.io/v1beta2': 'v1alpha9' },
    versions: {
      v1alpha9: { schema: schema.object('Of nothing.', anything), storage: true, subresources: { status: true } },
    },
  })

export const testPoolKind = testKind('TestMachinePool')
export const testMachineKind = testKind('TestMachine')
/** By nothing but their place: of what is in them the tests know more than their schemas. */
export const infraPools: Resource = { ...placeOf(testPoolKind), plural: 'testmachinepools' }
export const infraMachines: Resource = { ...placeOf(testMachineKind), plural: 'testmachines' }
export const machinePools = resourceOf(machinePoolKind)
export const machines = resourceOf(machineKind)

function placeOf({ group, kind, storageVersion }: { group: string; kind: string; storageVersion: string }) {
  return { group, kind, version: storageVersion, namespaced: true }
}
