import { schema as s, shapes } from '@machinepool/api'
import type { Static } from 'typebox'

import { instanceRequirements } from './instance-requirements-schema.ts'
import { awsLaunchTemplateV1Beta1, awsLaunchTemplateV1Beta2, awsResourceReference } from './launch-template-schema.ts'

const maxSubnets = 100
const maxTags = 50
const maxOverrides = 40
const maxLifecycleHooks = 50
const maxTargetGroups = 50
const maxCheckpoints = 100
const maxAlarms = 10

const tags = () =>
  s.textMap('Tags for everything the pool makes, beside those of the cluster.', {
    maxProperties: maxTags,
    rules: [
      {
        rule: "self.all(key, size(key) > 0 && size(key) <= 128 && !key.startsWith('aws:') && size(self[key]) <= 256)",
        message: 'tag keys have 1 to 128 characters and do not begin with aws:, values have at most 256',
      },
    ],
  })

const percentage = (description: string) => s.optional(s.int64(description))

const distribution = <const OnDemand extends readonly string[], const Spot extends readonly string[]>(
  onDemand: OnDemand,
  spot: Spot,
) =>
  s.object('How capacity is divided between on-demand and spot, and between instance types.', {
    onDemandAllocationStrategy: s.optional(
      s.oneOf('How on-demand instance types are chosen.', onDemand, { default: 'prioritized' }),
    ),
    spotAllocationStrategy: s.optional(
      s.oneOf('How spot instance types are chosen.', spot, { default: 'lowest-price' }),
    ),
    onDemandBaseCapacity: s.optional(s.int64('Instances that are on-demand before anything else.', { default: 0 })),
    onDemandPercentageAboveBaseCapacity: s.optional(
      s.int64('Percentage of on-demand instances above the base.', { default: 100 }),
    ),
  })

const mixedInstancesPolicyV1Beta1 = () =>
  s.object('Several instance types and purchase options in one pool.', {
    instancesDistribution: s.optional(distribution(['prioritized'], ['lowest-price', 'capacity-optimized'])),
    overrides: s.optional(
      s.list(
        'Instance types, best first.',
        s.object('One instance type.', { instanceType: s.text('EC2 instance type.') }),
        { maxItems: maxOverrides },
      ),
    ),
  })

const mixedInstancesPolicyV1Beta2 = () =>
  s.object('Several instance types and purchase options in one pool.', {
    instancesDistribution: s.optional(
      distribution(
        ['prioritized', 'lowest-price'],
        ['lowest-price', 'capacity-optimized', 'capacity-optimized-prioritized', 'price-capacity-optimized'],
      ),
    ),
    overrides: s.optional(
      s.list(
        'Instance types, best first.',
        s.object(
          'One instance type, or what a type must have.',
          {
            instanceType: s.optional(s.text('EC2 instance type.')),
            instanceRequirements: s.optional(instanceRequirements()),
            weightedCapacity: s.optional(
              s.int32('How many units of size one instance of this type counts for.', { minimum: 1, maximum: 999 }),
            ),
          },
          {
            rules: [
              {
                rule: 'has(self.instanceType) != has(self.instanceRequirements)',
                message: 'give either instanceType or instanceRequirements',
              },
            ],
          },
        ),
        { maxItems: maxOverrides },
      ),
    ),
  })

const warmPool = () =>
  s.object('Instances that have been prepared and wait beside the group.', {
    minSize: s.optional(s.int32('Instances that wait at least. Absent: 0.', { minimum: 0 })),
    maxGroupPreparedCapacity: s.optional(
      s.int32('Instances in service and waiting, together, at most. Absent: maxSize.', { minimum: 0 }),
    ),
    poolState: s.optional(s.oneOf('How they wait.', ['Stopped', 'Running', 'Hibernated'], { default: 'Stopped' })),
    reuseOnScaleIn: s.optional(s.boolean('Instances that are scaled in go back to the pool.')),
  })

const lifecycleHook = () =>
  s.object(
    'One lifecycle hook of the Auto Scaling group.',
    {
      name: s.text('Name of the hook.', { maxLength: 255 }),
      lifecycleTransition: s.oneOf('When it waits.', [
        'autoscaling:EC2_INSTANCE_LAUNCHING',
        'autoscaling:EC2_INSTANCE_TERMINATING',
      ]),
      notificationTargetARN: s.optional(s.text('SNS topic or SQS queue that is told.', { maxLength: 2048 })),
      roleARN: s.optional(s.text('Role by which the target is told.', { maxLength: 2048 })),
      heartbeatTimeout: s.optional(
        s.duration('How long it waits for a heartbeat: 30s to 48h. Absent: 1h.', { format: 'duration', maxLength: 32 }),
      ),
      defaultResult: s.optional(
        s.oneOf('What happens when nobody answers in time. Absent: ABANDON.', ['CONTINUE', 'ABANDON']),
      ),
      notificationMetadata: s.optional(s.text('Passed on to the target.', { maxLength: 4000 })),
    },
    {
      rules: [
        {
          rule: 'has(self.roleARN) == has(self.notificationTargetARN)',
          message: 'roleARN and notificationTargetARN go together: give both or none',
        },
        {
          rule: "!has(self.heartbeatTimeout) || (duration(self.heartbeatTimeout) >= duration('30s') && duration(self.heartbeatTimeout) <= duration('48h'))",
          message: 'heartbeatTimeout must be between 30s and 48h (172800s)',
          fieldPath: '.heartbeatTimeout',
        },
      ],
    },
  )

const suspendProcesses = () =>
  s.object('Processes of the Auto Scaling group that stand still.', {
    all: s.optional(s.boolean('All of them, but those that `processes` sets to false.')),
    processes: s.optional(
      s.object(
        'Single processes.',
        Object.fromEntries(
          suspendableProcesses.map((process) => [process, s.optional(s.boolean(`Suspend ${process}.`))]),
        ) as Record<(typeof suspendableProcesses)[number], ReturnType<typeof optionalBoolean>>,
      ),
    ),
  })

const optionalBoolean = () => s.optional(s.boolean(''))

/** Fields of `suspendProcesses.processes`. */
export const suspendableProcesses = [
  'launch',
  'terminate',
  'addToLoadBalancer',
  'alarmNotification',
  'azRebalance',
  'healthCheck',
  'instanceRefresh',
  'replaceUnhealthy',
  'scheduledActions',
] as const

const ignition = () =>
  s.object('How Ignition bootstrap data reaches the instances.', {
    version: s.optional(s.oneOf('Version of the Ignition configuration.', ['2.3', '3.0', '3.1', '3.2', '3.3', '3.4'])),
    storageType: s.optional(
      s.oneOf(
        'ClusterObjectStore puts the data into the S3 bucket of the cluster; UnencryptedUserData into the user data.',
        ['ClusterObjectStore', 'UnencryptedUserData'],
        { default: 'ClusterObjectStore' },
      ),
    ),
    proxy: s.optional(
      s.object('Proxies that Ignition uses to fetch the data.', {
        httpProxy: s.optional(s.text('Proxy for http.')),
        httpsProxy: s.optional(s.text('Proxy for https.')),
        noProxy: s.optional(
          s.list('Hosts to reach directly.', s.text('One host.', { maxLength: 2048 }), { maxItems: 64 }),
        ),
      }),
    ),
    tls: s.optional(
      s.object('What Ignition trusts when it fetches the data.', {
        certificateAuthorities: s.optional(
          s.list('URLs of CA certificates.', s.text('One URL.', { maxLength: 65536 }), { maxItems: 64 }),
        ),
      }),
    ),
  })

const strategy = () =>
  s.object('How outdated instances are replaced.', {
    type: s.oneOf(
      'InstanceRefresh: Auto Scaling replaces them. RollingUpdate: the controller does, within maxSurge and maxUnavailable. OnDelete: nobody does.',
      ['InstanceRefresh', 'RollingUpdate', 'OnDelete'],
      { default: 'InstanceRefresh' },
    ),
    rollingUpdate: s.optional(
      s.object('Bounds of a RollingUpdate.', {
        maxSurge: s.optional(s.intOrString('Instances above the size, a number or a percentage. Absent: 1.')),
        maxUnavailable: s.optional(s.intOrString('Instances below the size, a number or a percentage. Absent: 0.')),
        deletePolicy: s.optional(
          s.oneOf('Which of equal instances goes first.', ['Oldest', 'Newest', 'Random'], { default: 'Oldest' }),
        ),
      }),
    ),
  })

const common = () => ({
  providerID: s.optional(s.text('ARN of the Auto Scaling group, written by the controller.')),
  minSize: s.int32('Smallest size of the Auto Scaling group.', { minimum: 0, default: 1 }),
  maxSize: s.int32('Largest size of the Auto Scaling group.', { minimum: 1, default: 1 }),
  availabilityZones: s.optional(
    s.list('Zones to place instances in, when no subnets are given.', s.text('One availability zone.')),
  ),
  additionalTags: s.optional(tags()),
  providerIDList: s.optional(
    s.list('Provider IDs of the instances, written by the controller.', s.text('One provider ID.')),
  ),
  defaultCoolDown: s.optional(s.duration('Cool-down of simple scaling policies. Absent: 300s.')),
  capacityRebalance: s.optional(s.boolean('Replace spot instances that are about to be interrupted.')),
})

const refreshPreferences = {
  strategy: s.optional(s.text('Strategy of the instance refresh. Absent: Rolling.')),
  instanceWarmup: s.optional(s.int64('Seconds until a new instance counts as in use.')),
  minHealthyPercentage: percentage('Percentage of the size that stays in service. Absent: 90.'),
}

const sizeRule: s.ValidationRule = {
  rule: 'self.minSize <= self.maxSize',
  message: 'minSize must not be greater than maxSize',
  fieldPath: '.minSize',
}
const spotRule: s.ValidationRule = {
  rule: '!(has(self.awsLaunchTemplate.spotMarketOptions) && has(self.mixedInstancesPolicy))',
  message: 'use either awsLaunchTemplate.spotMarketOptions or mixedInstancesPolicy, not both',
  fieldPath: '.awsLaunchTemplate.spotMarketOptions',
  reason: 'FieldValueForbidden',
}

const warmPoolRule: s.ValidationRule = {
  rule: '!has(self.warmPool) || !(has(self.mixedInstancesPolicy) || has(self.awsLaunchTemplate.spotMarketOptions))',
  message: 'AWS has no warm pools for spot capacity or several instance types',
  fieldPath: '.warmPool',
  reason: 'FieldValueForbidden',
}

export const awsMachinePoolSpecV1Beta1 = s.object(
  'Wanted state of the pool.',
  {
    ...common(),
    // The documented samples write subnets as plain ids; a structural schema cannot say "text or object", so
    // the conversion checks what this leaves open.
    subnets: s.optional(
      s.list('Subnets to place instances in: ids, or objects with id or filters.', s.anyValue('One subnet.'), {
        maxItems: maxSubnets,
      }),
    ),
    awsLaunchTemplate: awsLaunchTemplateV1Beta1(),
    mixedInstancesPolicy: s.optional(mixedInstancesPolicyV1Beta1()),
    refreshPreferences: s.optional(s.object('How an instance refresh goes on.', refreshPreferences)),
  },
  { rules: [sizeRule, spotRule] },
)

export const awsMachinePoolSpecV1Beta2 = s.object(
  'Wanted state of the pool.',
  {
    ...common(),
    availabilityZoneSubnetType: s.optional(
      s.oneOf('Which subnets of the zones are used. Absent: all.', ['public', 'private', 'all']),
    ),
    subnets: s.optional(
      s.list('Subnets to place instances in. Each entry adds what it names.', awsResourceReference('subnet'), {
        maxItems: maxSubnets,
      }),
    ),
    awsLaunchTemplate: awsLaunchTemplateV1Beta2(),
    mixedInstancesPolicy: s.optional(mixedInstancesPolicyV1Beta2()),
    defaultInstanceWarmup: s.optional(s.duration('Time until a new instance counts in metrics. Absent: 300s.')),
    refreshPreferences: s.optional(
      s.object(
        'How an instance refresh goes on.',
        {
          disable: s.optional(s.boolean('Never start one.')),
          ...refreshPreferences,
          maxHealthyPercentage: s.optional(
            s.int64('Percentage of the size that may run at once.', { minimum: 100, maximum: 200 }),
          ),
          skipMatching: s.optional(s.boolean('Leave instances alone that already run the newest template.')),
          autoRollback: s.optional(
            s.boolean(
              'Go back when the refresh fails. Takes effect only with bootstrap data that is known to hold no token.',
            ),
          ),
          checkpointPercentages: s.optional(
            s.list(
              'Percentages of replaced instances at which the refresh waits, rising; with 100 as the last it ends there.',
              s.int32('One percentage.', { minimum: 1, maximum: 100 }),
              { maxItems: maxCheckpoints },
            ),
          ),
          checkpointDelay: s.optional(
            s.int64('Seconds to wait at a checkpoint. Absent: 3600.', { minimum: 0, maximum: 172_800 }),
          ),
          alarms: s.optional(
            s.list('CloudWatch alarms that make the refresh fail.', s.text('Name of one alarm.', { maxLength: 255 }), {
              maxItems: maxAlarms,
            }),
          ),
          bakeTime: s.optional(
            s.int64('Seconds to watch the alarms after the last instance.', { minimum: 0, maximum: 172_800 }),
          ),
          scaleInProtectedInstances: s.optional(
            s.oneOf('Instances protected from scale-in. Absent: Wait.', ['Refresh', 'Ignore', 'Wait']),
          ),
          standbyInstances: s.optional(s.oneOf('Instances in standby. Absent: Wait.', ['Terminate', 'Ignore', 'Wait'])),
        },
        {
          rules: [
            {
              rule: '!has(self.maxHealthyPercentage) || has(self.minHealthyPercentage)',
              message: 'maxHealthyPercentage needs minHealthyPercentage',
              fieldPath: '.minHealthyPercentage',
              reason: 'FieldValueRequired',
            },
            {
              rule: '!has(self.maxHealthyPercentage) || !has(self.minHealthyPercentage) || self.maxHealthyPercentage - self.minHealthyPercentage <= 100',
              message: 'maxHealthyPercentage must not exceed minHealthyPercentage by more than 100',
              fieldPath: '.maxHealthyPercentage',
            },
          ],
        },
      ),
    ),
    suspendProcesses: s.optional(suspendProcesses()),
    ignition: s.optional(ignition()),
    lifecycleHooks: s.optional(
      s.list('Lifecycle hooks of the Auto Scaling group.', lifecycleHook(), { maxItems: maxLifecycleHooks }),
    ),
    region: s.optional(s.text('AWS region, for clusters without an AWSCluster.', { maxLength: 64 })),
    strategy: s.optional(strategy()),
    imageUpdatePolicy: s.optional(
      s.oneOf('Manual: a newly published image is reported. Automatic: it is rolled out.', ['Manual', 'Automatic'], {
        default: 'Manual',
      }),
    ),
    warmPool: s.optional(warmPool()),
    healthCheckType: s.optional(s.text('EC2, ELB, EBS or VPC_LATTICE, separated by commas. Absent: EC2.')),
    healthCheckGracePeriod: s.optional(s.duration('Time after launch in which health checks do not count.')),
    maxInstanceLifetime: s.optional(s.duration('Instances older than this are replaced: 24h to 8760h.')),
    terminationPolicies: s.optional(
      s.list('Which instance Auto Scaling takes first when it chooses.', s.text('One policy.'), { maxItems: 6 }),
    ),
    newInstancesProtectedFromScaleIn: s.optional(s.boolean('Auto Scaling may not choose new instances for scale-in.')),
    targetGroupARNs: s.optional(
      s.list('Target groups that instances are registered with.', s.text('ARN of one target group.'), {
        maxItems: maxTargetGroups,
      }),
    ),
    instanceMaintenancePolicy: s.optional(
      s.object('Bounds for every replacement that Auto Scaling does by itself.', {
        minHealthyPercentage: s.int32('Percentage of the size that stays in service.', { minimum: 0, maximum: 100 }),
        maxHealthyPercentage: s.int32('Percentage of the size that may run at once.', { minimum: 100, maximum: 200 }),
      }),
    ),
  },
  { rules: [sizeRule, spotRule, warmPoolRule] },
)

const statusBase = {
  ready: s.optional(s.boolean('The Auto Scaling group exists.')),
  replicas: s.optional(s.int32('Instances in the Auto Scaling group.')),
  conditions: s.optional(shapes.v1beta1Conditions()),
  instances: s.optional(
    s.list(
      'Instances of the group.',
      s.object('One instance.', {
        instanceID: s.optional(s.text('EC2 instance id.')),
        version: s.optional(s.text('Kubernetes version that it runs.')),
      }),
    ),
  ),
  launchTemplateID: s.optional(s.text('Id of the launch template.')),
  launchTemplateVersion: s.optional(s.text('Version of the launch template that new instances are made from.')),
  asgStatus: s.optional(s.text('Set by AWS while the group is being deleted.')),
  failureReason: s.optional(s.text('Not written; kept for objects that have it.')),
  failureMessage: s.optional(s.text('Not written; kept for objects that have it.')),
}

export const awsMachinePoolStatusV1Beta1 = s.object('Observed state of the pool.', statusBase)

export const awsMachinePoolStatusV1Beta2 = s.object('Observed state of the pool.', {
  ...statusBase,
  infrastructureMachineKind: s.optional(s.text('Kind of the per-instance objects.')),
  initialization: s.optional(
    s.object('What has been done at least once.', {
      provisioned: s.optional(s.boolean('The Auto Scaling group was created.')),
    }),
  ),
})

export type AWSMachinePoolSpec = Static<typeof awsMachinePoolSpecV1Beta2>
export type AWSMachinePoolStatus = Static<typeof awsMachinePoolStatusV1Beta2>
export type AWSLaunchTemplateSpec = AWSMachinePoolSpec['awsLaunchTemplate']
