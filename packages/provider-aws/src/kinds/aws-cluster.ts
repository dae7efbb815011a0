import { defineKind, infrastructureGroup, schema as s, shapes, type ObjectOf } from '@machinepool/api'

import { awsIdentityReference } from './aws-identities.ts'
import { awsContractLabels } from './contract-labels.ts'

const subnet = () =>
  s.object(
    'One subnet of the cluster.',
    {
      id: s.text('Id of the subnet, or a name for it.'),
      resourceID: s.optional(s.text('Id of the subnet in AWS, when `id` is a name.')),
      availabilityZone: s.optional(s.text('Zone of the subnet.')),
      isPublic: s.optional(s.boolean('Whether it has a route to the internet gateway.')),
      tags: s.optional(s.textMap('Tags of the subnet.')),
    },
    { preserveUnknownFields: true },
  )

/** What machine pools read of an AWSCluster. Everything else is kept as it is: its controller is upstream's. */
const schema = s.object('The AWS infrastructure of a cluster, as far as machine pools read it.', {
  spec: s.optional(
    s.object(
      'Wanted state of the infrastructure.',
      {
        region: s.optional(s.text('AWS region.')),
        additionalTags: s.optional(s.textMap('Tags for everything of the cluster.')),
        identityRef: s.optional(awsIdentityReference('Whom to act as.')),
        imageLookupFormat: s.optional(s.text('Name pattern of images.')),
        imageLookupOrg: s.optional(s.text('AWS account that owns the images.')),
        imageLookupBaseOS: s.optional(s.text('Value of {{.BaseOS}} in the pattern.')),
        controlPlaneEndpoint: s.optional(
          s.object('Where the API server is reached.', {
            host: s.text('Host name or address.'),
            port: s.int32('Port.'),
          }),
        ),
        network: s.optional(
          s.object(
            'Network of the cluster.',
            { subnets: s.optional(s.listMap('Subnets of the cluster.', ['id'], subnet())) },
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
        ready: s.optional(s.boolean('The infrastructure can be used.', { default: false })),
        conditions: s.optional(shapes.v1beta1Conditions()),
      },
      { preserveUnknownFields: true },
    ),
  ),
})

export const awsClusterKind = defineKind({
  group: infrastructureGroup,
  kind: 'AWSCluster',
  shortNames: ['awsc'],
  categories: ['cluster-api'],
  labels: awsContractLabels,
  versions: { v1beta2: { schema, storage: true, subresources: { status: true } } },
})

export type AWSCluster = ObjectOf<typeof schema>
