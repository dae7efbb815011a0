import { defineKind, infrastructureGroup, schema as s, shapes, type ObjectOf } from '@machinepool/api'

import { awsContractLabels } from './contract-labels.ts'

const schema = s.object('One instance of an AWSMachinePool.', {
  spec: s.optional(
    s.object('Which instance it is.', {
      providerID: s.optional(s.text('Provider ID of the instance, as its Node has it.')),
      instanceID: s.optional(s.text('EC2 instance id.')),
      instanceType: s.optional(s.text('EC2 instance type.')),
      availabilityZone: s.optional(s.text('Availability zone of the instance.')),
    }),
  ),
  status: s.optional(
    s.object('Observed state of the instance.', {
      ready: s.optional(s.boolean('The instance is in service and healthy.')),
      initialization: s.optional(
        s.object('What has been done at least once.', {
          provisioned: s.optional(s.boolean('The instance exists.')),
        }),
      ),
      instanceState: s.optional(s.text('State of the instance, in the words of machine pools.')),
      addresses: s.optional(
        s.list(
          'Addresses of the instance.',
          s.object('One address.', {
            type: s.text('InternalIP, ExternalIP, InternalDNS, ExternalDNS or Hostname.'),
            address: s.text('The address.'),
          }),
        ),
      ),
      conditions: s.optional(shapes.v1beta1Conditions()),
    }),
  ),
})

/** Per-instance objects, so that a Machine of the pool can be deleted by name and its instance leaves by choice. */
export const awsMachinePoolMachineKind = defineKind({
  group: infrastructureGroup,
  kind: 'AWSMachinePoolMachine',
  shortNames: ['awsmpm'],
  categories: ['cluster-api'],
  labels: { ...awsContractLabels, 'cluster.x-k8s.io/v1beta1': 'v1beta2' },
  versions: {
    v1beta2: {
      schema,
      storage: true,
      subresources: { status: true },
      printerColumns: [
        {
          name: 'ProviderID',
          type: 'string',
          jsonPath: '.spec.providerID',
          description: 'Provider ID of the instance',
        },
        { name: 'State', type: 'string', jsonPath: '.status.instanceState', description: 'State of the instance' },
        { name: 'Ready', type: 'boolean', jsonPath: '.status.ready', description: 'Whether it is in service' },
      ],
    },
  },
})

export type AWSMachinePoolMachine = ObjectOf<typeof schema>
