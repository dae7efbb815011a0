import type { Static } from 'typebox'

import { defineKind, type ObjectOf, type PrinterColumn } from '../toolkit/kind.ts'
import * as s from '../toolkit/schema.ts'
import { conditions, objectReference, patterns, v1beta1Conditions } from '../toolkit/shapes.ts'
import { clusterGroup, coreContractLabels } from './group.ts'
import { machineSpecV1Beta1, machineSpecV1Beta2 } from './machine-spec.ts'

export const machinePhases = [
  'Pending',
  'Provisioning',
  'Provisioned',
  'Running',
  'Updating',
  'Deleting',
  'Deleted',
  'Failed',
  'Unknown',
] as const

const address = () =>
  s.object('One address.', {
    type: s.oneOf('Kind of address.', ['Hostname', 'ExternalIP', 'InternalIP', 'ExternalDNS', 'InternalDNS']),
    address: s.text('The address.', { minLength: 1, maxLength: 256 }),
  })

const nodeInfo = () =>
  s.optional(
    s.object('What the Node says about its system.', {
      machineID: s.text('Id of the machine.'),
      systemUUID: s.text('UUID of the system.'),
      bootID: s.text('Id of this boot.'),
      kernelVersion: s.text('Version of the kernel.'),
      osImage: s.text('Operating system image.'),
      containerRuntimeVersion: s.text('Container runtime and its version.'),
      kubeletVersion: s.text('Version of the kubelet.'),
      kubeProxyVersion: s.text('Not filled in any more.'),
      operatingSystem: s.text('Operating system.'),
      architecture: s.text('Processor architecture.'),
      swap: s.optional(s.object('Swap space.', { capacity: s.optional(s.int64('Bytes of swap space.')) })),
    }),
  )

const deletion = () =>
  s.optional(
    s.object('When the steps of the deletion began.', {
      nodeDrainStartTime: s.optional(s.time('When draining began.')),
      waitForNodeVolumeDetachStartTime: s.optional(s.time('When waiting for volumes began.')),
      waitForPreDrainHookStartTime: s.optional(s.time('When waiting for pre-drain hooks began.')),
      waitForPreTerminateHookStartTime: s.optional(s.time('When waiting for pre-terminate hooks began.')),
    }),
  )

const common = () => ({
  nodeInfo: nodeInfo(),
  lastUpdated: s.optional(s.time('When the phase last changed.')),
  certificatesExpiryDate: s.optional(s.time('When the certificates of a control plane Machine expire.')),
  deletion: deletion(),
})

const machineStatusV1Beta2 = s.object(
  'Observed state of the Machine.',
  {
    ...common(),
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
    nodeRef: s.optional(
      s.object('Node of the Machine.', {
        name: s.text('Name of the Node.', { minLength: 1, maxLength: 253, pattern: patterns.dnsSubdomain }),
      }),
    ),
    failureDomain: s.optional(s.text('Failure domain it runs in.', { minLength: 1, maxLength: 256 })),
    addresses: s.optional(s.atomicList('Addresses of the instance.', address(), { maxItems: 256 })),
    phase: s.optional(s.oneOf('Where the Machine is in its life.', machinePhases)),
    observedGeneration: s.optional(s.int64('metadata.generation that the controller has last seen.', { minimum: 1 })),
    deprecated: s.optional(
      s.object('Fields that go when API version v1beta1 goes.', {
        v1beta1: s.optional(
          s.object('Status with the meaning it had in API version v1beta1.', {
            conditions: s.optional(v1beta1Conditions()),
            failureReason: s.optional(s.text('Why the Machine failed for good, in one word.')),
            failureMessage: s.optional(s.text('The same for people.', { minLength: 1, maxLength: 10240 })),
          }),
        ),
      }),
    ),
  },
  { minProperties: 1 },
)

const machineV1Beta2 = s.object('One machine that runs a Kubernetes Node.', {
  spec: machineSpecV1Beta2(),
  status: s.optional(machineStatusV1Beta2),
})

const machineV1Beta1 = s.object('One machine that runs a Kubernetes Node (deprecated version).', {
  spec: s.optional(machineSpecV1Beta1()),
  status: s.optional(
    s.object('Observed state of the Machine.', {
      ...common(),
      nodeRef: s.optional(objectReference('Node of the Machine.')),
      failureReason: s.optional(s.text('Why the Machine failed for good, in one word.')),
      failureMessage: s.optional(s.text('The same for people.', { minLength: 1, maxLength: 10240 })),
      addresses: s.optional(s.list('Addresses of the instance.', address())),
      phase: s.optional(
        s.oneOf('Where the Machine is in its life.', [
          'Pending',
          'Provisioning',
          'Provisioned',
          'Running',
          'Deleting',
          'Deleted',
          'Failed',
          'Unknown',
        ]),
      ),
      bootstrapReady: s.optional(s.boolean('The bootstrap data was made.')),
      infrastructureReady: s.optional(s.boolean('The infrastructure was provisioned.')),
      observedGeneration: s.optional(s.int64('metadata.generation that the controller has last seen.')),
      conditions: s.optional(v1beta1Conditions()),
      v1beta2: s.optional(s.object('Status as API version v1beta2 has it.', { conditions: s.optional(conditions()) })),
    }),
  ),
})

const text = (name: string, jsonPath: string, description: string, priority?: number): PrinterColumn => ({
  name,
  type: 'string',
  jsonPath,
  description,
  ...(priority === undefined ? {} : { priority }),
})
const conditionColumn = (name: string, type: string, description: string, priority?: number) =>
  text(name, `.status.conditions[?(@.type=="${type}")].status`, description, priority)
const addressColumn = (name: string, description: string) =>
  text(name, `.status.addresses[?(@.type=="${name.replace('-', '')}")].address`, description, 10)
const clusterColumn = text('Cluster', '.spec.clusterName', 'Cluster of the Machine')
const lastColumns = [
  text('Phase', '.status.phase', 'Where the Machine is in its life'),
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation' } as const,
  text('Version', '.spec.version', 'Kubernetes version wanted'),
]

export const machineKind = defineKind({
  group: clusterGroup,
  kind: 'Machine',
  shortNames: ['ma'],
  categories: ['cluster-api'],
  labels: coreContractLabels,
  versions: {
    v1beta1: {
      schema: machineV1Beta1,
      deprecated: true,
      subresources: { status: true },
      printerColumns: [
        clusterColumn,
        text('NodeName', '.status.nodeRef.name', 'Node of the Machine'),
        text('ProviderID', '.spec.providerID', 'Provider ID of the instance'),
        ...lastColumns,
      ],
    },
    v1beta2: {
      schema: machineV1Beta2,
      storage: true,
      subresources: { status: true },
      printerColumns: [
        clusterColumn,
        text('Node Name', '.status.nodeRef.name', 'Node of the Machine'),
        text('Provider ID', '.spec.providerID', 'Provider ID of the instance', 10),
        text('Failure domain', '.status.failureDomain', 'Failure domain it runs in'),
        conditionColumn('Ready', 'Ready', 'Whether the Machine is ready'),
        conditionColumn('Available', 'Available', 'Whether it has been ready for minReadySeconds'),
        conditionColumn('Up-to-date', 'UpToDate', 'Whether it is as its owner wants it'),
        addressColumn('Internal-IP', 'Internal address'),
        addressColumn('External-IP', 'External address'),
        text('OS-Image', '.status.nodeInfo.osImage', 'Operating system image', 10),
        conditionColumn('Paused', 'Paused', 'Whether reconciliation is paused', 10),
        ...lastColumns,
      ],
    },
  },
})

export type Machine = ObjectOf<typeof machineV1Beta2>
export type MachineSpec = Machine['spec']
export type MachineStatus = Static<typeof machineStatusV1Beta2>
export type MachinePhase = (typeof machinePhases)[number]
/** A Machine as clients of API version v1beta1 see it. */
export type MachineV1Beta1 = ObjectOf<typeof machineV1Beta1>
