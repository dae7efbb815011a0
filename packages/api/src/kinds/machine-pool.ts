import type { Static } from 'typebox'

import { defineKind, type ObjectOf, type PrinterColumn } from '../toolkit/kind.ts'
import * as s from '../toolkit/schema.ts'
import { conditions, objectReference, v1beta1Conditions } from '../toolkit/shapes.ts'
import { clusterGroup, coreContractLabels } from './group.ts'
import { immutableRule, machineTemplateV1Beta1, machineTemplateV1Beta2, maxClusterName } from './machine-spec.ts'

export const machinePoolPhases = [
  'Pending',
  'Provisioning',
  'Provisioned',
  'Running',
  'ScalingUp',
  'ScalingDown',
  'Scaling',
  'Deleting',
  'Failed',
  'Unknown',
] as const

const sameClusterRule = (template: string): s.ValidationRule => ({
  rule: template,
  message: 'spec.clusterName and spec.template.spec.clusterName must be the same',
  fieldPath: '.template.spec.clusterName',
})

const clusterName = () =>
  s.text('Cluster, in the same namespace, that the pool belongs to.', {
    ...maxClusterName,
    rules: [immutableRule('clusterName')],
  })
const replicas = () =>
  s.optional(
    s.int32('Number of instances wanted. When absent: 1, or what the autoscaler annotations say.', { minimum: 0 }),
  )
const providerID = () => s.text('Provider ID of one instance.', { minLength: 1, maxLength: 512 })
const failureDomain = () => s.text('One failure domain.', { minLength: 1, maxLength: 256 })
const phase = () => s.optional(s.oneOf('Where the pool is in its life.', machinePoolPhases))
const versions = () =>
  s.optional(
    s.listMap(
      'How many instances run which Kubernetes version.',
      ['version'],
      s.object('Instances of one version.', {
        version: s.text('Kubernetes version.', { minLength: 1, maxLength: 256 }),
        replicas: s.optional(s.int32('Instances that run it.', { minimum: 1 })),
      }),
      { minItems: 1, maxItems: 100 },
    ),
  )

export const machinePoolSpecV1Beta2 = s.object(
  'Wanted state of the pool.',
  {
    clusterName: clusterName(),
    replicas: replicas(),
    template: machineTemplateV1Beta2({ pool: true }),
    providerIDList: s.optional(
      s.atomicList('Provider IDs of the instances, written by the controller.', providerID(), { maxItems: 10000 }),
    ),
    failureDomains: s.optional(
      s.atomicList('Failure domains to place instances in.', failureDomain(), { maxItems: 100 }),
    ),
  },
  { rules: [sameClusterRule('self.clusterName == self.template.spec.clusterName')] },
)

export const machinePoolStatusV1Beta2 = s.object(
  'Observed state of the pool.',
  {
    conditions: s.optional(conditions()),
    initialization: s.optional(
      s.object(
        'What has been done at least once.',
        {
          infrastructureProvisioned: s.optional(s.boolean('The infrastructure was provisioned.')),
          bootstrapDataSecretCreated: s.optional(s.boolean('The bootstrap data was made.')),
        },
        { minProperties: 1 },
      ),
    ),
    nodeRefs: s.optional(s.atomicList('Nodes of the pool.', objectReference('One Node.'), { maxItems: 10000 })),
    replicas: s.optional(s.int32('Instances that exist.')),
    readyReplicas: s.optional(s.int32('Instances that are ready.')),
    availableReplicas: s.optional(s.int32('Instances that have been ready for minReadySeconds.')),
    upToDateReplicas: s.optional(s.int32('Instances that are as the spec wants them.')),
    versions: versions(),
    phase: phase(),
    observedGeneration: s.optional(s.int64('metadata.generation that the controller has last seen.', { minimum: 1 })),
    deprecated: s.optional(
      s.object('Fields that go when API version v1beta1 goes.', {
        v1beta1: s.optional(
          s.object('Status with the meaning it had in API version v1beta1.', {
            conditions: s.optional(v1beta1Conditions()),
            failureReason: s.optional(s.text('Why the pool failed for good, in one word.')),
            failureMessage: s.optional(s.text('The same for people.', { minLength: 1, maxLength: 10240 })),
            readyReplicas: s.optional(s.int32('Instances whose Node is ready.')),
            availableReplicas: s.optional(s.int32('Instances whose Node has been ready for minReadySeconds.')),
            unavailableReplicas: s.optional(s.int32('Instances missing until every wanted one is available.')),
          }),
        ),
      }),
    ),
  },
  { minProperties: 1 },
)

const machinePoolV1Beta2 = s.object('A group of instances that a cloud scales as one.', {
  spec: machinePoolSpecV1Beta2,
  status: s.optional(machinePoolStatusV1Beta2),
})

const machinePoolV1Beta1 = s.object('A group of instances that a cloud scales as one (deprecated version).', {
  spec: s.optional(
    s.object(
      'Wanted state of the pool.',
      {
        clusterName: clusterName(),
        replicas: replicas(),
        template: machineTemplateV1Beta1({ pool: true }),
        minReadySeconds: s.optional(s.int32('Seconds that a Node must be ready before it counts as available.')),
        providerIDList: s.optional(
          s.list('Provider IDs of the instances, written by the controller.', providerID(), { maxItems: 10000 }),
        ),
        failureDomains: s.optional(
          s.list('Failure domains to place instances in.', failureDomain(), { maxItems: 100 }),
        ),
      },
      {
        rules: [sameClusterRule('!has(self.template.spec) || self.clusterName == self.template.spec.clusterName')],
      },
    ),
  ),
  status: s.optional(
    s.object('Observed state of the pool.', {
      nodeRefs: s.optional(s.list('Nodes of the pool.', objectReference('One Node.'), { maxItems: 10000 })),
      replicas: s.optional(s.int32('Instances that exist.')),
      readyReplicas: s.optional(s.int32('Instances whose Node is ready.')),
      availableReplicas: s.optional(s.int32('Instances whose Node has been ready for minReadySeconds.')),
      unavailableReplicas: s.optional(s.int32('Instances missing until every wanted one is available.')),
      failureReason: s.optional(s.text('Why the pool failed for good, in one word.')),
      failureMessage: s.optional(s.text('The same for people.', { minLength: 1, maxLength: 10240 })),
      phase: phase(),
      bootstrapReady: s.optional(s.boolean('The bootstrap data was made.')),
      infrastructureReady: s.optional(s.boolean('The infrastructure was provisioned.')),
      observedGeneration: s.optional(s.int64('metadata.generation that the controller has last seen.')),
      versions: versions(),
      conditions: s.optional(v1beta1Conditions()),
      v1beta2: s.optional(
        s.object('Status as API version v1beta2 has it.', {
          conditions: s.optional(conditions()),
          readyReplicas: s.optional(s.int32('Instances that are ready.')),
          availableReplicas: s.optional(s.int32('Instances that have been ready for minReadySeconds.')),
          upToDateReplicas: s.optional(s.int32('Instances that are as the spec wants them.')),
        }),
      ),
    }),
  ),
})

const clusterColumn: PrinterColumn = {
  name: 'Cluster',
  type: 'string',
  jsonPath: '.spec.clusterName',
  description: 'Cluster of the pool',
}
const lastColumns: readonly PrinterColumn[] = [
  { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the pool is in its life' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation' },
  {
    name: 'Version',
    type: 'string',
    jsonPath: '.spec.template.spec.version',
    description: 'Kubernetes version wanted',
  },
]

const subresources = {
  status: true,
  scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
} as const

export const machinePoolKind = defineKind({
  group: clusterGroup,
  kind: 'MachinePool',
  shortNames: ['mp'],
  categories: ['cluster-api'],
  labels: coreContractLabels,
  versions: {
    v1beta1: {
      schema: machinePoolV1Beta1,
      deprecated: true,
      subresources,
      printerColumns: [
        clusterColumn,
        {
          name: 'Desired',
          type: 'integer',
          jsonPath: '.spec.replicas',
          description: 'Instances wanted',
          priority: 10,
        },
        { name: 'Replicas', type: 'string', jsonPath: '.status.replicas', description: 'Instances that exist' },
        ...lastColumns,
      ],
    },
    v1beta2: {
      schema: machinePoolV1Beta2,
      storage: true,
      subresources,
      printerColumns: [
        clusterColumn,
        { name: 'Desired', type: 'integer', jsonPath: '.spec.replicas', description: 'Instances wanted' },
        { name: 'Current', type: 'integer', jsonPath: '.status.replicas', description: 'Instances that exist' },
        { name: 'Ready', type: 'integer', jsonPath: '.status.readyReplicas', description: 'Instances that are ready' },
        {
          name: 'Available',
          type: 'integer',
          jsonPath: '.status.availableReplicas',
          description: 'Instances ready for minReadySeconds',
        },
        {
          name: 'Up-to-date',
          type: 'integer',
          jsonPath: '.status.upToDateReplicas',
          description: 'Instances as the spec wants them',
        },
        {
          name: 'Paused',
          type: 'string',
          jsonPath: '.status.conditions[?(@.type=="Paused")].status',
          description: 'Whether reconciliation is paused',
          priority: 10,
        },
        ...lastColumns,
      ],
    },
  },
})

export type MachinePool = ObjectOf<typeof machinePoolV1Beta2>
export type MachinePoolSpec = Static<typeof machinePoolSpecV1Beta2>
export type MachinePoolStatus = Static<typeof machinePoolStatusV1Beta2>
export type MachinePoolPhase = (typeof machinePoolPhases)[number]
/** A MachinePool as clients of API version v1beta1 see it. */
export type MachinePoolV1Beta1 = ObjectOf<typeof machinePoolV1Beta1>
