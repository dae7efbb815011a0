import { createAwsProvider } from '@machinepool/provider-aws'
import { afterEach, expect, test } from 'vitest'

import { bootstrapOf, desiredOf, ioOf, poolOf } from './pool.ts'
import { endReplay, replayAws, type Script } from './replayed-aws.ts'

afterEach(endReplay)

const arn = 'arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1b2c:autoScalingGroupName/np'

/** Just enough of Auto Scaling to create, scale and delete one pool. */
function smallCloud(): Script {
  let group: Record<string, unknown> | undefined
  let template: Record<string, unknown> | undefined
  return {
    DescribeAutoScalingGroups: () => ({ AutoScalingGroups: group === undefined ? [] : [group] }),
    DescribeLaunchTemplates: () => ({ LaunchTemplates: template === undefined ? [] : [template] }),
    CreateLaunchTemplate(form) {
      template = {
        LaunchTemplateId: 'lt-1',
        LaunchTemplateName: form.get('LaunchTemplateName'),
        DefaultVersionNumber: 1,
        LatestVersionNumber: 1,
      }
      return { LaunchTemplate: template }
    },
    DeleteLaunchTemplate() {
      template = undefined
      return {}
    },
    CreateAutoScalingGroup(form) {
      const tags = Array.from({ length: 20 }, (_, index) => index + 1)
        .filter((index) => form.has(`Tags.member.${index}.Key`))
        .map((index) => ({
          Key: form.get(`Tags.member.${index}.Key`)!,
          Value: form.get(`Tags.member.${index}.Value`)!,
        }))
      group = {
        AutoScalingGroupName: form.get('AutoScalingGroupName'),
        AutoScalingGroupARN: arn,
        MinSize: Number(form.get('MinSize')),
        MaxSize: Number(form.get('MaxSize')),
        DesiredCapacity: Number(form.get('DesiredCapacity')),
        DefaultCooldown: 300,
        DefaultInstanceWarmup: 300,
        CapacityRebalance: false,
        VPCZoneIdentifier: form.get('VPCZoneIdentifier'),
        LaunchTemplate: {
          LaunchTemplateId: 'lt-1',
          LaunchTemplateName: template?.['LaunchTemplateName'],
          Version: '$Latest',
        },
        Tags: tags,
        Instances: instances(Number(form.get('DesiredCapacity'))),
      }
      return {}
    },
    SetDesiredCapacity(form) {
      const DesiredCapacity = Number(form.get('DesiredCapacity'))
      group = { ...group, DesiredCapacity, Instances: instances(DesiredCapacity) }
      return {}
    },
    DeleteAutoScalingGroup() {
      group = undefined
      return {}
    },
  }
}

function instances(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    InstanceId: `i-${index + 1}`,
    AvailabilityZone: 'us-east-1a',
    LifecycleState: 'InService',
    HealthStatus: 'Healthy',
    ProtectedFromScaleIn: false,
    LaunchTemplate: { LaunchTemplateId: 'lt-1', LaunchTemplateName: 'np', Version: '1' },
  }))
}

test('creating a pool takes at most 8 calls, scaling it 3, deleting it 6, and then nothing is left to do', async () => {
  const aws = replayAws(smallCloud())
  const provider = createAwsProvider({ credentials: { accessKeyId: 'a', secretAccessKey: 's' } })
  const { machinePool } = provider
  const pool = poolOf()
  const io = ioOf()

  async function converge(wish: Parameters<typeof desiredOf>[3]): Promise<number> {
    const before = aws.calls.length
    for (let round = 0; round < 10; round++) {
      const observed = await machinePool.observe(pool, io)
      const resolved = await machinePool.resolve(pool, observed, io)
      const bootstrap = bootstrapOf()
      const desired = desiredOf(pool, resolved, machinePool.revision(pool, resolved, bootstrap), wish)
      const [next] = machinePool.plan(desired, observed)
      if (next === undefined) return aws.calls.length - before
      await machinePool.execute(pool, next, io)
    }
    throw new Error(`no end of ${aws.operations().slice(before).join(', ')}`)
  }

  expect(await converge({ size: 2 })).toBeLessThanOrEqual(8)
  const observed = await machinePool.observe(pool, io)
  expect(observed).toMatchObject({ exists: true, owner: 'ours', providerID: arn, holdSet: true, size: { desired: 2 } })
  expect(observed.instances.map(({ providerID }) => providerID)).toEqual([
    'aws:///us-east-1a/i-1',
    'aws:///us-east-1a/i-2',
  ])
  expect(observed.instances.every(({ revision }) => revision?.startsWith('v1:'))).toBe(true)
  expect(await converge({ size: 5 })).toBeLessThanOrEqual(3)

  const idle = aws.calls.length
  await machinePool.observe(pool, io)
  expect(aws.operations().slice(idle)).toEqual(['DescribeAutoScalingGroups'])

  expect(await converge({ presence: 'absent', size: 0, hold: false })).toBeLessThanOrEqual(6)
  expect(aws.mistakes()).toEqual([])
  await provider.close()
})
