import { schema as s } from '@machinepool/api'

/** AWS's own limits, here so that a mistake is refused at `kubectl apply` and CEL rules have bounded cost. */
const maxVolumes = 64
const maxSecurityGroups = 50
const maxFilters = 50
const maxNetworkInterfaces = 64

const filters = () =>
  s.list(
    'EC2 filters, all of which must match.',
    s.object('One EC2 filter.', {
      name: s.text('Name of the filter, as in the EC2 API: tag:Name, vpc-id ...'),
      values: s.list('Any of these values matches.', s.text('One value.')),
    }),
    { maxItems: maxFilters },
  )

/** A subnet or a security group: by id, or whatever the filters find. */
export const awsResourceReference = (what: string) =>
  s.object(
    `One ${what}, by id or by filters.`,
    {
      id: s.optional(s.text(`Id of the ${what}.`)),
      filters: s.optional(filters()),
    },
    {
      rules: [
        {
          rule: '!(has(self.id) && has(self.filters))',
          message: `give the ${what} either by id or by filters, not by both`,
          reason: 'FieldValueForbidden',
        },
      ],
    },
  )

const volumeRules: readonly s.ValidationRule[] = [
  {
    rule: "!has(self.type) || !(self.type in ['io1', 'io2']) || (has(self.iops) && self.iops > 0)",
    message: 'volumes of type io1 and io2 need iops',
    fieldPath: '.iops',
    reason: 'FieldValueRequired',
  },
  {
    rule: "!has(self.throughput) || (has(self.type) && self.type == 'gp3')",
    message: 'throughput exists for volumes of type gp3 only',
    fieldPath: '.throughput',
    reason: 'FieldValueForbidden',
  },
]

const volume = (description: string, rules: readonly s.ValidationRule[]) =>
  s.object(
    description,
    {
      deviceName: s.optional(s.text('Device name on the instance, such as /dev/xvdb.', { maxLength: 255 })),
      size: s.int64('Size in GiB; at least what the image needs.', { minimum: 8 }),
      type: s.optional(s.text('EBS volume type: gp3, gp2, io2, io1, st1, sc1.', { maxLength: 32 })),
      iops: s.optional(s.int64('Provisioned I/O operations per second.')),
      throughput: s.optional(s.int64('Provisioned throughput in MiB/s, for gp3.')),
      encrypted: s.optional(s.boolean('Encrypt the volume. Absent: as the account says.')),
      encryptionKey: s.optional(s.text('KMS key: id, ARN or alias. Absent: the default key of the account.')),
    },
    { rules: [...volumeRules, ...rules] },
  )

const rootVolume = () =>
  volume('The volume the instance boots from.', [
    {
      rule: '!has(self.throughput) || (self.throughput >= 125 && self.throughput <= 2000)',
      message: 'throughput of the root volume must be between 125 and 2000 MiB/s',
      fieldPath: '.throughput',
    },
  ])

const nonRootVolume = () =>
  volume('One further volume.', [
    {
      rule: "has(self.deviceName) && self.deviceName != ''",
      message: 'a further volume needs a deviceName',
      fieldPath: '.deviceName',
      reason: 'FieldValueRequired',
    },
    {
      rule: '!has(self.throughput) || self.throughput >= 0',
      message: 'throughput must not be negative',
      fieldPath: '.throughput',
    },
  ])

const instanceMetadataOptions = () =>
  s.object('How the instance metadata service answers.', {
    httpEndpoint: s.optional(s.oneOf('Whether it answers at all.', ['enabled', 'disabled'], { default: 'enabled' })),
    httpProtocolIpv6: s.optional(
      s.oneOf('Whether it answers over IPv6.', ['enabled', 'disabled'], { default: 'disabled' }),
    ),
    httpPutResponseHopLimit: s.optional(
      s.int64('Network hops that a token may travel.', { minimum: 1, maximum: 64, default: 1 }),
    ),
    httpTokens: s.optional(s.oneOf('`required` means IMDSv2 only.', ['optional', 'required'], { default: 'optional' })),
    instanceMetadataTags: s.optional(
      s.oneOf('Whether the instance can read its own tags.', ['enabled', 'disabled'], { default: 'disabled' }),
    ),
  })

const networkInterface = () =>
  s.object('One network interface. All of them are in the security groups of the pool.', {
    interfaceType: s.optional(
      s.oneOf('efa: Elastic Fabric Adapter; efa-only: without an IP device. Absent: interface.', [
        'interface',
        'efa',
        'efa-only',
      ]),
    ),
    networkCardIndex: s.optional(s.int32('Network card of the instance. Absent: 0.', { minimum: 0, maximum: 31 })),
    deviceIndex: s.optional(
      s.int32('Device on the network card. Absent: 0 for the first interface, 1 for others.', {
        minimum: 0,
        maximum: 31,
      }),
    ),
    associatePublicIPAddress: s.optional(
      s.boolean('Whether it gets a public IPv4 address. Absent: as the subnet says.'),
    ),
  })

const base = () => ({
  name: s.optional(s.text('Not used: the launch template is named after the pool.')),
  iamInstanceProfile: s.optional(s.text('Instance profile, by name or ARN.')),
  ami: s.optional(
    s.object('The image.', {
      id: s.optional(s.text('Id of the image. Wins over every look-up.')),
      eksLookupType: s.optional(
        s.oneOf('Which EKS-optimised image to look up.', [
          'AmazonLinux',
          'AmazonLinuxGPU',
          'AmazonLinux2023',
          'AmazonLinux2023GPU',
        ]),
      ),
    }),
  ),
  imageLookupFormat: s.optional(
    s.text('Name pattern of images, with {{.BaseOS}} and {{.K8sVersion}}; the newest image that fits is taken.'),
  ),
  imageLookupOrg: s.optional(s.text('AWS account that owns the images.')),
  imageLookupBaseOS: s.optional(s.text('Value of {{.BaseOS}}.')),
  instanceType: s.optional(s.text('EC2 instance type, such as m7g.large.')),
  rootVolume: s.optional(rootVolume()),
  sshKeyName: s.optional(s.text('EC2 key pair for SSH. Absent or empty: none.')),
  versionNumber: s.optional(s.int64('Not used: the newest version of the launch template is.')),
  additionalSecurityGroups: s.optional(
    s.list('Security groups beside those of the cluster.', awsResourceReference('security group'), {
      maxItems: maxSecurityGroups,
    }),
  ),
  spotMarketOptions: s.optional(
    s.object('Run on spot capacity.', {
      maxPrice: s.optional(s.text('Highest price per hour in US dollars. Absent: the on-demand price.')),
    }),
  ),
})

const launchTemplateRules: readonly s.ValidationRule[] = [
  {
    rule: "!has(self.marketType) || !(self.marketType in ['CapacityBlock', 'OnDemand']) || !has(self.spotMarketOptions)",
    message: 'spotMarketOptions need marketType Spot, or none',
    fieldPath: '.spotMarketOptions',
    reason: 'FieldValueForbidden',
  },
  {
    rule: "!has(self.marketType) || self.marketType != 'CapacityBlock' || (has(self.capacityReservationId) && self.capacityReservationId != '')",
    message: 'marketType CapacityBlock needs capacityReservationId',
    fieldPath: '.capacityReservationId',
    reason: 'FieldValueRequired',
  },
  {
    rule: "!has(self.capacityReservationId) || ((!has(self.marketType) || self.marketType != 'Spot') && !has(self.spotMarketOptions))",
    message: 'capacityReservationId cannot be used with spot capacity',
    fieldPath: '.capacityReservationId',
    reason: 'FieldValueForbidden',
  },
  {
    rule: "!has(self.capacityReservationId) || !has(self.capacityReservationPreference) || self.capacityReservationPreference in ['', 'CapacityReservationsOnly']",
    message: 'with capacityReservationId the preference must be CapacityReservationsOnly or absent',
    fieldPath: '.capacityReservationPreference',
  },
  {
    rule: "!has(self.placementGroupPartition) || (has(self.placementGroupName) && self.placementGroupName != '')",
    message: 'placementGroupPartition needs placementGroupName',
    fieldPath: '.placementGroupName',
    reason: 'FieldValueRequired',
  },
  {
    rule: "!has(self.hostID) || (has(self.tenancy) && self.tenancy == 'host')",
    message: 'hostID needs tenancy host',
    fieldPath: '.tenancy',
    reason: 'FieldValueRequired',
  },
]

/** `spec.awsLaunchTemplate` as API version v1beta1 had it. */
export const awsLaunchTemplateV1Beta1 = () => s.object('What instances are made from.', base())

/** `spec.awsLaunchTemplate`. */
export const awsLaunchTemplateV1Beta2 = () =>
  s.object(
    'What instances are made from.',
    {
      ...base(),
      nonRootVolumes: s.optional(s.list('Further volumes.', nonRootVolume(), { maxItems: maxVolumes })),
      instanceMetadataOptions: s.optional(instanceMetadataOptions()),
      enclaveOptions: s.optional(
        s.object('Nitro Enclaves.', { enabled: s.optional(s.boolean('Make the instance able to host enclaves.')) }),
      ),
      privateDnsName: s.optional(
        s.object('How the instance is named in the private DNS zone of the VPC.', {
          hostnameType: s.optional(s.oneOf('Where the host name comes from.', ['ip-name', 'resource-name'])),
          enableResourceNameDnsARecord: s.optional(s.boolean('Answer A queries for resource-name host names.')),
          enableResourceNameDnsAAAARecord: s.optional(s.boolean('Answer AAAA queries for resource-name host names.')),
        }),
      ),
      capacityReservationId: s.optional(s.text('Capacity reservation that instances must be launched into.')),
      capacityReservationPreference: s.optional(
        s.oneOf('Which capacity reservations instances may use.', ['', 'None', 'CapacityReservationsOnly', 'Open']),
      ),
      marketType: s.optional(
        s.oneOf('How the capacity is bought. Absent: Spot with spotMarketOptions, OnDemand without.', [
          'OnDemand',
          'Spot',
          'CapacityBlock',
        ]),
      ),
      placementGroupName: s.optional(s.text('Placement group that instances are launched into.', { maxLength: 255 })),
      placementGroupPartition: s.optional(
        s.int64('Partition of a placement group with partitions.', { minimum: 1, maximum: 7 }),
      ),
      tenancy: s.optional(
        s.oneOf('On which hardware instances run. Absent: as the VPC says.', ['default', 'dedicated', 'host']),
      ),
      hostID: s.optional(s.text('Dedicated host that instances run on.', { maxLength: 255 })),
      hostAffinity: s.optional(
        s.oneOf('Whether a stopped instance comes back on the same dedicated host.', ['default', 'host']),
      ),
      networkInterfaces: s.optional(
        s.list(
          'Network interfaces, the first of which is the primary one. Absent: one, as the subnet says.',
          networkInterface(),
          { maxItems: maxNetworkInterfaces },
        ),
      ),
    },
    { rules: launchTemplateRules },
  )
