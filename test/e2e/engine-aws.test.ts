import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  CreateAutoScalingGroupCommand,
  PutLifecycleHookCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling'
import {
  CreateLaunchTemplateCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  type RequestLaunchTemplateData,
  type ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2'
import { resourceOf } from '@machinepool/api'
import type { Resource, UnknownObject } from '@machinepool/kube'
import { awsKinds } from '@machinepool/provider-aws'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { poolManifest, startLight, type Light } from './first-light/light.ts'

const awsMachinePools: Resource = resourceOf(awsKinds.find(({ kind }) => kind === 'AWSMachinePool')!)
const image = 'ami-0123456789abcdef0'
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }

let light: Light
let ec2: EC2Client
let autoScaling: AutoScalingClient

beforeAll(async () => {
  light = await startLight({ clusters: ['capa'] })
  light.aws.region().addImage({
    id: image,
    name: 'made-before',
    owner: '123456789012',
    architecture: 'x86_64',
    created: 0,
    rootDevice: '/dev/sda1',
    rootSize: 8,
    tags: [],
  })
  const configuration = { region: 'us-east-1', endpoint: light.aws.url, credentials }
  ec2 = new EC2Client(configuration)
  autoScaling = new AutoScalingClient(configuration)
})

afterAll(async () => {
  ec2.destroy()
  autoScaling.destroy()
  await light.close()
})

const members = (name: string) =>
  light
    .group(name)
    ?.members.map(({ id }) => id)
    .toSorted() ?? []

/** A group and a template with the names and tags of upstream's provider; its versions have no description. */
async function upstreamMakes(name: string, data: RequestLaunchTemplateData): Promise<void> {
  const marks = {
    Name: name,
    'kubernetes.io/cluster/capa': 'owned',
    'sigs.k8s.io/cluster-api-provider-aws/cluster/capa': 'owned',
    'sigs.k8s.io/cluster-api-provider-aws/role': 'node',
  }
  const Tags = Object.entries(marks).map(([Key, Value]) => ({ Key, Value }))
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: name,
      LaunchTemplateData: { UserData: Buffer.from('#cloud-config\n').toString('base64'), ...data },
      TagSpecifications: [{ ResourceType: 'launch-template', Tags }],
    }),
  )
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      MinSize: 0,
      MaxSize: 10,
      DesiredCapacity: 2,
      VPCZoneIdentifier: 'subnet-123',
      LaunchTemplate: { LaunchTemplateName: name, Version: '$Latest' },
      Tags: Tags.map((tag) => ({
        ...tag,
        PropagateAtLaunch: true,
        ResourceId: name,
        ResourceType: 'auto-scaling-group',
      })),
    }),
  )
  await eventually(() => expect(members(name)).toHaveLength(2))
}

test('a drifted group of upstream waits with TakeOverDrift and loses no instance; approval rolls it (R29)', async () => {
  await upstreamMakes('taken', { ImageId: image, InstanceType: 'c5.large' })
  const before = members('taken')
  await light.apply(poolManifest({ name: 'taken', replicas: 2 }))
  await light.system.client.patch(
    awsMachinePools,
    { namespace: 'default', name: 'taken' },
    { type: 'merge', body: { metadata: { annotations: { 'machinepool.dev/adopt': 'true' } } } },
  )
  await eventually(async () => expect(await light.trouble('taken', 'TakeOverDrift')).toContain('instanceType'))
  expect(members('taken')).toEqual(before)
  const infra: UnknownObject = await light.system.client.get(awsMachinePools, { namespace: 'default', name: 'taken' })
  expect(infra.metadata.annotations?.['machinepool.dev/management-id']).toBeDefined()

  await light.system.client.patch(
    awsMachinePools,
    { namespace: 'default', name: 'taken' },
    {
      type: 'merge',
      body: {
        metadata: { annotations: { 'machinepool.dev/approve-take-over': 'true' } },
        spec: { strategy: { type: 'RollingUpdate' } },
      },
    },
  )
  await eventually(() => {
    const now = members('taken')
    expect(now).toHaveLength(2)
    expect(now.filter((id) => before.includes(id))).toEqual([])
  })
})

/** The newest version of a template, which upstream's groups use. */
async function latest(LaunchTemplateName: string): Promise<ResponseLaunchTemplateData> {
  const command = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName, Versions: ['$Latest'] })
  return (await ec2.send(command)).LaunchTemplateVersions![0]!.LaunchTemplateData!
}

/** Everything for which upstream makes a new version and replaces the instances, except its annotations. */
function whatUpstreamCompares(data: ResponseLaunchTemplateData): unknown {
  const tags = data.TagSpecifications?.find(({ ResourceType }) => ResourceType === 'instance')?.Tags ?? []
  return {
    image: data.ImageId,
    type: data.InstanceType,
    profile: data.IamInstanceProfile,
    metadata: data.MetadataOptions,
    enclave: data.EnclaveOptions,
    market: data.InstanceMarketOptions,
    reservation: data.CapacityReservationSpecification,
    names: data.PrivateDnsNameOptions,
    key: data.KeyName ?? '',
    groups: data.SecurityGroupIds?.toSorted(),
    secret: tags.find(({ Key }) => Key?.endsWith('/bootstrap-data-secret'))?.Value,
  }
}

test('an equal group of upstream is taken over and could be given back: neither replaces an instance (R2, R29)', async () => {
  await light.apply(poolManifest({ name: 'model', replicas: 1 }))
  await light.running('model', 1)
  const { UserData: _own, ...data } = await latest('model')
  const renamed = JSON.parse(JSON.stringify(data).replaceAll('model', 'equal')) as RequestLaunchTemplateData
  await upstreamMakes('equal', renamed)
  const [before, made] = [members('equal'), await latest('equal')]
  await light.apply(poolManifest({ name: 'equal', replicas: 2 }))
  const body = { metadata: { annotations: { 'machinepool.dev/adopt': 'true' } } }
  const key = { namespace: 'default', name: 'equal' }
  await light.system.client.patch(awsMachinePools, key, { type: 'merge', body })
  await light.running('equal', 2)
  expect(await light.trouble('equal', 'TakeOverDrift')).toBeUndefined()
  expect(members('equal')).toEqual(before)

  // Upstream would find nothing to roll: neither in the newest version, nor in its tags, nor in where the group looks for it.
  expect(whatUpstreamCompares(await latest('equal'))).toEqual(whatUpstreamCompares(made))
  const { metadata }: UnknownObject = await light.system.client.get(awsMachinePools, key)
  expect(metadata.annotations).toHaveProperty('sigs.k8s.io/cluster-api-provider-aws-last-applied-tags')
  expect(light.group('equal')?.source).toMatchObject({ template: { LaunchTemplateName: 'equal', Version: '$Latest' } })
  const tags = light.group('equal')?.tags.map(({ Key }) => Key)
  expect(tags).toEqual(expect.arrayContaining(['sigs.k8s.io/cluster-api-provider-aws/cluster/capa', 'Name']))
  // And ours replaces nothing either when it comes back to what it has marked.
  await light.system.client.patch(awsMachinePools, key, { type: 'merge', body: { spec: { minSize: 1 } } })
  await eventually(() => expect(light.group('equal')?.min).toBe(1))
  expect(members('equal')).toEqual(before)
})

test('a second hook, as aws-node-termination-handler sets one, and ours: both complete their own', async () => {
  await light.apply(poolManifest({ name: 'twice', replicas: 2 }))
  await light.running('twice', 2)
  const theirs = { AutoScalingGroupName: 'twice', LifecycleHookName: 'nth-termination-handler' }
  await autoScaling.send(
    new PutLifecycleHookCommand({
      ...theirs,
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 300,
      DefaultResult: 'CONTINUE',
    }),
  )
  const [taken = ''] = members('twice')
  const completions = light.aws.calls.count('CompleteLifecycleAction')
  await autoScaling.send(
    new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: taken, ShouldDecrementDesiredCapacity: false }),
  )
  // Ours is completed once the Node is empty; the instance still waits for theirs.
  await eventually(() => expect(light.aws.calls.count('CompleteLifecycleAction')).toBe(completions + 1))
  expect(members('twice')).toContain(taken)
  expect(
    light
      .group('twice')
      ?.hooks.map(({ LifecycleHookName }) => LifecycleHookName)
      .toSorted(),
  ).toEqual(['machinepool-drain', 'nth-termination-handler'])
  await autoScaling.send(
    new CompleteLifecycleActionCommand({ ...theirs, InstanceId: taken, LifecycleActionResult: 'CONTINUE' }),
  )
  await eventually(() => expect(members('twice')).not.toContain(taken))
  await light.running('twice', 2)
  // Ours was completed once: what waited for theirs was not ours to complete.
  expect(light.aws.calls.count('CompleteLifecycleAction')).toBe(completions + 2)
})
