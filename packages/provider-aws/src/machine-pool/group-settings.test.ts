import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { Observation } from '@machinepool/contract'
import { describe, expect, test } from 'vitest'

import type { AwsGroup } from './group-view.ts'
import { plan } from './plan.ts'
import { after, desiredOf, groupOf, mixed, specOf, summary, type Spec } from './planned-cloud.test.support.ts'
import { plannedCall } from './requests.ts'
import { readInputs, toJson } from './resolved-inputs.ts'

const update = 'UpdateGroup: UpdateAutoScalingGroup'

function withGroup(observed: Observation<AwsGroup>, changes: Partial<AutoScalingGroup>): Observation<AwsGroup> {
  return { ...observed, group: { ...observed.group!, group: { ...groupOf(observed), ...changes } } }
}

function inSubnets(subnetIds: readonly string[]) {
  const { resolved } = desiredOf(specOf())
  return desiredOf(specOf(), {
    resolved: { inputs: toJson({ ...readInputs(resolved), subnetIds }), problems: [] },
  })
}

function requestsOf(...parameters: Parameters<typeof plan>) {
  return plan(...parameters).map((action) => plannedCall(action.parameters).request)
}

/** Without the tag that says which settings are the spec's. */
function updatesOf(...parameters: Parameters<typeof plan>) {
  const updates = plan(...parameters).filter(({ type }) => type === 'UpdateGroup')
  return updates.map((action) => plannedCall(action.parameters).request)
}

test('CAPA-023 the order of subnets says nothing', () => {
  const observed = withGroup(after(specOf()), { VPCZoneIdentifier: 'subnet-2, subnet-1' })
  expect(summary(desiredOf(specOf()), observed)).toEqual([])
})

test('CAPA-024 CAPA-061 a subnet less is one update, with the ids that were found', () => {
  expect(requestsOf(inSubnets(['subnet-1']), after(specOf()))).toEqual([
    { AutoScalingGroupName: 'workers', VPCZoneIdentifier: 'subnet-1' },
  ])
})

test('no subnet is taken away because a look-up found none', () => {
  expect(summary(inSubnets([]), after(specOf()))).toEqual([])
})

describe('each setting of the group is compared, and sent alone', () => {
  test.each<readonly [string, Partial<Spec>, object]>([
    ['CAPA-027 maximum', { maxSize: 20 }, { MaxSize: 20 }],
    ['CAPA-028 minimum', { minSize: 1 }, { MinSize: 1 }],
    ['CAPA-029 capacity rebalance', { capacityRebalance: true }, { CapacityRebalance: true }],
    ['cool-down', { defaultCoolDown: '10s' }, { DefaultCooldown: 10 }],
    ['warm-up', { defaultInstanceWarmup: '10s' }, { DefaultInstanceWarmup: 10 }],
    ['health check', { healthCheckType: 'ELB' }, { HealthCheckType: 'ELB' }],
    ['grace', { healthCheckGracePeriod: '1m' }, { HealthCheckGracePeriod: 60 }],
    ['lifetime', { maxInstanceLifetime: '48h' }, { MaxInstanceLifetime: 172_800 }],
    ['termination policies', { terminationPolicies: ['OldestInstance'] }, { TerminationPolicies: ['OldestInstance'] }],
    ['protection', { newInstancesProtectedFromScaleIn: true }, { NewInstancesProtectedFromScaleIn: true }],
    [
      'maintenance policy',
      { instanceMaintenancePolicy: { minHealthyPercentage: 90, maxHealthyPercentage: 120 } },
      { InstanceMaintenancePolicy: { MinHealthyPercentage: 90, MaxHealthyPercentage: 120 } },
    ],
  ])('%s', (_name, changes, request) => {
    const spec = specOf(changes)
    expect(updatesOf(desiredOf(spec), after(specOf()))).toEqual([{ AutoScalingGroupName: 'workers', ...request }])
    expect(summary(desiredOf(spec), after(spec))).toEqual([])
  })
})

describe('a setting that left the spec', () => {
  const policies = specOf({ terminationPolicies: ['OldestInstance'] })

  test('goes back to the default of AWS when it came from the spec', () => {
    expect(updatesOf(desiredOf(specOf()), after(policies))).toEqual([
      { AutoScalingGroupName: 'workers', TerminationPolicies: ['Default'] },
    ])
  })

  test('is no longer marked when AWS has the default again', () => {
    const observed = withGroup(after(policies), { TerminationPolicies: ['Default'] })
    expect(summary(desiredOf(specOf()), observed)).toEqual(['Tag: DeleteTags'])
  })

  test('stays when it is of somebody else', () => {
    const observed = withGroup(after(specOf()), {
      TerminationPolicies: ['OldestInstance'],
      MaxInstanceLifetime: 86_400,
    })
    expect(summary(desiredOf(specOf()), observed)).toEqual([])
  })
})

describe('target groups', () => {
  const ours = 'arn:tg-1'

  test('one that left the spec is detached, one of somebody else stays', () => {
    const observed = withGroup(after(specOf({ targetGroupARNs: [ours] })), { TargetGroupARNs: [ours, 'arn:tg-other'] })
    expect(updatesOf(desiredOf(specOf()), observed)).toEqual([
      { AutoScalingGroupName: 'workers', TargetGroupARNs: [ours] },
    ])
  })
})

describe('mixed instances', () => {
  const strategies = [
    'lowest-price',
    'capacity-optimized',
    'capacity-optimized-prioritized',
    'price-capacity-optimized',
  ]

  test.each(strategies)('CAPA-030 CAPA-055 spot strategy %s is compared and sent', (strategy) => {
    const spec = specOf({
      mixedInstancesPolicy: {
        instancesDistribution: { spotAllocationStrategy: strategy as 'lowest-price' },
        overrides: [{ instanceType: 'm5.large' }],
      },
    })
    expect(summary(desiredOf(spec), after(spec))).toEqual([])
    expect(summary(desiredOf(spec), after(mixed))).toEqual([update])
  })

  test('CAPA-030 a mixed policy on a plain group is an update, and no failure', () => {
    expect(summary(desiredOf(mixed), after(specOf()))).toEqual([update])
  })

  test('CAPA-031 a distribution that the spec leaves out is taken as AWS has it', () => {
    const spec = specOf({ mixedInstancesPolicy: { overrides: [{ instanceType: 'm5.large' }] } })
    const observed = after(spec)
    const policy = groupOf(observed).MixedInstancesPolicy!
    const filled = withGroup(observed, {
      MixedInstancesPolicy: { ...policy, InstancesDistribution: { SpotAllocationStrategy: 'capacity-optimized' } },
    })
    expect(summary(desiredOf(spec), filled)).toEqual([])
  })

  test('CAPA-055 a strategy that only AWS knows is replaced by the one of the spec, and no error', () => {
    const observed = after(mixed)
    const policy = groupOf(observed).MixedInstancesPolicy!
    const strange = withGroup(observed, {
      MixedInstancesPolicy: {
        ...policy,
        InstancesDistribution: { ...policy.InstancesDistribution, SpotAllocationStrategy: 'diversified' },
      },
    })
    expect(summary(desiredOf(mixed), strange)).toEqual([update])
  })

  test('instance types can be described by what they must have', () => {
    const spec = specOf({
      mixedInstancesPolicy: {
        overrides: [
          {
            instanceRequirements: {
              vCpuCount: { min: 2, max: 8 },
              memoryMiB: { min: 4096 },
              memoryGiBPerVCpu: { max: '4.5' },
              cpuManufacturers: ['intel', 'amd'],
              bareMetal: 'excluded',
              totalLocalStorageGB: { min: '0.5' },
              requireHibernateSupport: false,
            },
          },
        ],
      },
    })
    const [request] = requestsOf(desiredOf(spec), after(specOf()))
    expect(request).toMatchObject({
      MixedInstancesPolicy: {
        LaunchTemplate: {
          Overrides: [
            {
              InstanceRequirements: {
                VCpuCount: { Min: 2, Max: 8 },
                MemoryMiB: { Min: 4096 },
                MemoryGiBPerVCpu: { Max: 4.5 },
                CpuManufacturers: ['intel', 'amd'],
                BareMetal: 'excluded',
                TotalLocalStorageGB: { Min: 0.5 },
                RequireHibernateSupport: false,
              },
            },
          ],
        },
      },
    })
    expect(summary(desiredOf(spec), after(spec))).toEqual([])
  })

  test('with weights the size is never set below the units of what runs', () => {
    const heavy = withGroup(after(mixed), {
      DesiredCapacity: 4,
      Instances: ['i-1', 'i-2'].map((InstanceId) => ({ InstanceId, WeightedCapacity: '2' })) as NonNullable<
        AutoScalingGroup['Instances']
      >,
    })
    const observed = { ...heavy, size: { desired: 4, min: 0, max: 10 } }
    expect(summary(desiredOf(mixed, { size: 2 }), observed)).toEqual([])
    expect(summary(desiredOf(mixed, { size: 5 }), observed)).toEqual(['Resize: SetDesiredCapacity'])
  })
})

describe('size and settings are apart', () => {
  test('CAPA-022 CAPA-026 while somebody else scales, no request names the desired capacity', () => {
    const spec = specOf({ maxSize: 20 })
    const requests = requestsOf(desiredOf(spec, { size: undefined }), after(specOf()))
    expect(requests).toEqual([{ AutoScalingGroupName: 'workers', MaxSize: 20 }])
  })

  test('CAPA-025 another number of replicas is a write of the desired capacity alone', () => {
    expect(requestsOf(desiredOf(specOf(), { size: 4 }), after(specOf()))).toEqual([
      { AutoScalingGroupName: 'workers', DesiredCapacity: 4, HonorCooldown: false },
    ])
  })
})

function suspended(...names: readonly string[]) {
  return withGroup(after(specOf()), { SuspendedProcesses: names.map((ProcessName) => ({ ProcessName })) })
}

describe('processes', () => {
  test('CAPA-018 a new group is not asked to suspend in the same breath', () => {
    const spec = specOf({ suspendProcesses: { all: true } })
    const observed = { ...after(spec), exists: false }
    const { group: _none, ...rest } = observed.group!
    expect(summary(desiredOf(spec), { ...observed, group: rest }).filter((each) => each.includes('Process'))).toEqual(
      [],
    )
  })

  test('CAPA-019 `all` suspends all nine', () => {
    const spec = specOf({ suspendProcesses: { all: true } })
    const suspend = requestsOf(desiredOf(spec), after(spec)).find((request) => 'ScalingProcesses' in request)
    expect(suspend).toEqual({
      AutoScalingGroupName: 'workers',
      ScalingProcesses: [
        'AZRebalance',
        'AddToLoadBalancer',
        'AlarmNotification',
        'HealthCheck',
        'InstanceRefresh',
        'Launch',
        'ReplaceUnhealthy',
        'ScheduledActions',
        'Terminate',
      ],
    })
  })

  test('`all` but one', () => {
    const spec = specOf({ suspendProcesses: { all: true, processes: { launch: false } } })
    const suspend = requestsOf(desiredOf(spec), after(spec)).find((request) => 'ScalingProcesses' in request)
    expect(suspend?.['ScalingProcesses']).not.toContain('Launch')
    expect(suspend?.['ScalingProcesses']).toHaveLength(8)
  })

  test('CAPA-020 CAPA-032 only what is missing is suspended, only what the spec turns on is resumed', () => {
    const spec = specOf({ suspendProcesses: { processes: { launch: true, terminate: true, azRebalance: false } } })
    const requests = requestsOf(desiredOf(spec), suspended('Terminate', 'AZRebalance', 'HealthCheck'))
    expect(requests.filter((request) => 'ScalingProcesses' in request)).toEqual([
      { AutoScalingGroupName: 'workers', ScalingProcesses: ['Launch'] },
      { AutoScalingGroupName: 'workers', ScalingProcesses: ['AZRebalance'] },
    ])
  })
})

describe('the warm pool', () => {
  const spec = specOf({ warmPool: { minSize: 1, poolState: 'Running', reuseOnScaleIn: true } })
  const request = {
    MinSize: 1,
    MaxGroupPreparedCapacity: -1,
    PoolState: 'Running',
    InstanceReusePolicy: { ReuseOnScaleIn: true },
  } as const

  test('is put when it is missing or differs', () => {
    const put = { AutoScalingGroupName: 'workers', ...request }
    expect(requestsOf(desiredOf(spec), after(spec))).toEqual([put])
    const { MaxGroupPreparedCapacity: _unlimited, ...live } = request
    expect(summary(desiredOf(spec), withGroup(after(spec), { WarmPoolConfiguration: live }))).toEqual([])
    const other = withGroup(after(spec), { WarmPoolConfiguration: { ...live, MinSize: 3 } })
    expect(requestsOf(desiredOf(spec), other)).toEqual([put])
  })

  test('is taken away when it left the spec, but not when it was somebody else’s', () => {
    const ours = withGroup(after(spec), { WarmPoolConfiguration: { MinSize: 1 } })
    expect(summary(desiredOf(specOf()), ours)).toEqual(['UpdateGroup: DeleteWarmPool'])
    expect(
      summary(desiredOf(specOf()), withGroup(ours, { WarmPoolConfiguration: { Status: 'PendingDelete' } })),
    ).toEqual([])
    const foreign = withGroup(after(specOf()), { WarmPoolConfiguration: { MinSize: 1 } })
    expect(summary(desiredOf(specOf()), foreign)).toEqual([])
  })
})
