import { defineKind, infrastructureGroup, schema as s, type ObjectOf } from '@machinepool/api'

import { gcpContractLabels } from './contract-labels.ts'
import { gcpMachinePoolSpec, gcpMachinePoolStatus } from './gcp-machine-pool-schema.ts'

const schema = s.object('A machine pool on a managed instance group.', {
  spec: s.optional(gcpMachinePoolSpec),
  status: s.optional(gcpMachinePoolStatus),
})

export const gcpMachinePoolKind = defineKind({
  group: infrastructureGroup,
  kind: 'GCPMachinePool',
  shortNames: ['gcpmp'],
  categories: ['cluster-api'],
  labels: gcpContractLabels,
  versions: {
    v1beta1: {
      schema,
      storage: true,
      subresources: { status: true },
      printerColumns: [
        { name: 'Ready', type: 'string', jsonPath: '.status.ready', description: 'Whether the group exists' },
        { name: 'Replicas', type: 'integer', jsonPath: '.status.replicas', description: 'Instances in the group' },
      ],
    },
  },
})

export type GCPMachinePool = ObjectOf<typeof schema>
