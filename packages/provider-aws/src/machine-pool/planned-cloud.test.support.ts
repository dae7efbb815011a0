import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { RequestLaunchTemplateData, ResponseLaunchTemplateData } from '@aws-sdk/client-ec2'
import {
  Sensitive,
  type BootstrapData,
  type Desired,
  type Instance,
  type Observation,
  type PoolRef,
} from '@machinepool/contract'

import { versionOf } from '../aws/launch-templates.ts'
import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import type { AwsGroup, TemplateVersion } from './group-view.ts'
import { templateRevision } from './launch-template.ts'
import { plan } from './plan.ts'
import { plannedCall } from './requests.ts'
import { readInputs, toJson } from './resolved-inputs.ts'
import { tagMap } from './tags.ts'

export type Spec = AWSMachinePoolSpec
export type TemplateSpec = Spec['awsLaunchTemplate']

export const arn = 'arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1b2c:autoScalingGroupName/workers'

export function specOf(changes: Partial<Spec> = {}, template: Partial<TemplateSpec> = {}): Spec {
  return {
    minSize: 0,
    maxSize: 10,
    subnets: [{ id: 'subnet-1' }, { id: 'subnet-2' }],
    awsLaunchTemplate: { instanceType: 'm5.large', ami: { id: 'ami-1' }, ...template },
    ...changes,
  }
}

export function poolOf(spec: Spec): PoolRef<Spec> {
  return {
    key: { namespace: 'default', name: 'workers' },
    cluster: { namespace: 'default', name: 'prod' },
    managementId: 'm1',
    spec,
    annotations: {},
    replicas: 2,
    failureDomains: [],
    recorded: {},
    adopt: false,
    externallyScaled: false,
    operations: [],
  }
}

export function bootstrapOf(secretName = 'default/workers-x1', contentHash = 'hash-1'): BootstrapData {
  return { secretName, format: 'cloud-config', data: new Sensitive('token'), contentHash }
}

export function desiredOf(spec: Spec, changes: Partial<Desired<Spec>> = {}): Desired<Spec> {
  const pool = poolOf(spec)
  const resolved = {
    inputs: toJson({
      imageId: spec.awsLaunchTemplate.ami?.id ?? 'ami-1',
      imageKey: 'key',
      rootDeviceName: '/dev/sda1',
      subnetIds: ['subnet-1', 'subnet-2'],
      availabilityZones: [],
      securityGroupIds: ['sg-1'],
    }),
    problems: [],
  }
  const bootstrap = 'bootstrap' in changes ? changes.bootstrap : bootstrapOf()
  return {
    pool,
    resolved,
    presence: 'present',
    size: 2,
    revision: templateRevision(pool, readInputs(resolved), bootstrap),
    template: 'apply',
    bootstrap,
    remove: [],
    release: [],
    extend: [],
    hold: true,
    rollout: 'leave',
    stamp: false,
    ...changes,
  }
}

export function nothing(): Observation<AwsGroup> {
  return {
    exists: false,
    deleting: false,
    owner: 'unmarked',
    sizeOwner: 'us',
    instances: [],
    complete: true,
    templates: [],
    holdSet: false,
    operations: [],
    problems: [],
    leftovers: [],
    observedAt: 0,
    group: { groupName: 'workers', templateName: 'workers', hooks: [], takenNames: [] },
  }
}

/** What AWS has once the plan for an empty account was carried out. */
export function after(spec: Spec, wish: Partial<Desired<Spec>> = {}): Observation<AwsGroup> {
  const requests = new Map(
    plan(desiredOf(spec, wish), nothing()).map(({ type, parameters }) => [type, plannedCall(parameters).request]),
  )
  const made = requests.get('CreateTemplate')!
  const group = requests.get('CreateGroup') as unknown as AutoScalingGroup & {
    LifecycleHookSpecificationList?: AwsGroup['hooks']
  }
  return live(group, [
    versionOf({
      VersionNumber: 1,
      VersionDescription: made['VersionDescription'] as string,
      LaunchTemplateData: answered(made['LaunchTemplateData'] as RequestLaunchTemplateData),
    }),
  ])
}

/** EC2 gives back what it was told, but for options that are off. */
function answered(data: RequestLaunchTemplateData): ResponseLaunchTemplateData {
  return JSON.parse(JSON.stringify(data)) as ResponseLaunchTemplateData
}

export function live(
  request: AutoScalingGroup & { LifecycleHookSpecificationList?: AwsGroup['hooks'] },
  versions: readonly TemplateVersion[],
): Observation<AwsGroup> {
  const { LifecycleHookSpecificationList: hooks = [], ...settings } = request
  const latestVersion = versions.at(-1)!.version
  const reference = { LaunchTemplateId: 'lt-1', LaunchTemplateName: 'workers', Version: '$Latest' }
  const group: AutoScalingGroup = {
    ...settings,
    AutoScalingGroupARN: arn,
    ...(settings.LaunchTemplate === undefined ? {} : { LaunchTemplate: reference }),
    ...(settings.MixedInstancesPolicy === undefined
      ? {}
      : {
          MixedInstancesPolicy: {
            ...settings.MixedInstancesPolicy,
            LaunchTemplate: { ...settings.MixedInstancesPolicy.LaunchTemplate, LaunchTemplateSpecification: reference },
            // AWS fills in what was left out.
            InstancesDistribution: { SpotInstancePools: 2, ...settings.MixedInstancesPolicy.InstancesDistribution },
          },
        }),
  }
  const template = { id: 'lt-1', name: 'workers', tags: tagMap(settings.Tags), latestVersion, defaultVersion: 1 }
  return {
    ...nothing(),
    exists: true,
    owner: 'ours',
    providerID: arn,
    size: { desired: group.DesiredCapacity ?? 0, min: group.MinSize ?? 0, max: group.MaxSize ?? 0 },
    instances: ['i-1', 'i-2'].map((id) => instanceOf(id)),
    holdSet: hooks.length > 0,
    group: {
      groupName: 'workers',
      templateName: 'workers',
      group,
      template: { ...template, owner: 'ours', versions },
      hooks,
      takenNames: [],
    },
  }
}

export function instanceOf(id: string, changes: Partial<Instance> = {}): Instance {
  return {
    providerID: `aws:///us-east-1a/${id}`,
    incarnation: id,
    state: 'Running',
    templateId: 'lt-1:1',
    addresses: [],
    health: 'Healthy',
    protected: false,
    ...changes,
  }
}

export function groupOf(observed: Observation<AwsGroup>): AutoScalingGroup {
  const group = observed.group?.group
  if (group === undefined) throw new Error('there is no group')
  return group
}

export function summary(desired: Desired<Spec>, observed: Observation<AwsGroup>): readonly string[] {
  return plan(desired, observed).map(({ type, parameters }) => `${type}: ${plannedCall(parameters).operation}`)
}

/** A spec that says everything. */
export const everything = specOf(
  {
    minSize: 1,
    additionalTags: { team: 'blue' },
    capacityRebalance: true,
    defaultCoolDown: '1m',
    defaultInstanceWarmup: '90s',
    healthCheckType: 'EC2,ELB',
    healthCheckGracePeriod: '2m',
    maxInstanceLifetime: '48h',
    terminationPolicies: ['OldestInstance'],
    newInstancesProtectedFromScaleIn: true,
    targetGroupARNs: ['arn:tg-1'],
    instanceMaintenancePolicy: { minHealthyPercentage: 90, maxHealthyPercentage: 110 },
    lifecycleHooks: [{ name: 'audit', lifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING' }],
  },
  {
    iamInstanceProfile: 'nodes',
    sshKeyName: 'ops',
    spotMarketOptions: { maxPrice: '0.5' },
    instanceMetadataOptions: { httpTokens: 'required', httpProtocolIpv6: 'enabled' },
    enclaveOptions: { enabled: true },
    privateDnsName: { hostnameType: 'resource-name', enableResourceNameDnsARecord: true },
    rootVolume: { size: 80, type: 'gp3', throughput: 250, encrypted: true },
    nonRootVolumes: [{ deviceName: '/dev/xvdb', size: 100, type: 'io2', iops: 4000, encryptionKey: 'alias/nodes' }],
  },
)
export const mixed = specOf({
  mixedInstancesPolicy: {
    instancesDistribution: { spotAllocationStrategy: 'price-capacity-optimized', onDemandBaseCapacity: 1 },
    overrides: [{ instanceType: 'm5.large' }, { instanceType: 'm5.xlarge', weightedCapacity: 2 }],
  },
})
