import { defineKind, infrastructureGroup, schema as s, shapes, type ObjectOf } from '@machinepool/api'

import { gcpContractLabels } from './contract-labels.ts'

const schema = s.object('One instance of a GCPMachinePool.', {
  spec: s.optional(
    s.object('Which instance it is.', {
      providerID: s.optional(s.text('Provider ID of the instance, as its Node has it.')),
      instanceID: s.optional(
        s.text('Numeric id of the instance; another one under the same name is another instance.'),
      ),
    }),
  ),
  status: s.optional(
    s.object('Observed state of the instance.', {
      ready: s.optional(s.boolean('The instance runs, and its Node is ready.')),
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
      conditions: s.optional(shapes.conditions()),
    }),
  ),
})

/** Per-instance objects, so that a Machine of the pool can be deleted by name and its instance leaves by choice. */
export const gcpMachinePoolMachineKind = defineKind({
  group: infrastructureGroup,
  kind: 'GCPMachinePoolMachine',
  shortNames: ['gcpmpm'],
  categories: ['cluster-api'],
  labels: gcpContractLabels,
  versions: {
    v1beta1: {
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
        { name: 'Ready', type: 'boolean', jsonPath: '.status.ready', description: 'Whether its Node is ready' },
      ],
    },
  },
})

export type GCPMachinePoolMachine = ObjectOf<typeof schema>
