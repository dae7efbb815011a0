import { defineKind, type ObjectOf, type PrinterColumn, type ScalePaths } from '../toolkit/kind.ts'
import * as s from '../toolkit/schema.ts'
import { conditions, labelSelector, v1beta1Conditions } from '../toolkit/shapes.ts'
import { clusterGroup } from './group.ts'
import { machineTemplateV1Beta2, maxClusterName } from './machine-spec.ts'

// MachineSet and MachineDeployment exist so that clients which list every scalable kind of the group, the Cluster
// Autoscaler above all, find them. No controller here acts on them; fields that are not named are kept.

const counters = {
  replicas: s.optional(s.int32('Machines that exist.')),
  readyReplicas: s.optional(s.int32('Machines that are ready.')),
  availableReplicas: s.optional(s.int32('Machines that are available.')),
  upToDateReplicas: s.optional(s.int32('Machines that are as wanted.')),
}

const workload = (what: string, extra: { phase?: boolean } = {}) =>
  s.object(what, {
    spec: s.object(
      'Wanted state.',
      {
        clusterName: s.text('Cluster, in the same namespace.', { ...maxClusterName }),
        replicas: s.optional(s.int32('Machines wanted.')),
        selector: labelSelector('Selects the Machines.'),
        template: machineTemplateV1Beta2(),
      },
      { preserveUnknownFields: true },
    ),
    status: s.optional(
      s.object(
        'Observed state.',
        {
          ...counters,
          selector: s.optional(s.text('Selector in the form of a query, for the scale subresource.')),
          conditions: s.optional(conditions()),
          observedGeneration: s.optional(s.int64('metadata.generation that the controller has last seen.')),
          ...(extra.phase === true ? { phase: s.optional(s.text('Where it is in its life.')) } : {}),
          deprecated: s.optional(
            s.object('Fields that go when API version v1beta1 goes.', {
              v1beta1: s.optional(
                s.object(
                  'Status with the meaning it had in API version v1beta1.',
                  { conditions: s.optional(v1beta1Conditions()) },
                  { preserveUnknownFields: true },
                ),
              ),
            }),
          ),
        },
        { preserveUnknownFields: true },
      ),
    ),
  })

const scale: ScalePaths = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
}

const printerColumns: readonly PrinterColumn[] = [
  { name: 'Cluster', type: 'string', jsonPath: '.spec.clusterName', description: 'Cluster of the Machines' },
  { name: 'Desired', type: 'integer', jsonPath: '.spec.replicas', description: 'Machines wanted' },
  { name: 'Current', type: 'integer', jsonPath: '.status.replicas', description: 'Machines that exist' },
  { name: 'Ready', type: 'integer', jsonPath: '.status.readyReplicas', description: 'Machines that are ready' },
  {
    name: 'Available',
    type: 'integer',
    jsonPath: '.status.availableReplicas',
    description: 'Machines that are available',
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation' },
  {
    name: 'Version',
    type: 'string',
    jsonPath: '.spec.template.spec.version',
    description: 'Kubernetes version wanted',
  },
]

const machineSet = workload('A number of Machines that are alike.')
const machineDeployment = workload('Machines that are alike, replaced step by step when their template changes.', {
  phase: true,
})

export const machineSetKind = defineKind({
  group: clusterGroup,
  kind: 'MachineSet',
  shortNames: ['ms'],
  categories: ['cluster-api'],
  labels: { 'cluster.x-k8s.io/v1beta2': 'v1beta2' },
  versions: { v1beta2: { schema: machineSet, storage: true, subresources: { status: true, scale }, printerColumns } },
})

export const machineDeploymentKind = defineKind({
  group: clusterGroup,
  kind: 'MachineDeployment',
  shortNames: ['md'],
  categories: ['cluster-api'],
  labels: { 'cluster.x-k8s.io/v1beta2': 'v1beta2' },
  versions: {
    v1beta2: { schema: machineDeployment, storage: true, subresources: { status: true, scale }, printerColumns },
  },
})

export type MachineSet = ObjectOf<typeof machineSet>
export type MachineDeployment = ObjectOf<typeof machineDeployment>
