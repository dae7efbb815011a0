import { readFileSync } from 'node:fs'

import { createAwsProvider } from '@machinepool/provider-aws'
import { afterEach, expect, test } from 'vitest'

import { bootstrapOf, desiredOf, ioOf, poolOf } from './pool.ts'
import { AwsRefusal, endReplay, replayAws, type Script } from './replayed-aws.ts'

afterEach(endReplay)

const name = 'c7n.asg.failure'
const arn = `arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1b2c:autoScalingGroupName/${name}`
const activities = JSON.parse(
  readFileSync(new URL('recordings/launch-failure.json', import.meta.url), 'utf8'),
) as object

/** A recorded group of ours that has none of the instances it wants. */
const script: Script = {
  DescribeAutoScalingGroups: () => ({
    AutoScalingGroups: [
      {
        AutoScalingGroupName: name,
        AutoScalingGroupARN: arn,
        MinSize: 0,
        MaxSize: 10,
        DesiredCapacity: 1,
        Instances: [],
      },
    ],
  }),
  DescribeLaunchTemplates: () => ({ LaunchTemplates: [] }),
  DescribeLifecycleHooks: () => ({ LifecycleHooks: [] }),
  DescribeScalingActivities: () => activities,
  SetDesiredCapacity: () =>
    new AwsRefusal(
      400,
      'ScalingActivityInProgress',
      'Scaling activity b065594a-1c39-4c9a-8e5a-562c6b103df2 is in progress and blocks this action.',
    ),
}

const pool = poolOf({}, { recorded: { providerID: arn } })

test('why instances do not come is read from recorded activities, once they are missing for a while', async () => {
  const aws = replayAws(script)
  const provider = createAwsProvider({ credentials: { accessKeyId: 'a', secretAccessKey: 's' } })
  let now = Date.UTC(2030, 0, 1)
  const { clock } = ioOf()
  const io = ioOf({ clock: { ...clock, now: () => now } })
  expect((await provider.machinePool.observe(pool, io)).problems).toEqual([])
  now += 60_000
  const { problems } = await provider.machinePool.observe(pool, io)
  expect(problems).toEqual([
    {
      code: 'Internal',
      reason: 'LaunchFailed',
      message:
        'Security group sg-af3c10d2 and subnet subnet-0ffe2c33 belong to different networks. Launching EC2 instance failed.',
      zone: 'us-east-1e',
      since: Date.parse('2017-01-03T17:32:20.581Z'),
    },
  ])
  expect(aws.operations().filter((operation) => operation === 'DescribeScalingActivities')).toHaveLength(1)
  expect(aws.mistakes()).toEqual([])
  await provider.close()
})

test('a recorded refusal while a scaling activity runs is InProgress', async () => {
  replayAws(script)
  const provider = createAwsProvider({ credentials: { accessKeyId: 'a', secretAccessKey: 's' } })
  const { machinePool } = provider
  const io = ioOf()
  const observed = await machinePool.observe(pool, io)
  const resolved = await machinePool.resolve(pool, observed, io)
  const revision = machinePool.revision(pool, resolved, bootstrapOf())
  const resize = machinePool
    .plan(desiredOf(pool, resolved, revision, { size: 3 }), observed)
    .find(({ type }) => type === 'Resize')
  await expect(machinePool.execute(pool, resize!, io)).rejects.toMatchObject({ code: 'InProgress' })
  await provider.close()
})
