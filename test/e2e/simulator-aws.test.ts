import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
  DeleteLifecycleHookCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  DescribeScalingActivitiesCommand,
  DescribeWarmPoolCommand,
  EnterStandbyCommand,
  ExitStandbyCommand,
  PutLifecycleHookCommand,
  PutWarmPoolCommand,
  RecordLifecycleActionHeartbeatCommand,
  SetDesiredCapacityCommand,
  SetInstanceProtectionCommand,
  StartInstanceRefreshCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
  type CreateAutoScalingGroupCommandInput,
  type DescribeAutoScalingGroupsCommandOutput,
  type StartInstanceRefreshCommandInput,
} from '@aws-sdk/client-auto-scaling'
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  TerminateInstancesCommand,
  type RequestLaunchTemplateData,
} from '@aws-sdk/client-ec2'
import { createManualClock, type ManualClock } from '@machinepool/runtime/testing'
import { createAwsSimulator, type AwsSimulator, type AwsSimulatorOptions } from '@machinepool/simulator'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const seconds = 1000
let clock: ManualClock
let aws: AwsSimulator
let autoScaling: AutoScalingClient
let ec2: EC2Client

const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' }

async function start(options: AwsSimulatorOptions = {}) {
  clock = createManualClock()
  aws = await createAwsSimulator({ clock, ...options })
  const client = { endpoint: aws.url, region: 'us-east-1', credentials, maxAttempts: 1 }
  autoScaling = new AutoScalingClient(client)
  ec2 = new EC2Client(client)
}

beforeEach(() => start())

afterEach(async () => {
  autoScaling.destroy()
  ec2.destroy()
  await aws.close()
})

async function restart(options: AwsSimulatorOptions) {
  autoScaling.destroy()
  ec2.destroy()
  await aws.close()
  await start(options)
}

async function imageId(name = 'capa-ami-ubuntu-24.04-?1.31.0-*'): Promise<string> {
  const filters = { name, architecture: 'x86_64', state: 'available', 'virtualization-type': 'hvm' }
  const { Images: images = [] } = await ec2.send(
    new DescribeImagesCommand({
      Owners: ['819546954734'],
      Filters: Object.entries(filters).map(([key, value]) => ({ Name: key, Values: [value] })),
    }),
  )
  expect(images).toHaveLength(1)
  return images[0]!.ImageId!
}

async function createTemplate(data: RequestLaunchTemplateData = {}) {
  const { LaunchTemplate: template } = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'pool',
      LaunchTemplateData: { ImageId: await imageId(), InstanceType: 'm5.large', ...data },
    }),
  )
  return template!.LaunchTemplateId!
}

async function addVersion() {
  const { LaunchTemplateVersion: version } = await ec2.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateName: 'pool',
      LaunchTemplateData: { ImageId: await imageId('capa-ami-ubuntu-24.04-?1.32.0-*'), InstanceType: 'm5.large' },
    }),
  )
  return String(version!.VersionNumber)
}

async function createGroup(input: Partial<CreateAutoScalingGroupCommandInput> = {}) {
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: 'pool',
      MinSize: 0,
      MaxSize: 10,
      DesiredCapacity: 3,
      LaunchTemplate: { LaunchTemplateName: 'pool', Version: '$Latest' },
      VPCZoneIdentifier: 'subnet-123',
      ...input,
    }),
  )
}

async function describeGroup() {
  const answer = await autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['pool'] }))
  return answer.AutoScalingGroups?.[0]
}

async function instances() {
  return (await describeGroup())?.Instances ?? []
}

async function states() {
  return (await instances()).map(({ LifecycleState: state }) => state)
}

function sorted(values: readonly (string | undefined)[]) {
  return values.map(String).toSorted((a, b) => (a < b ? -1 : 1))
}

async function failure(act: Promise<unknown>): Promise<string> {
  const error: unknown = await act.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return (error as Error | undefined)?.name ?? 'no error'
}

const hook = (transition: 'LAUNCHING' | 'TERMINATING', more = {}) =>
  new PutLifecycleHookCommand({
    AutoScalingGroupName: 'pool',
    LifecycleHookName: 'hold',
    LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
    ...more,
  })

const complete = (id: string, result = 'CONTINUE') =>
  new CompleteLifecycleActionCommand({
    AutoScalingGroupName: 'pool',
    LifecycleHookName: 'hold',
    InstanceId: id,
    LifecycleActionResult: result,
  })

const terminate = (id: string, decrement: boolean) =>
  new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: id, ShouldDecrementDesiredCapacity: decrement })

describe('size', () => {
  test('a group launches what it wants, spread over its zones, and shrinks again', async () => {
    await createTemplate()
    await createGroup({ VPCZoneIdentifier: 'subnet-123,subnet-456,subnet-789' })
    await clock.advance(5 * seconds)
    expect(await states()).toEqual(['InService', 'InService', 'InService'])
    expect(new Set((await instances()).map(({ AvailabilityZone: zone }) => zone)).size).toBe(3)

    await autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'pool', DesiredCapacity: 1 }))
    await clock.advance(5 * seconds)
    expect(await states()).toEqual(['InService'])
    const described = await ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['terminated'] }] }),
    )
    expect(described.Reservations).toHaveLength(2)
  })

  test('exactly the named instance goes, with or without a successor', async () => {
    await createTemplate()
    await createGroup()
    await clock.advance(5 * seconds)
    const [first, second, third] = (await instances()).map(({ InstanceId: id }) => id!)
    await autoScaling.send(terminate(second!, true))
    await clock.advance(5 * seconds)
    expect((await instances()).map(({ InstanceId: id }) => id)).toEqual([first, third])
    await autoScaling.send(terminate(first!, false))
    await clock.advance(5 * seconds)
    const left = (await instances()).map(({ InstanceId: id }) => id)
    expect(left).toHaveLength(2)
    expect(left).not.toContain(first)
  })

  test('zones are evened out again: the new instance comes first', async () => {
    await createTemplate()
    await createGroup({ VPCZoneIdentifier: 'subnet-123', DesiredCapacity: 4 })
    await clock.advance(5 * seconds)
    await autoScaling.send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: 'pool', VPCZoneIdentifier: 'subnet-123,subnet-456' }),
    )
    let most = 0
    let fewest = Infinity
    for (let step = 0; step < 40; step++) {
      await clock.advance(500)
      const all = await states()
      fewest = Math.min(fewest, all.filter((state) => state === 'InService').length)
      most = Math.max(most, all.filter((state) => !state!.startsWith('Terminating')).length)
    }
    const zones = sorted((await instances()).map(({ AvailabilityZone: zone }) => zone))
    expect(zones).toEqual(['us-east-1a', 'us-east-1a', 'us-east-1b', 'us-east-1b'])
    expect(fewest).toBe(4)
    expect(most).toBe(5)
  })

  test('protected instances stay, and suspended processes do nothing', async () => {
    await createTemplate()
    await createGroup({ DesiredCapacity: 2 })
    await clock.advance(5 * seconds)
    const ids = (await instances()).map(({ InstanceId: id }) => id!)
    await autoScaling.send(
      new SetInstanceProtectionCommand({
        AutoScalingGroupName: 'pool',
        InstanceIds: [ids[0]!],
        ProtectedFromScaleIn: true,
      }),
    )
    await autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'pool', DesiredCapacity: 0 }))
    await clock.advance(5 * seconds)
    expect((await instances()).map(({ InstanceId: id }) => id)).toEqual([ids[0]])

    await autoScaling.send(new SuspendProcessesCommand({ AutoScalingGroupName: 'pool', ScalingProcesses: ['Launch'] }))
    await autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'pool', DesiredCapacity: 5 }))
    await clock.advance(60 * seconds)
    expect(await states()).toEqual(['InService'])
  })

  test('an instance that fails is replaced', async () => {
    await createTemplate()
    await createGroup({ DesiredCapacity: 1 })
    await clock.advance(5 * seconds)
    const [before] = await instances()
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [before!.InstanceId!] }))
    await clock.advance(15 * seconds)
    const [after, ...others] = await instances()
    expect(others).toEqual([])
    expect(after!.InstanceId).not.toBe(before!.InstanceId)
    expect(after!.LifecycleState).toBe('InService')
  })

  test('instances in standby are outside the capacity', async () => {
    await createTemplate()
    await createGroup({ DesiredCapacity: 2 })
    await clock.advance(5 * seconds)
    const ids = [(await instances())[0]!.InstanceId!]
    const group = { AutoScalingGroupName: 'pool', InstanceIds: ids }
    await autoScaling.send(new EnterStandbyCommand({ ...group, ShouldDecrementDesiredCapacity: true }))
    await clock.advance(5 * seconds)
    expect([sorted(await states()), (await describeGroup())?.DesiredCapacity]).toEqual([['InService', 'Standby'], 1])
    await autoScaling.send(new ExitStandbyCommand(group))
    await clock.advance(5 * seconds)
    expect([await states(), (await describeGroup())?.DesiredCapacity]).toEqual([['InService', 'InService'], 2])
  })

  test('a warm pool keeps stopped instances, which are used first', async () => {
    await createTemplate()
    await createGroup({ DesiredCapacity: 1 })
    await autoScaling.send(new PutWarmPoolCommand({ AutoScalingGroupName: 'pool', MaxGroupPreparedCapacity: 3 }))
    await clock.advance(10 * seconds)
    const warm = async () => {
      const answer = await autoScaling.send(new DescribeWarmPoolCommand({ AutoScalingGroupName: 'pool' }))
      return answer.Instances ?? []
    }
    expect((await warm()).map(({ LifecycleState: state }) => state)).toEqual(['Warmed:Stopped', 'Warmed:Stopped'])
    const [first] = await warm()
    await autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'pool', DesiredCapacity: 2 }))
    await clock.advance(10 * seconds)
    expect((await instances()).map(({ InstanceId: id }) => id)).toContain(first!.InstanceId)
    expect(await warm()).toHaveLength(1)
  })
})

describe('lifecycle hooks', () => {
  test('hold an instance that is to go until the action is completed', async () => {
    await createTemplate()
    await createGroup({ DesiredCapacity: 1 })
    await autoScaling.send(hook('TERMINATING'))
    await clock.advance(5 * seconds)
    const [{ InstanceId: id } = {}] = await instances()
    await autoScaling.send(terminate(id!, true))
    await clock.advance(60 * seconds)
    expect(await states()).toEqual(['Terminating:Wait'])
    expect(await failure(autoScaling.send(terminate(id!, true)))).toBe('ScalingActivityInProgressFault')
    await autoScaling.send(complete(id!))
    expect(await states()).toEqual(['Terminating:Proceed'])
    await clock.advance(5 * seconds)
    expect(await instances()).toEqual([])
  })

  test('end by their time-out, which heartbeats put off', async () => {
    await createTemplate()
    await createGroup({ DesiredCapacity: 1 })
    await autoScaling.send(hook('TERMINATING', { HeartbeatTimeout: 60 }))
    await clock.advance(5 * seconds)
    const [{ InstanceId: id } = {}] = await instances()
    await autoScaling.send(terminate(id!, true))
    for (let beat = 0; beat < 3; beat++) {
      await clock.advance(45 * seconds)
      await autoScaling.send(
        new RecordLifecycleActionHeartbeatCommand({
          AutoScalingGroupName: 'pool',
          LifecycleHookName: 'hold',
          InstanceId: id!,
        }),
      )
    }
    expect(await states()).toEqual(['Terminating:Wait'])
    await clock.advance(65 * seconds)
    expect(await instances()).toEqual([])
    expect(await failure(autoScaling.send(complete(id!)))).toBe('ValidationError')
  })

  test('give a launch up when abandoned, and another one follows', async () => {
    await createTemplate()
    await createGroup({ DesiredCapacity: 0 })
    await autoScaling.send(hook('LAUNCHING'))
    await autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'pool', DesiredCapacity: 1 }))
    await clock.advance(5 * seconds)
    expect(await states()).toEqual(['Pending:Wait'])
    const [{ InstanceId: first } = {}] = await instances()
    await autoScaling.send(complete(first!, 'ABANDON'))
    await clock.advance(5 * seconds)
    const [{ InstanceId: second } = {}] = await instances()
    expect(second).not.toBe(first)
    await autoScaling.send(complete(second!))
    expect(await states()).toEqual(['InService'])
  })

  test('let go of who waits when they are deleted', async () => {
    await createTemplate()
    await createGroup({ DesiredCapacity: 1 })
    await autoScaling.send(hook('TERMINATING'))
    await clock.advance(5 * seconds)
    const [{ InstanceId: id } = {}] = await instances()
    await autoScaling.send(terminate(id!, true))
    await autoScaling.send(new DeleteLifecycleHookCommand({ AutoScalingGroupName: 'pool', LifecycleHookName: 'hold' }))
    await clock.advance(5 * seconds)
    expect(await instances()).toEqual([])
  })
})

async function startRefresh(preferences: StartInstanceRefreshCommandInput['Preferences']) {
  await autoScaling.send(
    new StartInstanceRefreshCommand({
      AutoScalingGroupName: 'pool',
      ...(preferences && { Preferences: preferences }),
    }),
  )
}

async function currentRefresh() {
  const answer = await autoScaling.send(new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: 'pool' }))
  return answer.InstanceRefreshes![0]!
}

async function versions() {
  return (await instances()).map(({ LaunchTemplate: template }) => template!.Version)
}

/** Goes on until the refresh is over; the fewest and most instances that were in service on the way. */
async function watchRefresh() {
  const seen = { fewest: Infinity, most: 0 }
  for (let step = 0; step < 600; step++) {
    await clock.advance(500)
    const all = await states()
    seen.fewest = Math.min(seen.fewest, all.filter((state) => state === 'InService').length)
    seen.most = Math.max(seen.most, all.filter((state) => !state!.startsWith('Terminating')).length)
    if (!['Pending', 'InProgress'].includes((await currentRefresh()).Status!)) return seen
  }
  throw new Error(`the refresh did not end: ${JSON.stringify(await currentRefresh())}`)
}

describe('instance refresh', () => {
  test.each([
    { preferences: { MinHealthyPercentage: 75, InstanceWarmup: 1 }, fewest: 3, most: 4 },
    { preferences: { MinHealthyPercentage: 50, InstanceWarmup: 1 }, fewest: 2, most: 4 },
    { preferences: { MinHealthyPercentage: 100, MaxHealthyPercentage: 150, InstanceWarmup: 1 }, fewest: 4, most: 6 },
  ])('replaces every instance within $preferences', async ({ preferences, fewest, most }) => {
    await createTemplate()
    await createGroup({ DesiredCapacity: 4 })
    await clock.advance(5 * seconds)
    await addVersion()
    await startRefresh(preferences)
    expect(await watchRefresh()).toEqual({ fewest, most })
    expect(await currentRefresh()).toMatchObject({
      Status: 'Successful',
      PercentageComplete: 100,
      InstancesToUpdate: 0,
    })
    await clock.advance(5 * seconds)
    expect(await versions()).toEqual(['2', '2', '2', '2'])
  })

  test('leaves instances alone that match already, and refuses a second one meanwhile', async () => {
    await createTemplate()
    await createGroup({ DesiredCapacity: 2 })
    await clock.advance(5 * seconds)
    const before = await instances()
    await startRefresh({ SkipMatching: true })
    expect(await failure(startRefresh({}))).toBe('InstanceRefreshInProgressFault')
    await watchRefresh()
    expect((await currentRefresh()).Status).toBe('Successful')
    expect(await instances()).toEqual(before)
  })

  test('waits at a checkpoint', async () => {
    await createTemplate()
    await createGroup({ DesiredCapacity: 4 })
    await clock.advance(5 * seconds)
    await addVersion()
    await startRefresh({
      MinHealthyPercentage: 50,
      InstanceWarmup: 0,
      CheckpointPercentages: [50, 100],
      CheckpointDelay: 600,
    })
    await clock.advance(60 * seconds)
    expect(sorted(await versions())).toEqual(['1', '1', '2', '2'])
    expect((await currentRefresh()).PercentageComplete).toBe(50)
    await clock.advance(620 * seconds)
    expect(await versions()).toEqual(['2', '2', '2', '2'])
  })
})

describe('what goes wrong', () => {
  test('bad requests are refused with the codes of AWS', async () => {
    expect(await failure(createGroup())).toBe('ValidationError')
    await createTemplate()
    expect(await failure(createTemplate())).toBe('InvalidLaunchTemplateName.AlreadyExistsException')
    expect(await failure(createGroup({ MinSize: 5, MaxSize: 1 }))).toBe('ValidationError')
    expect(await failure(createGroup({ VPCZoneIdentifier: 'subnet-none' }))).toBe('ValidationError')
    await createGroup()
    expect(await failure(createGroup())).toBe('AlreadyExistsFault')
    const set = new SetDesiredCapacityCommand({ AutoScalingGroupName: 'pool', DesiredCapacity: 11 })
    expect(await failure(autoScaling.send(set))).toBe('ValidationError')
    await clock.advance(5 * seconds)
    const remove = new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: 'pool' })
    expect(await failure(autoScaling.send(remove))).toBe('ResourceInUseFault')
    const gone = new DeleteLaunchTemplateCommand({ LaunchTemplateName: 'none' })
    expect(await failure(ec2.send(gone))).toBe('InvalidLaunchTemplateName.NotFoundException')
    const version = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'pool', Versions: ['7'] })
    expect(await failure(ec2.send(version))).toBe('InvalidLaunchTemplateId.VersionNotFound')
  })

  test('a zone without capacity is a failed activity, and the group tries again', async () => {
    aws.region().capacity.limit('m5.large', '*', 1)
    await createTemplate()
    await createGroup({ DesiredCapacity: 2 })
    await clock.advance(5 * seconds)
    expect(await states()).toEqual(['InService'])
    const { Activities: activities = [] } = await autoScaling.send(
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName: 'pool' }),
    )
    expect(activities[0]?.StatusCode).toBe('Failed')
    expect(activities[0]?.StatusMessage).toContain('We currently do not have sufficient m5.large capacity')
    aws.region().capacity.unlimit('m5.large', '*')
    await clock.advance(60 * seconds)
    expect(await states()).toEqual(['InService', 'InService'])
  })

  test('deleting a group by force leaves nothing', async () => {
    await createTemplate()
    await createGroup()
    await autoScaling.send(hook('TERMINATING'))
    await clock.advance(5 * seconds)
    await autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: 'pool', ForceDelete: true }))
    expect((await describeGroup())?.Status).toBe('Delete in progress')
    await clock.advance(5 * seconds)
    expect(await describeGroup()).toBeUndefined()
    expect(
      aws
        .region()
        .instances()
        .every(({ state }) => state === 'terminated'),
    ).toBe(true)
  })

  test('listings are behind writes by the lag', async () => {
    await restart({ lag: 5 * seconds })
    await createTemplate()
    expect(await failure(createGroup())).toBe('no error')
    expect(await describeGroup()).toBeUndefined()
    await clock.advance(5 * seconds)
    expect((await describeGroup())?.Instances).toEqual([])
    await clock.advance(5 * seconds)
    expect(await states()).toEqual(['InService', 'InService', 'InService'])
  })

  test('faults hit the calls they name, as often as they say, and after the work when they say so', async () => {
    await createTemplate()
    aws.faults.add({ operation: 'autoscaling:DescribeAutoScalingGroups', error: 'Throttling', times: 1 })
    aws.faults.add({ operation: 'CreateAutoScalingGroup', error: 'InternalError', times: 1, phase: 'after' })
    aws.faults.add({ operation: 'ec2:*', error: 'ExpiredToken', until: clock.now() + 60 * seconds })
    expect(await failure(createGroup())).toBe('InternalFailure')
    expect(await failure(describeGroup())).toBe('Throttling')
    expect((await describeGroup())?.AutoScalingGroupName).toBe('pool')
    expect(await failure(ec2.send(new DescribeInstancesCommand({})))).toBe('RequestExpired')
    await clock.advance(60 * seconds)
    expect(await failure(ec2.send(new DescribeInstancesCommand({})))).toBe('no error')
    expect(aws.calls.counts()).toEqual({
      'autoscaling:CreateAutoScalingGroup': 1,
      'autoscaling:DescribeAutoScalingGroups': 2,
      'ec2:CreateLaunchTemplate': 1,
      'ec2:DescribeImages': 1,
      'ec2:DescribeInstances': 2,
    })
  })

  test('too many calls in a row are throttled', async () => {
    await restart({ rates: { 'ec2:DescribeInstances': { perSecond: 1, burst: 2 } } })
    expect([
      await failure(ec2.send(new DescribeInstancesCommand({}))),
      await failure(ec2.send(new DescribeInstancesCommand({}))),
      await failure(ec2.send(new DescribeInstancesCommand({}))),
    ]).toEqual(['no error', 'no error', 'RequestLimitExceeded'])
    await clock.advance(1 * seconds)
    expect(await failure(ec2.send(new DescribeInstancesCommand({})))).toBe('no error')
  })

  test('credentials that stopped working are refused by every service in its words', async () => {
    aws.credentials.set(credentials.accessKeyId, 'denied')
    expect(await failure(describeGroup())).toBe('AccessDenied')
    expect(await failure(ec2.send(new DescribeInstancesCommand({})))).toBe('UnauthorizedOperation')
    aws.credentials.set(credentials.accessKeyId, 'expired')
    expect(await failure(describeGroup())).toBe('ExpiredToken')
  })

  test('a spot instance that is taken back is replaced beforehand when the group rebalances its capacity', async () => {
    await createTemplate({ InstanceMarketOptions: { MarketType: 'spot' } })
    await createGroup({ DesiredCapacity: 1, CapacityRebalance: true })
    await clock.advance(5 * seconds)
    const [{ InstanceId: id } = {}] = await instances()
    aws.region().interruptSpotInstance(id!)
    await clock.advance(10 * seconds)
    const left = await instances()
    expect(left.map(({ InstanceId: other }) => other)).not.toContain(id)
    expect(left.map(({ LifecycleState: state }) => state)).toEqual(['InService'])
  })
})

test('listings come in pages', async () => {
  await createTemplate()
  for (let index = 0; index < 5; index++)
    await createGroup({ AutoScalingGroupName: `pool-${index}`, DesiredCapacity: 0 })
  const names: (string | undefined)[] = []
  let token: string | undefined
  let pages = 0
  do {
    const answer: DescribeAutoScalingGroupsCommandOutput = await autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ MaxRecords: 2, NextToken: token }),
    )
    names.push(...answer.AutoScalingGroups!.map(({ AutoScalingGroupName: name }) => name))
    token = answer.NextToken
    pages++
  } while (token !== undefined)
  expect([pages, names]).toEqual([3, ['pool-0', 'pool-1', 'pool-2', 'pool-3', 'pool-4']])
})
