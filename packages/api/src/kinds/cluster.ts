import type { Static } from 'typebox'

import { defineKind, type ObjectOf, type PrinterColumn } from '../toolkit/kind.ts'
import * as s from '../toolkit/schema.ts'
import {
  conditions,
  contractVersionedObjectReference,
  objectReference,
  patterns,
  v1beta1Conditions,
} from '../toolkit/shapes.ts'
import { clusterGroup, coreContractLabels } from './group.ts'

// What machine pools read of a Cluster. `spec.topology` belongs to ClusterClass: accepted and kept, not looked into.

const clusterPhases = ['Pending', 'Provisioning', 'Provisioned', 'Deleting', 'Failed', 'Unknown'] as const

const gates = (bounds: s.ListBounds) =>
  s.optional(
    s.listMap(
      'Conditions that must hold too before the Cluster is available.',
      ['conditionType'],
      s.object('One condition that must hold too.', {
        conditionType: s.text('Type of the condition.', {
          minLength: 1,
          maxLength: 316,
          pattern: patterns.conditionType,
        }),
        polarity: s.optional(s.oneOf('Whether True (Positive) or False (Negative) is good.', ['Positive', 'Negative'])),
      }),
      bounds,
    ),
  )

const cidr = () => s.text('One range of addresses.', { minLength: 1, maxLength: 43 })
const paused = () => s.optional(s.boolean('No controller writes anything for this Cluster while true.'))
const serviceDomain = () => s.optional(s.text('Domain of Services.', { minLength: 1, maxLength: 253 }))
const phase = () => s.optional(s.oneOf('Where the Cluster is in its life.', clusterPhases))

const rangesV1Beta2 = (description: string) =>
  s.object(description, {
    cidrBlocks: s.atomicList('Ranges of addresses.', cidr(), { minItems: 1, maxItems: 100 }),
  })
const rangesV1Beta1 = (description: string) =>
  s.object(description, { cidrBlocks: s.list('Ranges of addresses.', cidr(), { maxItems: 100 }) })

const clusterSpecV1Beta2 = s.object(
  'Wanted state of the Cluster.',
  {
    paused: paused(),
    clusterNetwork: s.optional(
      s.object(
        'Network of the Cluster.',
        {
          apiServerPort: s.optional(s.int32('Port that the API server listens on.', { minimum: 1, maximum: 65535 })),
          services: s.optional(rangesV1Beta2('Addresses of Services.')),
          pods: s.optional(rangesV1Beta2('Addresses of pods.')),
          serviceDomain: serviceDomain(),
        },
        { minProperties: 1 },
      ),
    ),
    controlPlaneEndpoint: s.optional(
      s.object(
        'Where the API server is reached.',
        {
          host: s.optional(s.text('Name or address.', { minLength: 1, maxLength: 512 })),
          port: s.optional(s.int32('Port.', { minimum: 1, maximum: 65535 })),
        },
        { minProperties: 1 },
      ),
    ),
    controlPlaneRef: s.optional(contractVersionedObjectReference('Control plane object.')),
    infrastructureRef: s.optional(contractVersionedObjectReference('Infrastructure object.')),
    topology: s.optional(s.anyObject('Managed topology (ClusterClass); kept as it is.')),
    availabilityGates: gates({ minItems: 1, maxItems: 32 }),
  },
  { minProperties: 1 },
)

const replicaCounts = () => ({
  desiredReplicas: s.optional(s.int32('Machines wanted.')),
  replicas: s.optional(s.int32('Machines that exist.')),
  upToDateReplicas: s.optional(s.int32('Machines that are as wanted.')),
  readyReplicas: s.optional(s.int32('Machines that are ready.')),
  availableReplicas: s.optional(s.int32('Machines that are available.')),
  versions: s.optional(
    s.atomicList(
      'How many Machines run which Kubernetes version.',
      s.object('Machines of one version.', {
        version: s.text('Kubernetes version.', { minLength: 1, maxLength: 256 }),
        replicas: s.optional(s.int32('Machines that run it.', { minimum: 1 })),
      }),
      { minItems: 1, maxItems: 32 },
    ),
  ),
  upgradePlan: s.optional(
    s.atomicList(
      'Versions still to be gone through.',
      s.object('One step.', { version: s.text('Kubernetes version.', { minLength: 1, maxLength: 256 }) }),
      { minItems: 1, maxItems: 32 },
    ),
  ),
})

const failureDomainFields = () => ({
  controlPlane: s.optional(s.boolean('Whether control plane Machines may be placed there.')),
  attributes: s.optional(s.textMap('What the provider says about it.')),
})

const clusterStatusV1Beta2 = s.object(
  'Observed state of the Cluster.',
  {
    conditions: s.optional(conditions()),
    initialization: s.optional(
      s.object(
        'What has been done at least once.',
        {
          infrastructureProvisioned: s.optional(s.boolean('The infrastructure was provisioned.')),
          controlPlaneInitialized: s.optional(s.boolean('The API server has answered.')),
        },
        { minProperties: 1 },
      ),
    ),
    controlPlane: s.optional(s.object('Machines of the control plane.', replicaCounts())),
    workers: s.optional(s.object('Machines of the workers.', replicaCounts())),
    failureDomains: s.optional(
      s.listMap(
        'Failure domains of the infrastructure.',
        ['name'],
        s.object('One failure domain.', {
          name: s.text('Its name.', { minLength: 1, maxLength: 256 }),
          ...failureDomainFields(),
        }),
        { minItems: 1, maxItems: 100 },
      ),
    ),
    phase: phase(),
    observedGeneration: s.optional(s.int64('metadata.generation that the controller has last seen.', { minimum: 1 })),
    deprecated: s.optional(
      s.object('Fields that go when API version v1beta1 goes.', {
        v1beta1: s.optional(
          s.object('Status with the meaning it had in API version v1beta1.', {
            conditions: s.optional(v1beta1Conditions()),
            failureReason: s.optional(s.text('Why the Cluster failed for good, in one word.')),
            failureMessage: s.optional(s.text('The same for people.', { minLength: 1, maxLength: 10240 })),
          }),
        ),
      }),
    ),
  },
  { minProperties: 1 },
)

const clusterV1Beta2 = s.object('A Kubernetes cluster that is managed from here.', {
  spec: clusterSpecV1Beta2,
  status: s.optional(clusterStatusV1Beta2),
})

const clusterV1Beta1 = s.object('A Kubernetes cluster that is managed from here (deprecated version).', {
  spec: s.optional(
    s.object('Wanted state of the Cluster.', {
      paused: paused(),
      clusterNetwork: s.optional(
        s.object('Network of the Cluster.', {
          apiServerPort: s.optional(s.int32('Port that the API server listens on.')),
          services: s.optional(rangesV1Beta1('Addresses of Services.')),
          pods: s.optional(rangesV1Beta1('Addresses of pods.')),
          serviceDomain: serviceDomain(),
        }),
      ),
      controlPlaneEndpoint: s.optional(
        s.object('Where the API server is reached.', {
          host: s.optional(s.text('Name or address.', { maxLength: 512 })),
          port: s.optional(s.int32('Port.')),
        }),
      ),
      controlPlaneRef: s.optional(objectReference('Control plane object.')),
      infrastructureRef: s.optional(objectReference('Infrastructure object.')),
      topology: s.optional(s.anyObject('Managed topology (ClusterClass); kept as it is.')),
      availabilityGates: gates({ maxItems: 32 }),
    }),
  ),
  status: s.optional(
    s.object('Observed state of the Cluster.', {
      failureDomains: s.optional(
        s.mapOf('Failure domains of the infrastructure.', s.object('One failure domain.', failureDomainFields())),
      ),
      failureReason: s.optional(s.text('Why the Cluster failed for good, in one word.')),
      failureMessage: s.optional(s.text('The same for people.', { minLength: 1, maxLength: 10240 })),
      phase: phase(),
      infrastructureReady: s.optional(s.boolean('The infrastructure was provisioned.')),
      controlPlaneReady: s.optional(s.boolean('The control plane is ready.')),
      conditions: s.optional(v1beta1Conditions()),
      observedGeneration: s.optional(s.int64('metadata.generation that the controller has last seen.')),
      v1beta2: s.optional(
        s.object('Status as API version v1beta2 has it.', {
          conditions: s.optional(conditions()),
          controlPlane: s.optional(s.object('Machines of the control plane.', replicaCounts())),
          workers: s.optional(s.object('Machines of the workers.', replicaCounts())),
        }),
      ),
    }),
  ),
})

const text = (name: string, jsonPath: string, description: string): PrinterColumn => ({
  name,
  type: 'string',
  jsonPath,
  description,
})
const count = (name: string, jsonPath: string, description: string, priority?: number): PrinterColumn => ({
  name,
  type: 'integer',
  jsonPath,
  description,
  ...(priority === undefined ? {} : { priority }),
})
const phaseColumn = text('Phase', '.status.phase', 'Where the Cluster is in its life')
const lastColumns = [
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation' } as const,
  text('Version', '.spec.topology.version', 'Kubernetes version of a managed topology'),
]
const counters = (prefix: string, field: string, who: string) => [
  count(`${prefix} Desired`, `.status.${field}.desiredReplicas`, `${who} wanted`),
  count(`${prefix} Current`, `.status.${field}.replicas`, `${who} that exist`, 10),
  count(`${prefix} Ready`, `.status.${field}.readyReplicas`, `${who} that are ready`, 10),
  count(`${prefix} Available`, `.status.${field}.availableReplicas`, `${who} that are available`),
  count(`${prefix} Up-to-date`, `.status.${field}.upToDateReplicas`, `${who} that are as wanted`),
]

export const clusterKind = defineKind({
  group: clusterGroup,
  kind: 'Cluster',
  shortNames: ['cl'],
  categories: ['cluster-api'],
  labels: coreContractLabels,
  versions: {
    v1beta1: {
      schema: clusterV1Beta1,
      deprecated: true,
      subresources: { status: true },
      printerColumns: [
        text('ClusterClass', '.spec.topology.class', 'ClusterClass of a managed topology'),
        phaseColumn,
        ...lastColumns,
      ],
    },
    v1beta2: {
      schema: clusterV1Beta2,
      storage: true,
      subresources: { status: true },
      printerColumns: [
        text('ClusterClass', '.spec.topology.classRef.name', 'ClusterClass of a managed topology'),
        text('Available', '.status.conditions[?(@.type=="Available")].status', 'Whether the Cluster is available'),
        ...counters('CP', 'controlPlane', 'Control plane Machines'),
        ...counters('W', 'workers', 'Worker Machines'),
        {
          ...text('Paused', '.status.conditions[?(@.type=="Paused")].status', 'Whether reconciliation is paused'),
          priority: 10,
        },
        phaseColumn,
        ...lastColumns,
      ],
    },
  },
})

export type Cluster = ObjectOf<typeof clusterV1Beta2>
export type ClusterSpec = Static<typeof clusterSpecV1Beta2>
export type ClusterStatus = Static<typeof clusterStatusV1Beta2>
/** A Cluster as clients of API version v1beta1 see it. */
export type ClusterV1Beta1 = ObjectOf<typeof clusterV1Beta1>
