import { createAwsProvider } from '@machinepool/provider-aws'
import { afterEach, describe, expect, test } from 'vitest'

import { bootstrapOf, desiredOf, ioOf, poolOf } from './pool.ts'
import { AwsRefusal, endReplay, replayAws, type Script } from './replayed-aws.ts'

afterEach(endReplay)

const arn = 'arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1b2c:autoScalingGroupName/np'
const pool = poolOf({}, { recorded: { providerID: arn } })

const group = {
  AutoScalingGroupName: 'np',
  AutoScalingGroupARN: arn,
  MinSize: 0,
  MaxSize: 10,
  DesiredCapacity: 1,
  LaunchTemplate: { LaunchTemplateId: 'lt-1', LaunchTemplateName: 'np', Version: '$Latest' },
  Instances: [
    {
      InstanceId: 'i-1',
      AvailabilityZone: 'us-east-1a',
      LifecycleState: 'InService',
      HealthStatus: 'Healthy',
      ProtectedFromScaleIn: false,
      LaunchTemplate: { LaunchTemplateId: 'lt-1', LaunchTemplateName: 'np', Version: '1' },
    },
  ],
}
const mark = Object.entries({
  'machinepool/management-id': 'm1',
  'machinepool/namespace': 'default',
  'machinepool/cluster': 'prod',
  'machinepool/pool': 'np',
}).map(([Key, Value]) => ({ Key, Value }))
const template = {
  LaunchTemplateId: 'lt-1',
  LaunchTemplateName: 'np',
  DefaultVersionNumber: 1,
  LatestVersionNumber: 1,
  Tags: mark,
}

const script: Script = {
  DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [group] }),
  DescribeLaunchTemplates: () => ({ LaunchTemplates: [template] }),
  DescribeLaunchTemplateVersions: () => ({
    LaunchTemplateVersions: [
      {
        LaunchTemplateId: 'lt-1',
        VersionNumber: 1,
        LaunchTemplateData: { ImageId: 'ami-0', InstanceType: 'm5.large' },
      },
    ],
  }),
  DescribeLifecycleHooks: () => ({ LifecycleHooks: [] }),
  DescribeInstanceRefreshes: () => ({
    InstanceRefreshes: [
      { InstanceRefreshId: 'r-1', AutoScalingGroupName: 'np', Status: 'InProgress', StartTime: '2026-01-01T00:00:00Z' },
    ],
  }),
}

function start(changes: Script = {}) {
  const aws = replayAws({ ...script, ...changes })
  const provider = createAwsProvider({ credentials: { accessKeyId: 'a', secretAccessKey: 's' } })
  const { machinePool } = provider
  const wish = async (wanted: Parameters<typeof desiredOf>[3]) => {
    const observed = await machinePool.observe(pool, ioOf())
    const resolved = await machinePool.resolve(pool, observed, ioOf())
    const revision = machinePool.revision(pool, resolved, bootstrapOf())
    return machinePool.plan(desiredOf(pool, resolved, revision, { template: 'leave', ...wanted }), observed)
  }
  return { aws, machinePool, wish, close: () => provider.close() }
}

test('CAPA-015 a refresh that has ended meanwhile is as good as cancelled', async () => {
  const [instance] = group.Instances
  const LaunchTemplate = { ...instance!.LaunchTemplate, Version: '9' }
  const { machinePool, wish, close } = start({
    DescribeAutoScalingGroups: () => ({
      AutoScalingGroups: [{ ...group, Instances: [{ ...instance, LaunchTemplate }] }],
    }),
    CancelInstanceRefresh: () =>
      new AwsRefusal(400, 'ActiveInstanceRefreshNotFound', 'No in progress or pending Instance Refresh found'),
  })
  const cancel = (await wish({ rollout: 'cancel' })).find(({ type }) => type === 'CancelRollout')
  await expect(machinePool.execute(pool, cancel!, ioOf())).resolves.toEqual({ status: 'done' })
  await close()
})

describe('CAPA-066 the launch template', () => {
  test('is absent when AWS knows none of that name', async () => {
    const { machinePool, close } = start({ DescribeLaunchTemplates: () => ({ LaunchTemplates: [] }) })
    const observed = await machinePool.observe(pool, ioOf())
    expect(observed.templates).toEqual([])
    expect(observed.instances).toHaveLength(1)
    await close()
  })

  test('has no current version when AWS lists none', async () => {
    const { machinePool, close } = start({ DescribeLaunchTemplateVersions: () => ({ LaunchTemplateVersions: [] }) })
    const observed = await machinePool.observe(pool, ioOf())
    expect(observed.templates).toEqual([])
    expect(observed.instances[0]).not.toHaveProperty('revision')
    await close()
  })

  test.each([
    ['RequestLimitExceeded', 503, 'Throttled'],
    ['UnauthorizedOperation', 403, 'PermissionDenied'],
    ['InternalError', 500, 'Unavailable'],
  ])('%s is an error, and no absence', async (code, status, expected) => {
    const { machinePool, close } = start({ DescribeLaunchTemplateVersions: () => new AwsRefusal(status, code, 'no') })
    await expect(machinePool.observe(pool, ioOf())).rejects.toMatchObject({ code: expected })
    await close()
  })
})

describe('what EC2 and Auto Scaling refuse, in the words of the contract', () => {
  test.each([
    ['AccessDenied', 403, 'PermissionDenied'],
    ['ExpiredToken', 403, 'Unauthenticated'],
    ['Throttling', 400, 'Throttled'],
    ['ServiceUnavailable', 503, 'Unavailable'],
    ['ValidationError', 400, 'Conflict'],
    ['ResourceContention', 500, 'Conflict'],
  ])('SetDesiredCapacity: %s', async (code, status, expected) => {
    const { machinePool, wish, close } = start({ SetDesiredCapacity: () => new AwsRefusal(status, code, 'no') })
    const resize = (await wish({ size: 3 })).find(({ type }) => type === 'Resize')
    await expect(machinePool.execute(pool, resize!, ioOf())).rejects.toMatchObject({ code: expected })
    await close()
  })

  test('a group over several pages is one answer, and a page that fails fails it', async () => {
    const first = { AutoScalingGroups: [{ ...group, AutoScalingGroupName: 'other' }], NextToken: 'more' }
    const paged = start({
      DescribeAutoScalingGroups: (form) => (form.has('NextToken') ? { AutoScalingGroups: [group] } : first),
    })
    expect((await paged.machinePool.observe(pool, ioOf())).providerID).toBe(arn)
    expect(paged.aws.mistakes()).toEqual([])
    await paged.close()
    endReplay()
    const broken = start({
      DescribeAutoScalingGroups: (form) =>
        form.has('NextToken') ? new AwsRefusal(500, 'InternalFailure', 'no') : first,
    })
    await expect(broken.machinePool.observe(pool, ioOf())).rejects.toMatchObject({ code: 'Unavailable' })
    await broken.close()
  })
})
