import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  PutLifecycleHookCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling'
import { CreateLaunchTemplateCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { createManualClock, type ManualClock } from '@machinepool/runtime/testing'
import { createAwsSimulator, type AwsSimulator, type Image } from '@machinepool/simulator'
import { afterEach, beforeEach, expect, test } from 'vitest'

interface Cloud {
  readonly aws: AwsSimulator
  readonly clock: ManualClock
  readonly autoScaling: AutoScalingClient
  readonly ec2: EC2Client
}

const image: Image = {
  id: 'ami-0123456789abcdef0',
  name: 'own',
  owner: '123456789012',
  architecture: 'x86_64',
  created: 0,
  rootDevice: '/dev/sda1',
  rootSize: 8,
  tags: [],
}
const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' }
let folder: string
let clouds: Cloud[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-'))
  clouds = []
})

afterEach(async () => {
  for (const { aws, autoScaling, ec2 } of clouds) {
    autoScaling.destroy()
    ec2.destroy()
    await aws.close()
  }
  rmSync(folder, { recursive: true })
})

async function start(file: string): Promise<Cloud> {
  const clock = createManualClock()
  const aws = await createAwsSimulator({ clock, stateFile: join(folder, file) })
  const client = { endpoint: aws.url, region: 'us-east-1', credentials, maxAttempts: 1 }
  const cloud = { aws, clock, autoScaling: new AutoScalingClient(client), ec2: new EC2Client(client) }
  clouds.push(cloud)
  return cloud
}

/** What a process killed at this moment leaves behind, opened by the next one. */
async function killAndRestart(file: string, next: string): Promise<Cloud> {
  for (const suffix of ['', '-wal']) {
    if (existsSync(join(folder, file + suffix))) copyFileSync(join(folder, file + suffix), join(folder, next + suffix))
  }
  return start(next)
}

async function createGroup({ aws, autoScaling, ec2 }: Cloud) {
  aws.region().addImage(image)
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'pool',
      LaunchTemplateData: { ImageId: image.id, InstanceType: 'm5.large' },
    }),
  )
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: 'pool',
      MinSize: 0,
      MaxSize: 3,
      DesiredCapacity: 2,
      VPCZoneIdentifier: 'subnet-123',
      LaunchTemplate: { LaunchTemplateName: 'pool' },
    }),
  )
}

async function members({ autoScaling }: Cloud): Promise<readonly string[]> {
  const { AutoScalingGroups: [group] = [] } = await autoScaling.send(new DescribeAutoScalingGroupsCommand({}))
  return (group?.Instances ?? []).map(({ InstanceId: id, LifecycleState: state }) => `${id} ${state}`).toSorted()
}

test('a group that was acknowledged is there after a crash, and goes on launching', async () => {
  const before = await start('one')
  await createGroup(before)

  const after = await killAndRestart('one', 'two')

  expect(await members(after)).toEqual([])
  await after.clock.advance(5000)
  expect(await members(after)).toEqual([
    expect.stringMatching(/^i-\w{17} InService$/),
    expect.stringMatching(/^i-\w{17} InService$/),
  ])
  expect(after.aws.region().launchTemplates()).toHaveLength(1)
})

test('instances, and the address and id counters, go on where they were', async () => {
  const before = await start('one')
  await createGroup(before)
  await before.clock.advance(5000)
  const known = before.aws.region().instances()
  await before.autoScaling.send(new DescribeAutoScalingGroupsCommand({}))

  const after = await killAndRestart('one', 'two')
  expect(after.aws.region().instances()).toEqual(known)
  await after.autoScaling.send(
    new TerminateInstanceInAutoScalingGroupCommand({
      InstanceId: known[0]!.id,
      ShouldDecrementDesiredCapacity: false,
    }),
  )
  await after.clock.advance(10_000)

  const { Reservations: reservations = [] } = await after.ec2.send(new DescribeInstancesCommand({}))
  const all = reservations.flatMap(({ Instances: instances = [] }) => instances)
  expect(new Set(all.map(({ InstanceId: id }) => id)).size).toBe(3)
  expect(
    new Set(
      after.aws
        .region()
        .instances()
        .map(({ privateIp }) => privateIp),
    ).size,
  ).toBe(3)
})

test('a shutdown under way is finished, and a held termination is still held', async () => {
  const before = await start('one')
  await createGroup(before)
  await before.clock.advance(5000)
  const [first, second] = before.aws
    .region()
    .instances()
    .map(({ id }) => id)
  const remove = (id: string) =>
    before.autoScaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: id, ShouldDecrementDesiredCapacity: true }),
    )
  await remove(first!)
  await before.autoScaling.send(
    new PutLifecycleHookCommand({
      AutoScalingGroupName: 'pool',
      LifecycleHookName: 'drain',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
    }),
  )
  await remove(second!)

  const after = await killAndRestart('one', 'two')
  await after.clock.advance(5000)
  expect(await members(after)).toEqual([`${second} Terminating:Wait`])
  await after.autoScaling.send(
    new CompleteLifecycleActionCommand({
      AutoScalingGroupName: 'pool',
      LifecycleHookName: 'drain',
      InstanceId: second!,
      LifecycleActionResult: 'CONTINUE',
    }),
  )
  await after.clock.advance(5000)
  expect(await members(after)).toEqual([])
  expect(
    after.aws
      .region()
      .instances()
      .map(({ state }) => state),
  ).toEqual(['terminated', 'terminated'])
})
