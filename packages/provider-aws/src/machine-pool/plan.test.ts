import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { RequestLaunchTemplateData, ResponseLaunchTemplateData } from '@aws-sdk/client-ec2'
import {
  Sensitive,
  type BootstrapData,
  type Desired,
  type Instance,
  type JsonObject,
  type Observation,
  type PoolRef,
} from '@machinepool/contract'
import { describe, expect, test } from 'vitest'

import { versionOf } from '../aws/launch-templates.ts'
import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import type { AwsGroup, TemplateVersion } from './group-view.ts'
import { templateRevision } from './launch-template.ts'
import { plan } from './plan.ts'
import { plannedCall } from './requests.ts'
import { readInputs, toJson } from './resolved-inputs.ts'
import { tagMap } from './tags.ts'

type Spec = AWSMachinePoolSpec
type Template = Spec['awsLaunchTemplate']

const arn = 'arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1b2c:autoScalingGroupName/workers'

function specOf(changes: Partial<Spec> = {}, template: Partial<Template> = {}): Spec {
  return {
    minSize: 0,
    maxSize: 10,
    subnets: [{ id: 'subnet-1' }, { id: 'subnet-2' }],
    awsLaunchTemplate: { instanceType: 'm5.large', ami: { id: 'ami-1' }, ...template },
    ...changes,
  }
}

function poolOf(spec: Spec): PoolRef<Spec> {
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

function bootstrapOf(secretName = 'default/workers-x1', contentHash = 'hash-1'): BootstrapData {
  return { secretName, format: 'cloud-config', data: new Sensitive('token'), contentHash }
}

function desiredOf(spec: Spec, changes: Partial<Desired<Spec>> = {}): Desired<Spec> {
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

function nothing(): Observation<AwsGroup> {
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
function after(spec: Spec, wish: Partial<Desired<Spec>> = {}): Observation<AwsGroup> {
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

function live(
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

function instanceOf(id: string, changes: Partial<Instance> = {}): Instance {
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

function groupOf(observed: Observation<AwsGroup>): AutoScalingGroup {
  const group = observed.group?.group
  if (group === undefined) throw new Error('there is no group')
  return group
}

function summary(desired: Desired<Spec>, observed: Observation<AwsGroup>): readonly string[] {
  return plan(desired, observed).map(({ type, parameters }) => `${type}: ${plannedCall(parameters).operation}`)
}

/** A spec that says everything. */
const everything = specOf(
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
const mixed = specOf({
  mixedInstancesPolicy: {
    instancesDistribution: { spotAllocationStrategy: 'price-capacity-optimized', onDemandBaseCapacity: 1 },
    overrides: [{ instanceType: 'm5.large' }, { instanceType: 'm5.xlarge', weightedCapacity: 2 }],
  },
})

describe('an empty account', () => {
  test.each([
    ['minimal', specOf()],
    ['everything', everything],
    ['mixed', mixed],
  ])('%s', async (name, spec) => {
    const actions = plan(desiredOf(spec), nothing())
    await expect(`${JSON.stringify(actions, null, 2)}\n`).toMatchFileSnapshot(`golden/create-${name}.golden`)
  })

  test('nothing is made without an image, and nothing while the template is to stay', () => {
    const { resolved } = desiredOf(specOf())
    const { imageId: _, ...inputs } = resolved.inputs
    expect(plan(desiredOf(specOf(), { resolved: { inputs, problems: [] } }), nothing())).toEqual([])
    expect(plan(desiredOf(specOf(), { template: 'leave' }), nothing())).toEqual([])
  })
})

describe('what was made is what was wanted: no version, update or refresh follows (capa.md 2.3)', () => {
  const specs: readonly (readonly [string, Spec])[] = [
    ['minimal', specOf()],
    ['everything', everything],
    ['mixed', mixed],
    ['mixed without distribution', specOf({ mixedInstancesPolicy: { overrides: [{ instanceType: 'm5.large' }] } })],
    ['enclaves off', specOf({}, { enclaveOptions: { enabled: false } })],
    ['enclaves empty', specOf({}, { enclaveOptions: {} })],
    ['IMDS over IPv6', specOf({}, { instanceMetadataOptions: { httpProtocolIpv6: 'enabled' } })],
    ['DNS options without host name type', specOf({}, { privateDnsName: { enableResourceNameDnsARecord: true } })],
    ['spot without options', specOf({}, { marketType: 'Spot' })],
    ['empty key name', specOf({}, { sshKeyName: '' })],
    ['tags at creation', specOf({ additionalTags: { team: 'blue' } })],
    [
      'hook without timeout and result',
      specOf({ lifecycleHooks: [{ name: 'a', lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING' }] }),
    ],
  ]
  test.each(specs)('%s', (_name, spec) => {
    expect(summary(desiredOf(spec), after(spec))).toEqual([])
  })
})

describe('one change', () => {
  const version = 'CreateTemplate: CreateLaunchTemplateVersion'
  const cases: readonly (readonly [string, Spec, readonly string[]])[] = [
    ['image', specOf({}, { ami: { id: 'ami-2' } }), [version]],
    ['root volume', specOf({}, { rootVolume: { size: 100 } }), [version]],
    ['further volume', specOf({}, { nonRootVolumes: [{ deviceName: '/dev/xvdb', size: 10 }] }), [version]],
    ['market type', specOf({}, { marketType: 'Spot' }), [version]],
    ['spot options', specOf({}, { spotMarketOptions: {} }), [version]],
    ['reservation preference', specOf({}, { capacityReservationPreference: 'None' }), [version]],
    ['tags', specOf({ additionalTags: { a: 'b' } }), [version, 'Tag: CreateOrUpdateTags', 'Tag: CreateTags']],
    ['maximum', specOf({ maxSize: 20 }), ['UpdateGroup: UpdateAutoScalingGroup']],
    ['cool-down', specOf({ defaultCoolDown: '10s' }), ['UpdateGroup: UpdateAutoScalingGroup']],
    ['mixed policy on a plain group', mixed, ['UpdateGroup: UpdateAutoScalingGroup']],
    ['target group', specOf({ targetGroupARNs: ['arn:tg-1'] }), ['UpdateGroup: AttachLoadBalancerTargetGroups']],
    [
      'suspended process',
      specOf({ suspendProcesses: { processes: { azRebalance: true } } }),
      ['Tag: CreateOrUpdateTags', 'UpdateGroup: SuspendProcesses'],
    ],
  ]
  test.each(cases)('%s', (_name, spec, expected) => {
    expect(summary(desiredOf(spec), after(specOf()))).toEqual(expected)
  })

  test('other bootstrap content makes a version of the same revision; another Secret another revision', () => {
    const observed = after(specOf())
    const content = desiredOf(specOf(), { bootstrap: bootstrapOf('default/workers-x1', 'hash-2') })
    const secret = desiredOf(specOf(), { bootstrap: bootstrapOf('default/workers-x2', 'hash-1') })
    expect(summary(content, observed)).toEqual([version])
    expect(content.revision).toBe(desiredOf(specOf()).revision)
    expect(summary(secret, observed)).toEqual([version])
    expect(secret.revision).not.toBe(content.revision)
  })

  test('going back to an earlier state is another write than the first one', () => {
    const [first] = plan(desiredOf(specOf({}, { ami: { id: 'ami-2' } })), after(specOf()))
    const observed = after(specOf())
    const { template } = observed.group!
    const later = { ...observed, group: { ...observed.group!, template: { ...template!, latestVersion: 3 } } }
    const [again] = plan(desiredOf(specOf({}, { ami: { id: 'ami-2' } })), later)
    expect(again?.idempotencyKey).not.toBe(first?.idempotencyKey)
  })

  test('a foreign process, hook and tag stay', () => {
    const observed = after(specOf())
    const group = groupOf(observed)
    const foreign: AutoScalingGroup = {
      ...group,
      SuspendedProcesses: [{ ProcessName: 'AZRebalance' }],
      Tags: [...(group.Tags ?? []), { Key: 'k8s.io/cluster-autoscaler/enabled', Value: 'true' }],
    }
    const hooks = [...observed.group!.hooks, { LifecycleHookName: 'nth' }]
    expect(summary(desiredOf(specOf()), { ...observed, group: { ...observed.group!, group: foreign, hooks } })).toEqual(
      [],
    )
  })

  test('a process that left the spec is resumed, and then forgotten', () => {
    const suspended = specOf({ suspendProcesses: { processes: { azRebalance: true } } })
    const observed = after(suspended)
    const group: AutoScalingGroup = { ...groupOf(observed), SuspendedProcesses: [{ ProcessName: 'AZRebalance' }] }
    const before = { ...observed, group: { ...observed.group!, group } }
    expect(summary(desiredOf(suspended), before)).toEqual([])
    expect(summary(desiredOf(specOf()), before)).toEqual(['UpdateGroup: ResumeProcesses'])
    const resumed = { ...observed, group: { ...observed.group!, group: { ...group, SuspendedProcesses: [] } } }
    expect(summary(desiredOf(specOf()), resumed)).toEqual(['Tag: DeleteTags'])
  })
})

describe('sizes', () => {
  test.each([
    ['up', 5, [{ AutoScalingGroupName: 'workers', DesiredCapacity: 5, HonorCooldown: false }]],
    ['as it is', 2, []],
    ['never below the live instances', 0, []],
    ['left alone', undefined, []],
  ])('%s', (_name, size, expected) => {
    const actions = plan(desiredOf(specOf(), { size }), after(specOf()))
    expect(actions.map(({ parameters }) => plannedCall(parameters).request)).toEqual(expected)
  })

  test('a smaller maximum waits until chosen instances have left', () => {
    const spec = specOf({ maxSize: 1 })
    expect(summary(desiredOf(spec), after(specOf()))).toEqual([])
    const small = after(specOf(), { size: 1 })
    const [update] = plan(desiredOf(spec, { size: 1 }), { ...small, instances: [instanceOf('i-1')] })
    expect(plannedCall(update!.parameters).request).toEqual({ AutoScalingGroupName: 'workers', MaxSize: 1 })
  })

  test('chosen instances leave with and without their place; those on their way are left alone', () => {
    const observed = {
      ...after(specOf()),
      instances: [instanceOf('i-1'), instanceOf('i-2'), instanceOf('i-3', { state: 'Terminating' })],
    }
    const remove = observed.instances.map((instance, index) => ({ instance, keepSize: index === 0 }))
    const actions = plan(desiredOf(specOf(), { remove }), observed)
    expect(
      actions.map((action) =>
        action.type === 'RemoveInstances' ? [action.keepSize, action.instances.length] : action.type,
      ),
    ).toEqual([
      [true, 1],
      [false, 1],
    ])
  })
})

describe('holds, rollouts and the end', () => {
  test('a held instance is released, or held on, or left alone', () => {
    const held = instanceOf('i-1', { state: 'TerminationHeld', hold: { ours: true } })
    const foreign = instanceOf('i-2', { state: 'TerminationHeld', hold: { ours: false } })
    const observed = { ...after(specOf()), instances: [held, foreign] }
    const both = [held, foreign]
    expect(summary(desiredOf(specOf(), { release: both }), observed)).toEqual([
      'ReleaseInstance: CompleteLifecycleAction',
    ])
    expect(summary(desiredOf(specOf(), { extend: both }), observed)).toEqual([
      'ExtendHold: RecordLifecycleActionHeartbeat',
    ])
  })

  test('our hook comes and goes with the wish', () => {
    const without = after(specOf(), { hold: false })
    expect(summary(desiredOf(specOf()), without)).toEqual(['SetHold: PutLifecycleHook'])
    expect(summary(desiredOf(specOf(), { hold: false }), after(specOf()))).toEqual(['SetHold: DeleteLifecycleHook'])
    expect(summary(desiredOf(specOf(), { hold: false }), without)).toEqual([])
  })

  test('a refresh starts once, with the preferences of the spec, and is cancelled once', () => {
    const spec = specOf({
      refreshPreferences: { minHealthyPercentage: 80, maxHealthyPercentage: 120, instanceWarmup: 60 },
    })
    const [start] = plan(desiredOf(spec, { rollout: 'start' }), after(spec))
    expect(plannedCall(start!.parameters).request).toEqual({
      AutoScalingGroupName: 'workers',
      Strategy: 'Rolling',
      Preferences: { MinHealthyPercentage: 80, MaxHealthyPercentage: 120, InstanceWarmup: 60 },
    } satisfies JsonObject)
    const running = { ...after(spec), rollout: { id: 'r-1', state: 'InProgress' as const } }
    expect(summary(desiredOf(spec, { rollout: 'start' }), running)).toEqual([])
    expect(summary(desiredOf(spec, { rollout: 'cancel' }), running)).toEqual(['CancelRollout: CancelInstanceRefresh'])
    const cancelling = { ...running, rollout: { id: 'r-1', state: 'Cancelling' as const } }
    expect(summary(desiredOf(spec, { rollout: 'cancel' }), cancelling)).toEqual([])
  })

  test('deletion takes the group, then the template, and touches nothing that is not ours', () => {
    const gone = { presence: 'absent', hold: false, size: 0, bootstrap: undefined } as const
    const observed = after(specOf())
    expect(summary(desiredOf(specOf(), gone), observed)).toEqual([
      'DeleteGroup: DeleteAutoScalingGroup',
      'DeleteTemplate: DeleteLaunchTemplate',
    ])
    expect(summary(desiredOf(specOf(), gone), { ...observed, exists: false, deleting: true })).toEqual([])
    const { template } = observed.group!
    const foreign = {
      ...observed,
      owner: 'foreign' as const,
      group: { ...observed.group!, template: { ...template!, owner: 'foreign' as const } },
    }
    expect(summary(desiredOf(specOf(), gone), foreign)).toEqual([])
    expect(summary(desiredOf(specOf({ maxSize: 3 })), foreign)).toEqual([])
    expect(summary(desiredOf(specOf(), gone), { ...observed, complete: false })).toEqual([])
  })
})
