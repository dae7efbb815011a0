import type { AWSMachinePoolSpec } from '@machinepool/provider-aws'

type Spec = AWSMachinePoolSpec
type Template = Spec['awsLaunchTemplate']
type Override = NonNullable<NonNullable<Spec['mixedInstancesPolicy']>['overrides']>[number]
type Requirements = NonNullable<Override['instanceRequirements']>

/** What is to happen when the field is set on a pool that has converged without it. */
export interface FieldCase {
  /** The pool before, over the plain one. */
  readonly from?: Partial<Spec>
  readonly to: Partial<Spec>
  readonly effect: Effect
}

/** Writes that reach AWS, by operation, and where in which of them the value stands. */
export interface Writes {
  readonly calls: readonly string[]
  /** Path in the request of the first of the calls, and the value there. */
  readonly sends: readonly [path: string, value: unknown]
  /** Instances that run are outdated by it (R15). */
  readonly rolls: boolean
}

export type Effect =
  | ({ readonly kind: 'writes' } & Writes)
  /** Read by the engine; a path in what `interpret` says. */
  | { readonly kind: 'policy'; readonly says: readonly [path: string, value: unknown] }
  /** A path in StartInstanceRefresh when one starts; nothing happens before. */
  | { readonly kind: 'refresh'; readonly sends: readonly [path: string, value: unknown] }
  /** Another test has it, because it needs more than a pool. */
  | { readonly kind: 'elsewhere'; readonly test: string }
  /** Changes nothing, and why. */
  | { readonly kind: 'ignored'; readonly reason: string }

const version = 'CreateLaunchTemplateVersion'
const update = 'UpdateAutoScalingGroup'
const mark = 'CreateOrUpdateTags'

export const plainTemplate: Template = { instanceType: 'm5.large', ami: { id: 'ami-11111111' } }

const template = (changes: Partial<Template>): Partial<Spec> => ({
  awsLaunchTemplate: { ...plainTemplate, ...changes },
})

function rolls(changes: Partial<Template>, path: string, value: unknown, from?: Partial<Template>): FieldCase {
  return {
    ...(from === undefined ? {} : { from: template(from) }),
    to: template({ ...from, ...changes }),
    effect: { kind: 'writes', calls: [version], sends: [`LaunchTemplateData.${path}`, value], rolls: true },
  }
}

/** A setting of the group. */
function updates(to: Partial<Spec>, path: string, value: unknown, from?: Partial<Spec>): FieldCase {
  return {
    ...(from === undefined ? {} : { from }),
    to: { ...from, ...to },
    effect: { kind: 'writes', calls: [update], sends: [path, value], rolls: false },
  }
}

/** A setting that others may set too: the group is marked first. */
function marked(to: Partial<Spec>, call: string, path: string, value: unknown, from?: Partial<Spec>): FieldCase {
  return {
    ...(from === undefined ? {} : { from }),
    to: { ...from, ...to },
    effect: { kind: 'writes', calls: [call, mark], sends: [path, value], rolls: false },
  }
}

const volume = { deviceName: '/dev/xvdb', size: 10 }
const rootVolume = { size: 20 }
const mapping = 'BlockDeviceMappings.0'

function rootField(name: keyof NonNullable<Template['rootVolume']>, value: never, path: string, sent: unknown = value) {
  return rolls({ rootVolume: { ...rootVolume, [name]: value } }, `${mapping}.${path}`, sent, { rootVolume })
}

function volumeField(name: string, value: never, path: string, extra: object = {}) {
  return rolls({ nonRootVolumes: [{ ...volume, ...extra, [name]: value }] }, `${mapping}.${path}`, value, {
    nonRootVolumes: [{ ...volume, ...extra }],
  })
}

const mixed = (override: Override): Partial<Spec> => ({ mixedInstancesPolicy: { overrides: [override] } })
const overridePath = 'MixedInstancesPolicy.LaunchTemplate.Overrides.0'

function distribution(name: string, value: never, path: string): FieldCase {
  return {
    from: { mixedInstancesPolicy: { instancesDistribution: {} } },
    to: { mixedInstancesPolicy: { instancesDistribution: { [name]: value } } },
    effect: {
      kind: 'writes',
      calls: [update],
      sends: [`MixedInstancesPolicy.InstancesDistribution.${path}`, value],
      rolls: false,
    },
  }
}

const anyType: Requirements = { vCpuCount: { min: 1 }, memoryMiB: { min: 512 } }

function requires(
  changes: Partial<Requirements>,
  path: string,
  value: unknown,
  from: Partial<Requirements> = {},
): FieldCase {
  return updates(
    mixed({ instanceRequirements: { ...anyType, ...from, ...changes } }),
    `${overridePath}.InstanceRequirements.${path}`,
    value,
    mixed({ instanceRequirements: { ...anyType, ...from } }),
  )
}

const hook = { name: 'audit', lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING' } as const
const notified = {
  ...hook,
  roleARN: 'arn:aws:iam::123456789012:role/hooks',
  notificationTargetARN: 'arn:aws:sqs:us-east-1:123456789012:hooks',
}

function hookField(changes: object, path: string, value: unknown, from: object = hook): FieldCase {
  return {
    from: { lifecycleHooks: [{ ...hook, ...from }] },
    to: { lifecycleHooks: [{ ...hook, ...from, ...changes }] },
    effect: { kind: 'writes', calls: ['PutLifecycleHook'], sends: [path, value], rolls: false },
  }
}

function suspends(field: string, process: string): FieldCase {
  return marked(
    { suspendProcesses: { processes: { [field]: true } } },
    'SuspendProcesses',
    'ScalingProcesses.0',
    process,
  )
}

function refreshes(preferences: NonNullable<Spec['refreshPreferences']>, path: string, value: unknown): FieldCase {
  return { to: { refreshPreferences: preferences }, effect: { kind: 'refresh', sends: [path, value] } }
}

function interprets(to: Partial<Spec>, path: string, value: unknown, from?: Partial<Spec>): FieldCase {
  return {
    ...(from === undefined ? {} : { from }),
    to: { ...from, ...to },
    effect: { kind: 'policy', says: [path, value] },
  }
}

const elsewhere = (test: string): FieldCase => ({ to: {}, effect: { kind: 'elsewhere', test } })
const ignored = (to: Partial<Spec>, reason: string): FieldCase => ({ to, effect: { kind: 'ignored', reason } })

const warmPool = { minSize: 1 }
function warmField(changes: object, path: string, value: unknown): FieldCase {
  return {
    from: { warmPool },
    to: { warmPool: { ...warmPool, ...changes } },
    effect: { kind: 'writes', calls: ['PutWarmPool'], sends: [path, value], rolls: false },
  }
}

const targetGroup = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef'
const groups = { placementGroupName: 'rack' }
const interfaceOf = (changes: object) => ({ networkInterfaces: [{ deviceIndex: 0, ...changes }] })
const rolling = (changes: object): Partial<Spec> => ({ strategy: { type: 'RollingUpdate', rollingUpdate: changes } })

/** One entry for every leaf of `AWSMachinePool.spec`, by its path. */
export const fieldCases: Readonly<Record<string, FieldCase>> = {
  providerID: ignored({ providerID: 'arn:aws:autoscaling:...' }, 'the engine writes it'),
  'providerIDList[]': ignored({ providerIDList: ['aws:///a/i-1'] }, 'the engine writes it'),
  minSize: updates({ minSize: 1 }, 'MinSize', 1),
  maxSize: updates({ maxSize: 20 }, 'MaxSize', 20),
  'availabilityZones[]': updates(
    { subnets: [], availabilityZones: ['us-east-1b'] },
    'AvailabilityZones',
    ['us-east-1b'],
    {
      subnets: [],
      availabilityZones: ['us-east-1a'],
    },
  ),
  availabilityZoneSubnetType: elsewhere('packages/provider-aws/src/resolve/resolve.test.ts'),
  'subnets[].id': updates(
    { subnets: [{ id: 'subnet-123' }, { id: 'subnet-456' }] },
    'VPCZoneIdentifier',
    'subnet-123,subnet-456',
  ),
  'subnets[].filters[].name': updates(
    {
      subnets: [
        {
          filters: [
            { name: 'availability-zone', values: ['us-east-1b'] },
            { name: 'map-public-ip-on-launch', values: ['false'] },
          ],
        },
      ],
    },
    'VPCZoneIdentifier',
    'subnet-456',
  ),
  'subnets[].filters[].values[]': updates(
    { subnets: [{ filters: [{ name: 'subnet-id', values: ['subnet-456'] }] }] },
    'VPCZoneIdentifier',
    'subnet-456',
    { subnets: [{ filters: [{ name: 'subnet-id', values: ['subnet-123'] }] }] },
  ),
  additionalTags: {
    to: { additionalTags: { team: 'blue' } },
    effect: {
      kind: 'writes',
      calls: [version, mark, 'CreateTags'],
      sends: ['LaunchTemplateData.TagSpecifications.0.Tags.4', { Key: 'team', Value: 'blue' }],
      rolls: false,
    },
  },
  defaultCoolDown: updates({ defaultCoolDown: '60s' }, 'DefaultCooldown', 60),
  defaultInstanceWarmup: updates({ defaultInstanceWarmup: '2m' }, 'DefaultInstanceWarmup', 120),
  capacityRebalance: updates({ capacityRebalance: true }, 'CapacityRebalance', true),
  region: interprets({ region: 'eu-west-1' }, 'location.region', 'eu-west-1'),

  'awsLaunchTemplate.name': ignored(
    template({ name: 'other' }),
    'upstream ignores it too: the template has the name of the pool',
  ),
  'awsLaunchTemplate.versionNumber': ignored(template({ versionNumber: 3 }), 'upstream ignores it too'),
  'awsLaunchTemplate.iamInstanceProfile': rolls({ iamInstanceProfile: 'nodes' }, 'IamInstanceProfile.Name', 'nodes'),
  'awsLaunchTemplate.ami.id': rolls({ ami: { id: 'ami-22222222' } }, 'ImageId', 'ami-22222222'),
  'awsLaunchTemplate.ami.eksLookupType': elsewhere('packages/provider-aws/src/resolve/resolve.test.ts'),
  'awsLaunchTemplate.imageLookupFormat': elsewhere('packages/provider-aws/src/resolve/resolve.test.ts'),
  'awsLaunchTemplate.imageLookupOrg': elsewhere('packages/provider-aws/src/resolve/resolve.test.ts'),
  'awsLaunchTemplate.imageLookupBaseOS': elsewhere('packages/provider-aws/src/resolve/resolve.test.ts'),
  'awsLaunchTemplate.instanceType': rolls({ instanceType: 'm5.xlarge' }, 'InstanceType', 'm5.xlarge'),
  'awsLaunchTemplate.sshKeyName': rolls({ sshKeyName: 'ops' }, 'KeyName', 'ops'),
  'awsLaunchTemplate.additionalSecurityGroups[].id': rolls(
    { additionalSecurityGroups: [{ id: 'sg-lb' }] },
    'SecurityGroupIds.0',
    'sg-lb',
  ),
  'awsLaunchTemplate.additionalSecurityGroups[].filters[].name': rolls(
    { additionalSecurityGroups: [{ filters: [{ name: 'group-id', values: ['sg-lb'] }] }] },
    'SecurityGroupIds.0',
    'sg-lb',
  ),
  'awsLaunchTemplate.additionalSecurityGroups[].filters[].values[]': rolls(
    { additionalSecurityGroups: [{ filters: [{ name: 'group-id', values: ['sg-lb'] }] }] },
    'SecurityGroupIds.0',
    'sg-lb',
  ),
  'awsLaunchTemplate.spotMarketOptions.maxPrice': rolls(
    { spotMarketOptions: { maxPrice: '0.25' } },
    'InstanceMarketOptions.SpotOptions.MaxPrice',
    '0.25',
    { spotMarketOptions: {} },
  ),
  'awsLaunchTemplate.marketType': rolls({ marketType: 'Spot' }, 'InstanceMarketOptions.MarketType', 'spot'),
  'awsLaunchTemplate.capacityReservationId': rolls(
    { capacityReservationId: 'cr-0123' },
    'CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId',
    'cr-0123',
  ),
  'awsLaunchTemplate.capacityReservationPreference': rolls(
    { capacityReservationPreference: 'CapacityReservationsOnly' },
    'CapacityReservationSpecification.CapacityReservationPreference',
    'capacity-reservations-only',
  ),
  'awsLaunchTemplate.rootVolume.deviceName': rootField('deviceName', '/dev/xvda' as never, 'DeviceName'),
  'awsLaunchTemplate.rootVolume.size': rootField('size', 40 as never, 'Ebs.VolumeSize'),
  'awsLaunchTemplate.rootVolume.type': rootField('type', 'gp3' as never, 'Ebs.VolumeType'),
  'awsLaunchTemplate.rootVolume.iops': rootField('iops', 4000 as never, 'Ebs.Iops'),
  'awsLaunchTemplate.rootVolume.throughput': rootField('throughput', 250 as never, 'Ebs.Throughput'),
  'awsLaunchTemplate.rootVolume.encrypted': rootField('encrypted', true as never, 'Ebs.Encrypted'),
  'awsLaunchTemplate.rootVolume.encryptionKey': rootField('encryptionKey', 'alias/nodes' as never, 'Ebs.KmsKeyId'),
  'awsLaunchTemplate.nonRootVolumes[].deviceName': rolls(
    { nonRootVolumes: [{ ...volume, deviceName: '/dev/xvdc' }] },
    `${mapping}.DeviceName`,
    '/dev/xvdc',
    { nonRootVolumes: [volume] },
  ),
  'awsLaunchTemplate.nonRootVolumes[].size': rolls(
    { nonRootVolumes: [{ ...volume, size: 30 }] },
    `${mapping}.Ebs.VolumeSize`,
    30,
    {
      nonRootVolumes: [volume],
    },
  ),
  'awsLaunchTemplate.nonRootVolumes[].type': volumeField('type', 'gp3' as never, 'Ebs.VolumeType'),
  'awsLaunchTemplate.nonRootVolumes[].iops': volumeField('iops', 4000 as never, 'Ebs.Iops', { type: 'gp3' }),
  'awsLaunchTemplate.nonRootVolumes[].throughput': volumeField('throughput', 250 as never, 'Ebs.Throughput', {
    type: 'gp3',
  }),
  'awsLaunchTemplate.nonRootVolumes[].encrypted': volumeField('encrypted', true as never, 'Ebs.Encrypted'),
  'awsLaunchTemplate.nonRootVolumes[].encryptionKey': volumeField(
    'encryptionKey',
    'alias/nodes' as never,
    'Ebs.KmsKeyId',
  ),
  'awsLaunchTemplate.instanceMetadataOptions.httpEndpoint': rolls(
    { instanceMetadataOptions: { httpEndpoint: 'disabled' } },
    'MetadataOptions.HttpEndpoint',
    'disabled',
    { instanceMetadataOptions: {} },
  ),
  'awsLaunchTemplate.instanceMetadataOptions.httpProtocolIpv6': rolls(
    { instanceMetadataOptions: { httpProtocolIpv6: 'enabled' } },
    'MetadataOptions.HttpProtocolIpv6',
    'enabled',
    { instanceMetadataOptions: {} },
  ),
  'awsLaunchTemplate.instanceMetadataOptions.httpPutResponseHopLimit': rolls(
    { instanceMetadataOptions: { httpPutResponseHopLimit: 2 } },
    'MetadataOptions.HttpPutResponseHopLimit',
    2,
    { instanceMetadataOptions: {} },
  ),
  'awsLaunchTemplate.instanceMetadataOptions.httpTokens': rolls(
    { instanceMetadataOptions: { httpTokens: 'required' } },
    'MetadataOptions.HttpTokens',
    'required',
    { instanceMetadataOptions: {} },
  ),
  'awsLaunchTemplate.instanceMetadataOptions.instanceMetadataTags': rolls(
    { instanceMetadataOptions: { instanceMetadataTags: 'enabled' } },
    'MetadataOptions.InstanceMetadataTags',
    'enabled',
    { instanceMetadataOptions: {} },
  ),
  'awsLaunchTemplate.enclaveOptions.enabled': rolls(
    { enclaveOptions: { enabled: true } },
    'EnclaveOptions.Enabled',
    true,
  ),
  'awsLaunchTemplate.privateDnsName.hostnameType': rolls(
    { privateDnsName: { hostnameType: 'resource-name' } },
    'PrivateDnsNameOptions.HostnameType',
    'resource-name',
  ),
  'awsLaunchTemplate.privateDnsName.enableResourceNameDnsARecord': rolls(
    { privateDnsName: { enableResourceNameDnsARecord: true } },
    'PrivateDnsNameOptions.EnableResourceNameDnsARecord',
    true,
  ),
  'awsLaunchTemplate.privateDnsName.enableResourceNameDnsAAAARecord': rolls(
    { privateDnsName: { enableResourceNameDnsAAAARecord: true } },
    'PrivateDnsNameOptions.EnableResourceNameDnsAAAARecord',
    true,
  ),
  'awsLaunchTemplate.placementGroupName': rolls(groups, 'Placement.GroupName', 'rack'),
  'awsLaunchTemplate.placementGroupPartition': rolls(
    { placementGroupPartition: 2 },
    'Placement.PartitionNumber',
    2,
    groups,
  ),
  'awsLaunchTemplate.tenancy': rolls({ tenancy: 'dedicated' }, 'Placement.Tenancy', 'dedicated'),
  'awsLaunchTemplate.hostID': rolls({ hostID: 'h-0123' }, 'Placement.HostId', 'h-0123', { tenancy: 'host' }),
  'awsLaunchTemplate.hostAffinity': rolls({ hostAffinity: 'host' }, 'Placement.Affinity', 'host', { tenancy: 'host' }),
  'awsLaunchTemplate.networkInterfaces[].interfaceType': rolls(
    interfaceOf({ interfaceType: 'efa' }),
    'NetworkInterfaces.0.InterfaceType',
    'efa',
    interfaceOf({}),
  ),
  'awsLaunchTemplate.networkInterfaces[].networkCardIndex': rolls(
    interfaceOf({ networkCardIndex: 1 }),
    'NetworkInterfaces.0.NetworkCardIndex',
    1,
    interfaceOf({}),
  ),
  'awsLaunchTemplate.networkInterfaces[].deviceIndex': rolls(
    interfaceOf({ deviceIndex: 1 }),
    'NetworkInterfaces.0.DeviceIndex',
    1,
    interfaceOf({}),
  ),
  'awsLaunchTemplate.networkInterfaces[].associatePublicIPAddress': rolls(
    interfaceOf({ associatePublicIPAddress: true }),
    'NetworkInterfaces.0.AssociatePublicIpAddress',
    true,
    interfaceOf({}),
  ),

  'mixedInstancesPolicy.instancesDistribution.onDemandAllocationStrategy': distribution(
    'onDemandAllocationStrategy',
    'lowest-price' as never,
    'OnDemandAllocationStrategy',
  ),
  'mixedInstancesPolicy.instancesDistribution.spotAllocationStrategy': distribution(
    'spotAllocationStrategy',
    'price-capacity-optimized' as never,
    'SpotAllocationStrategy',
  ),
  'mixedInstancesPolicy.instancesDistribution.onDemandBaseCapacity': distribution(
    'onDemandBaseCapacity',
    2 as never,
    'OnDemandBaseCapacity',
  ),
  'mixedInstancesPolicy.instancesDistribution.onDemandPercentageAboveBaseCapacity': distribution(
    'onDemandPercentageAboveBaseCapacity',
    50 as never,
    'OnDemandPercentageAboveBaseCapacity',
  ),
  'mixedInstancesPolicy.overrides[].instanceType': updates(
    mixed({ instanceType: 'c5.large' }),
    `${overridePath}.InstanceType`,
    'c5.large',
    { mixedInstancesPolicy: {} },
  ),
  'mixedInstancesPolicy.overrides[].weightedCapacity': updates(
    mixed({ instanceType: 'c5.large', weightedCapacity: 2 }),
    `${overridePath}.WeightedCapacity`,
    '2',
    mixed({ instanceType: 'c5.large' }),
  ),
  ...requirementCases(),

  'refreshPreferences.disable': interprets(
    { refreshPreferences: { disable: true } },
    'policy.rollout.strategy',
    'OnDelete',
  ),
  'refreshPreferences.strategy': refreshes({ strategy: 'Rolling' }, 'Strategy', 'Rolling'),
  'refreshPreferences.instanceWarmup': refreshes({ instanceWarmup: 0 }, 'Preferences.InstanceWarmup', 0),
  'refreshPreferences.minHealthyPercentage': refreshes(
    { minHealthyPercentage: 75 },
    'Preferences.MinHealthyPercentage',
    75,
  ),
  'refreshPreferences.maxHealthyPercentage': refreshes(
    { minHealthyPercentage: 100, maxHealthyPercentage: 150 },
    'Preferences.MaxHealthyPercentage',
    150,
  ),
  'refreshPreferences.skipMatching': refreshes({ skipMatching: true }, 'Preferences.SkipMatching', true),
  'refreshPreferences.autoRollback': elsewhere('packages/provider-aws/src/machine-pool/plan.test.ts'),
  'refreshPreferences.checkpointPercentages[]': refreshes(
    { checkpointPercentages: [50, 100] },
    'Preferences.CheckpointPercentages',
    [50, 100],
  ),
  'refreshPreferences.checkpointDelay': refreshes(
    { checkpointPercentages: [50, 100], checkpointDelay: 60 },
    'Preferences.CheckpointDelay',
    60,
  ),
  'refreshPreferences.alarms[]': refreshes({ alarms: ['cpu'] }, 'Preferences.AlarmSpecification.Alarms', ['cpu']),
  'refreshPreferences.bakeTime': refreshes({ bakeTime: 120 }, 'Preferences.BakeTime', 120),
  'refreshPreferences.scaleInProtectedInstances': refreshes(
    { scaleInProtectedInstances: 'Refresh' },
    'Preferences.ScaleInProtectedInstances',
    'Refresh',
  ),
  'refreshPreferences.standbyInstances': refreshes(
    { standbyInstances: 'Terminate' },
    'Preferences.StandbyInstances',
    'Terminate',
  ),

  'suspendProcesses.all': marked({ suspendProcesses: { all: true } }, 'SuspendProcesses', 'ScalingProcesses.length', 9),
  'suspendProcesses.processes.launch': suspends('launch', 'Launch'),
  'suspendProcesses.processes.terminate': suspends('terminate', 'Terminate'),
  'suspendProcesses.processes.addToLoadBalancer': suspends('addToLoadBalancer', 'AddToLoadBalancer'),
  'suspendProcesses.processes.alarmNotification': suspends('alarmNotification', 'AlarmNotification'),
  'suspendProcesses.processes.azRebalance': suspends('azRebalance', 'AZRebalance'),
  'suspendProcesses.processes.healthCheck': suspends('healthCheck', 'HealthCheck'),
  'suspendProcesses.processes.instanceRefresh': suspends('instanceRefresh', 'InstanceRefresh'),
  'suspendProcesses.processes.replaceUnhealthy': suspends('replaceUnhealthy', 'ReplaceUnhealthy'),
  'suspendProcesses.processes.scheduledActions': suspends('scheduledActions', 'ScheduledActions'),

  'ignition.version': elsewhere('test/conformance/aws-engine/ignition.test.ts'),
  'ignition.storageType': elsewhere('test/conformance/aws-engine/ignition.test.ts'),
  'ignition.proxy.httpProxy': elsewhere('test/conformance/aws-engine/ignition.test.ts'),
  'ignition.proxy.httpsProxy': elsewhere('test/conformance/aws-engine/ignition.test.ts'),
  'ignition.proxy.noProxy[]': elsewhere('test/conformance/aws-engine/ignition.test.ts'),
  'ignition.tls.certificateAuthorities[]': elsewhere('test/conformance/aws-engine/ignition.test.ts'),

  'lifecycleHooks[].name': marked({ lifecycleHooks: [hook] }, 'PutLifecycleHook', 'LifecycleHookName', 'audit'),
  'lifecycleHooks[].lifecycleTransition': hookField(
    { lifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING' },
    'LifecycleTransition',
    'autoscaling:EC2_INSTANCE_LAUNCHING',
  ),
  'lifecycleHooks[].heartbeatTimeout': hookField({ heartbeatTimeout: '2m' }, 'HeartbeatTimeout', 120),
  'lifecycleHooks[].defaultResult': hookField({ defaultResult: 'CONTINUE' }, 'DefaultResult', 'CONTINUE'),
  'lifecycleHooks[].roleARN': hookField(
    { roleARN: 'arn:aws:iam::123456789012:role/other' },
    'RoleARN',
    'arn:aws:iam::123456789012:role/other',
    notified,
  ),
  'lifecycleHooks[].notificationTargetARN': hookField(
    notified,
    'NotificationTargetARN',
    notified.notificationTargetARN,
  ),
  'lifecycleHooks[].notificationMetadata': hookField({ notificationMetadata: 'm' }, 'NotificationMetadata', 'm'),

  'strategy.type': interprets({ strategy: { type: 'RollingUpdate' } }, 'policy.rollout.strategy', 'RollingUpdate'),
  'strategy.rollingUpdate.maxSurge': interprets(rolling({ maxSurge: 3 }), 'policy.rollout.maxSurge', 3, rolling({})),
  'strategy.rollingUpdate.maxUnavailable': interprets(
    rolling({ maxUnavailable: '20%' }),
    'policy.rollout.maxUnavailable',
    '20%',
    rolling({}),
  ),
  'strategy.rollingUpdate.deletePolicy': interprets(
    rolling({ deletePolicy: 'Newest' }),
    'policy.rollout.deletePolicy',
    'Newest',
    rolling({}),
  ),
  imageUpdatePolicy: elsewhere('packages/provider-aws/src/resolve/image.test.ts'),

  'warmPool.minSize': marked({ warmPool: { minSize: 1 } }, 'PutWarmPool', 'MinSize', 1),
  'warmPool.maxGroupPreparedCapacity': warmField({ maxGroupPreparedCapacity: 3 }, 'MaxGroupPreparedCapacity', 3),
  'warmPool.poolState': warmField({ poolState: 'Running' }, 'PoolState', 'Running'),
  'warmPool.reuseOnScaleIn': warmField({ reuseOnScaleIn: true }, 'InstanceReusePolicy.ReuseOnScaleIn', true),

  healthCheckType: marked({ healthCheckType: 'EC2,EBS' }, update, 'HealthCheckType', 'EC2,EBS'),
  healthCheckGracePeriod: marked({ healthCheckGracePeriod: '90s' }, update, 'HealthCheckGracePeriod', 90),
  maxInstanceLifetime: marked({ maxInstanceLifetime: '48h' }, update, 'MaxInstanceLifetime', 172_800),
  'terminationPolicies[]': marked({ terminationPolicies: ['NewestInstance'] }, update, 'TerminationPolicies', [
    'NewestInstance',
  ]),
  newInstancesProtectedFromScaleIn: marked(
    { newInstancesProtectedFromScaleIn: true },
    update,
    'NewInstancesProtectedFromScaleIn',
    true,
  ),
  'targetGroupARNs[]': marked(
    { targetGroupARNs: [targetGroup] },
    'AttachLoadBalancerTargetGroups',
    'TargetGroupARNs.0',
    targetGroup,
  ),
  'instanceMaintenancePolicy.minHealthyPercentage': marked(
    { instanceMaintenancePolicy: { minHealthyPercentage: 80, maxHealthyPercentage: 120 } },
    update,
    'InstanceMaintenancePolicy.MinHealthyPercentage',
    80,
  ),
  'instanceMaintenancePolicy.maxHealthyPercentage': updates(
    { instanceMaintenancePolicy: { minHealthyPercentage: 80, maxHealthyPercentage: 130 } },
    'InstanceMaintenancePolicy.MaxHealthyPercentage',
    130,
    { instanceMaintenancePolicy: { minHealthyPercentage: 80, maxHealthyPercentage: 120 } },
  ),
}

function requirementCases(): Readonly<Record<string, FieldCase>> {
  const prefix = 'mixedInstancesPolicy.overrides[].instanceRequirements'
  const range = (field: keyof Requirements, sent: string, decimal: boolean): [string, FieldCase][] =>
    (['min', 'max'] as const).map((bound) => {
      const value = bound === 'min' ? 2 : 65_536
      return [
        `${prefix}.${field}.${bound}`,
        requires(
          { [field]: { ...anyType[field as 'vCpuCount'], [bound]: decimal ? String(value) : value } },
          `${sent}.${bound === 'min' ? 'Min' : 'Max'}`,
          value,
        ),
      ]
    })
  const list = (field: keyof Requirements, sent: string, value: string): [string, FieldCase] => [
    `${prefix}.${field}[]`,
    requires({ [field]: [value] }, sent, [value]),
  ]
  const plain = (field: keyof Requirements, sent: string, value: unknown): [string, FieldCase] => [
    `${prefix}.${field}`,
    requires({ [field]: value }, sent, value),
  ]
  return Object.fromEntries([
    ...range('vCpuCount', 'VCpuCount', false),
    ...range('memoryMiB', 'MemoryMiB', false),
    ...range('memoryGiBPerVCpu', 'MemoryGiBPerVCpu', true),
    ...range('networkInterfaceCount', 'NetworkInterfaceCount', false),
    ...range('networkBandwidthGbps', 'NetworkBandwidthGbps', true),
    ...range('baselineEbsBandwidthMbps', 'BaselineEbsBandwidthMbps', false),
    ...range('totalLocalStorageGB', 'TotalLocalStorageGB', true),
    ...range('acceleratorCount', 'AcceleratorCount', false),
    ...range('acceleratorTotalMemoryMiB', 'AcceleratorTotalMemoryMiB', false),
    list('cpuManufacturers', 'CpuManufacturers', 'intel'),
    list('instanceGenerations', 'InstanceGenerations', 'current'),
    list('allowedInstanceTypes', 'AllowedInstanceTypes', 'm5.*'),
    list('excludedInstanceTypes', 'ExcludedInstanceTypes', 'c5.*'),
    list('localStorageTypes', 'LocalStorageTypes', 'ssd'),
    list('acceleratorTypes', 'AcceleratorTypes', 'gpu'),
    list('acceleratorManufacturers', 'AcceleratorManufacturers', 'nvidia'),
    list('acceleratorNames', 'AcceleratorNames', 'a100'),
    plain('bareMetal', 'BareMetal', 'included'),
    plain('burstablePerformance', 'BurstablePerformance', 'included'),
    plain('localStorage', 'LocalStorage', 'required'),
    plain('requireHibernateSupport', 'RequireHibernateSupport', true),
    plain('spotMaxPricePercentageOverLowestPrice', 'SpotMaxPricePercentageOverLowestPrice', 50),
    plain('onDemandMaxPricePercentageOverLowestPrice', 'OnDemandMaxPricePercentageOverLowestPrice', 30),
    plain('maxSpotPriceAsPercentageOfOptimalOnDemandPrice', 'MaxSpotPriceAsPercentageOfOptimalOnDemandPrice', 60),
  ])
}
