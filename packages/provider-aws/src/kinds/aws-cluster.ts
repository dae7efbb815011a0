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
      zoneType: s.optional(
        s.oneOf('What kind of zone it is in.', ['availability-zone', 'local-zone', 'wavelength-zone']),
      ),
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
            host: s.optional(s.text('Host name or address.', { maxLength: 512 })),
            port: s.optional(s.int32('Port.')),
          }),
        ),
        s3Bucket: s.optional(
          s.object(
            'S3 bucket of the cluster, for bootstrap data in Ignition format.',
            {
              name: s.text('Name of the bucket.', {
                minLength: 3,
                maxLength: 63,
                pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
              }),
              presignedURLDuration: s.optional(
                s.text('For how long a signed URL of an object is valid. Absent: instances read it by their profile.'),
              ),
            },
            { preserveUnknownFields: true },
          ),
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
        ready: s.boolean('The infrastructure can be used.', { default: false }),
        conditions: s.optional(shapes.v1beta1Conditions()),
      },
      { preserveUnknownFields: true },
    ),
  ),
})

const printerColumns = [
  {
    name: 'Cluster',
    type: 'string',
    jsonPath: String.raw`.metadata.labels.cluster\.x-k8s\.io/cluster-name`,
    description: 'Cluster it belongs to',
  },
  { name: 'Ready', type: 'string', jsonPath: '.status.ready', description: 'Whether instances can be made in it' },
  { name: 'VPC', type: 'string', jsonPath: '.spec.network.vpc.id', description: 'VPC of the cluster' },
  {
    name: 'Endpoint',
    type: 'string',
    priority: 1,
    jsonPath: '.spec.controlPlaneEndpoint',
    description: 'Where the API server is reached',
  },
  { name: 'Bastion IP', type: 'string', jsonPath: '.status.bastion.publicIp', description: 'Address of the bastion' },
  {
    name: 'Bastion IPv6',
    type: 'string',
    jsonPath: '.status.bastion.ipv6Address',
    description: 'IPv6 address of the bastion',
  },
] as const

export const awsClusterKind = defineKind({
  group: infrastructureGroup,
  kind: 'AWSCluster',
  shortNames: ['awsc'],
  categories: ['cluster-api'],
  labels: awsContractLabels,
  versions: { v1beta2: { schema, storage: true, subresources: { status: true }, printerColumns } },
})

export type AWSCluster = ObjectOf<typeof schema>
