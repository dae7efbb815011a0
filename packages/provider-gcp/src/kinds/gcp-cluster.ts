import { defineKind, infrastructureGroup, schema as s, type ObjectOf } from '@machinepool/api'

import { gcpContractLabels } from './contract-labels.ts'

/** What machine pools read of a GCPCluster. Everything else is kept as it is: its controller is upstream's. */
const schema = s.object('The Google Cloud infrastructure of a cluster, as far as machine pools read it.', {
  spec: s.optional(
    s.object(
      'Wanted state of the infrastructure.',
      {
        project: s.text('Project of the cluster.'),
        region: s.text('Region of the cluster.'),
        failureDomains: s.optional(s.list('Zones of the cluster. Absent: all of the region.', s.text('One zone.'))),
        additionalLabels: s.optional(s.textMap('Labels for everything of the cluster.')),
        credentialsRef: s.optional(
          s.object('Secret with the credentials to use. Absent: those of the controller.', {
            namespace: s.text('Namespace of the Secret.'),
            name: s.text('Name of the Secret.'),
          }),
        ),
        network: s.optional(
          s.object(
            'Network of the cluster.',
            {
              name: s.optional(s.text('Name of the network.')),
              hostProject: s.optional(s.text('Project of a shared network.')),
            },
            { preserveUnknownFields: true },
          ),
        ),
        serviceEndpoints: s.optional(
          s.object(
            'Endpoints to use instead of the public ones.',
            { compute: s.optional(s.text('Of Compute Engine.', { format: 'uri', pattern: '^https://' })) },
            { preserveUnknownFields: true },
          ),
        ),
      },
      { preserveUnknownFields: true },
    ),
  ),
  status: s.optional(
    s.object(
      'Observed state of the infrastructure.',
      {
        ready: s.optional(s.boolean('The infrastructure can be used.')),
        failureDomains: s.optional(s.mapOf('Zones that were found.', s.anyObject('One zone.'))),
      },
      { preserveUnknownFields: true },
    ),
  ),
})

export const gcpClusterKind = defineKind({
  group: infrastructureGroup,
  kind: 'GCPCluster',
  categories: ['cluster-api'],
  labels: gcpContractLabels,
  versions: { v1beta1: { schema, storage: true, subresources: { status: true } } },
})

export type GCPCluster = ObjectOf<typeof schema>
