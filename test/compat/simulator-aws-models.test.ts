import { existsSync, readFileSync } from 'node:fs'

import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeInstanceRefreshesCommand,
  DescribeLifecycleHooksCommand,
  DescribeScalingActivitiesCommand,
  DescribeTagsCommand,
  DescribeWarmPoolCommand,
  PutWarmPoolCommand,
  StartInstanceRefreshCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling'
import {
  CreateLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstanceTypesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  TerminateInstancesCommand,
  type DescribeInstanceTypesCommandOutput,
} from '@aws-sdk/client-ec2'
import { createManualClock } from '@machinepool/runtime/testing'
import { createAwsSimulator } from '@machinepool/simulator'
import { describe, expect, test } from 'vitest'

import { departures, modelsFolder, readAwsModel, type AwsModel } from './aws-model.ts'

const published = existsSync(modelsFolder)

test('the published models are there to compare with, or this is not CI', async ({ annotate }) => {
  if (!published) await annotate(`${modelsFolder.pathname} is missing: the simulated AWS was not compared with it`)
  expect(published || process.env['CI'] !== 'true', `${modelsFolder.pathname} is missing`).toBe(true)
})

interface Checked {
  /** Operations whose answers were looked at. */
  readonly seen: Set<string>
  readonly departures: string[]
}

/** Compares every answer a client gets, as the SDK has parsed it, with the model. */
function check(client: AutoScalingClient | EC2Client, model: AwsModel, checked: Checked) {
  // The stacks of the two clients differ in their types only.
  const stack = client.middlewareStack as AutoScalingClient['middlewareStack']
  stack.add(
    (next, context) => async (args) => {
      const result = await next(args)
      const operation = String(context['commandName']).replace(/Command$/, '')
      const { $metadata: _metadata, ...output } = result.output as unknown as { $metadata: unknown }
      const shape = model.operations[operation]?.output?.shape
      checked.seen.add(operation)
      if (shape) checked.departures.push(...departures(model, shape, output, operation))
      return result
    },
    { step: 'initialize', name: 'compareWithModel' },
  )
}

describe.each(published ? [['the published models']] : [])('the simulated AWS answers as %s say', () => {
  test('through the life of a pool', async () => {
    const clock = createManualClock()
    const aws = await createAwsSimulator({ clock })
    const options = {
      endpoint: aws.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' },
    }
    const autoScaling = new AutoScalingClient(options)
    const ec2 = new EC2Client(options)
    const checked: Checked = { seen: new Set(), departures: [] }
    check(autoScaling, readAwsModel('autoscaling-2011-01-01.service-2.nodoc.json'), checked)
    check(ec2, readAwsModel('ec2-2016-11-15.service-2.trimmed-nodoc.json'), checked)
    try {
      await live(autoScaling, ec2, (ms) => clock.advance(ms))
    } finally {
      autoScaling.destroy()
      ec2.destroy()
      await aws.close()
    }
    expect(checked.departures).toEqual([])
    expect(checked.seen.size).toBe(24)
  })

  test.each([
    ['autoscaling', 'autoscaling-2011-01-01.service-2.nodoc.json'],
    ['ec2', 'ec2-2016-11-15.service-2.trimmed-nodoc.json'],
  ])('the shapes it uses for %s are the published ones', (service, file) => {
    const own = JSON.parse(
      readFileSync(
        new URL(`../../packages/simulator/src/aws/services/${service}/${service}.model.json`, import.meta.url),
        'utf8',
      ),
    ) as AwsModel
    const model = readAwsModel(file)
    const names = Object.keys(own.shapes).filter((name) => name in model.shapes)
    expect(names.length).toBeGreaterThan(100)
    for (const name of names) expect([name, members(own, name)]).toEqual([name, members(model, name)])
  })
})

function members(model: AwsModel, shape: string): string[] {
  return Object.keys(model.shapes[shape]?.members ?? {})
}

/** Calls each reading operation while there is something of every kind to show. */
async function live(autoScaling: AutoScalingClient, ec2: EC2Client, advance: (ms: number) => Promise<void>) {
  const group = { AutoScalingGroupName: 'pool' }
  const { Images: images } = await ec2.send(
    new DescribeImagesCommand({ Filters: [{ Name: 'name', Values: ['capa-ami-ubuntu-24.04-?1.31.0-*'] }] }),
  )
  const image = images!.find(({ Architecture: architecture }) => architecture === 'x86_64')!.ImageId!
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'pool',
      LaunchTemplateData: {
        ImageId: image,
        InstanceType: 'm5.large',
        KeyName: 'any',
        UserData: 'aGVsbG8=',
        SecurityGroupIds: ['sg-node'],
        IamInstanceProfile: { Name: 'nodes' },
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
        BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: 20, VolumeType: 'gp3', Encrypted: true } }],
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: 'b' }] }],
      },
    }),
  )
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      ...group,
      MinSize: 0,
      MaxSize: 5,
      DesiredCapacity: 2,
      LaunchTemplate: { LaunchTemplateName: 'pool', Version: '1' },
      VPCZoneIdentifier: 'subnet-123,subnet-456',
      Tags: [{ Key: 'a', Value: 'b', PropagateAtLaunch: true }],
      LifecycleHookSpecificationList: [
        {
          LifecycleHookName: 'hold',
          LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
          HeartbeatTimeout: 60,
        },
      ],
    }),
  )
  await autoScaling.send(new PutWarmPoolCommand({ ...group, MinSize: 1 }))
  await advance(10_000)
  await autoScaling.send(new StartInstanceRefreshCommand({ ...group, Preferences: { MinHealthyPercentage: 50 } }))
  await advance(5_000)
  const { AutoScalingGroups: groups } = await autoScaling.send(new DescribeAutoScalingGroupsCommand({}))
  const free = groups![0]!.Instances!.find(({ LifecycleState: state }) => state === 'InService')!
  await autoScaling.send(
    new TerminateInstanceInAutoScalingGroupCommand({
      InstanceId: free.InstanceId,
      ShouldDecrementDesiredCapacity: true,
    }),
  )
  await autoScaling.send(new DescribeAutoScalingInstancesCommand({}))
  await autoScaling.send(new DescribeScalingActivitiesCommand(group))
  await autoScaling.send(new DescribeInstanceRefreshesCommand(group))
  await autoScaling.send(new DescribeLifecycleHooksCommand(group))
  await autoScaling.send(new DescribeTagsCommand({}))
  await autoScaling.send(new DescribeWarmPoolCommand(group))
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [free.InstanceId!] }))
  await ec2.send(new DescribeInstancesCommand({}))
  await ec2.send(new DescribeInstanceStatusCommand({ IncludeAllInstances: true }))
  let token: string | undefined
  do {
    const types: DescribeInstanceTypesCommandOutput = await ec2.send(
      new DescribeInstanceTypesCommand({ NextToken: token }),
    )
    token = types.NextToken
  } while (token !== undefined)
  await ec2.send(new DescribeLaunchTemplatesCommand({}))
  await ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'pool' }))
  await ec2.send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateName: 'pool', Versions: ['1', '9'] }))
  await ec2.send(new DescribeSubnetsCommand({}))
  await ec2.send(new DescribeVpcsCommand({}))
  await ec2.send(new DescribeSecurityGroupsCommand({}))
  await ec2.send(new DescribeAvailabilityZonesCommand({}))
}
