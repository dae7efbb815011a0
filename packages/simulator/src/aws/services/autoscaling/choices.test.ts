import { expect, test } from 'vitest'

import { defaultInstanceTypes } from '../ec2/instance-types.ts'
import { nextIsSpot, offersOf, rankOffers } from './distribution.ts'
import type { Group, Member } from './state.ts'
import { chooseVictim } from './victims.ts'
import { capacityOf, launchOrder, zoneToFill } from './zones.ts'

function member(id: string, zone: string, more: Partial<Member> = {}): Member {
  return {
    id,
    zone,
    type: 'm5.large',
    spot: false,
    state: 'InService',
    health: 'Healthy',
    template: { LaunchTemplateId: 'lt-1', LaunchTemplateName: 'pool', Version: '1' },
    imageId: 'ami-1',
    protected: false,
    weight: 1,
    weighted: false,
    joined: 0,
    surplus: false,
    ...more,
  }
}

function group(members: Member[], more: Partial<Group> = {}): Group {
  return {
    name: 'pool',
    arn: 'arn',
    created: 0,
    min: 0,
    max: 10,
    desired: members.length,
    zones: ['a', 'b'],
    subnets: [],
    source: {},
    settings: {
      DefaultCooldown: 300,
      HealthCheckType: 'EC2',
      HealthCheckGracePeriod: 0,
      TerminationPolicies: ['Default'],
      NewInstancesProtectedFromScaleIn: false,
      ServiceLinkedRoleARN: '',
    },
    targetGroups: [],
    loadBalancers: [],
    tags: [],
    suspended: [],
    hooks: [],
    members,
    deleting: false,
    ...more,
  }
}

const facts = { currentVersion: () => 2 }

test('only instances on their way in or in service are capacity', () => {
  const states = ['InService', 'Pending:Wait', 'Standby', 'Terminating:Wait', 'Warmed:Stopped'] as const
  expect(capacityOf(group(states.map((state, index) => member(String(index), 'a', { state, weight: 2 }))))).toBe(4)
})

test('launches go to the emptiest zone, and two more in one zone than another is out of balance', () => {
  expect(launchOrder(group([member('1', 'a')]))).toEqual(['b', 'a'])
  expect(zoneToFill(group([member('1', 'a')]))).toBeUndefined()
  expect(zoneToFill(group([member('1', 'a'), member('2', 'a')]))).toBe('b')
  expect(zoneToFill(group([member('1', 'gone'), member('2', 'a')]))).toBe('b')
})

test.each<[string, Member[], string | undefined, Partial<Group>?]>([
  ['of the fullest zone', [member('1', 'a'), member('2', 'b'), member('3', 'b', { joined: 5 })], '2'],
  [
    'with the oldest template',
    [member('1', 'a', { joined: 1, template: version('2') }), member('2', 'a', { joined: 2 })],
    '2',
  ],
  ['that is unhealthy', [member('1', 'a'), member('2', 'a', { joined: 9, health: 'Unhealthy' })], '2'],
  ['that is not protected', [member('1', 'a', { protected: true }), member('2', 'a', { joined: 9 })], '2'],
  ['and none when all are protected', [member('1', 'a', { protected: true })], undefined],
])('scale-in takes an instance %s', (_, members, expected, more) => {
  expect(chooseVictim(group(members, more), facts)?.id).toBe(expected)
})

function version(number: string) {
  return { LaunchTemplateId: 'lt-1', LaunchTemplateName: 'pool', Version: number }
}

test('termination policies apply in their order', () => {
  const settings = { ...group([]).settings, TerminationPolicies: ['NewestInstance'] }
  expect(chooseVictim(group([member('1', 'a'), member('2', 'a', { joined: 9 })], { settings }), facts)?.id).toBe('2')
})

function onDemand(count: number) {
  return group(
    Array.from({ length: count }, (_, i) => member(String(i), 'a')),
    { desired: 5 },
  )
}

test('spot instances come after the on-demand base and in its share', () => {
  const distribution = { OnDemandBaseCapacity: 1, OnDemandPercentageAboveBaseCapacity: 50 }
  expect([0, 1, 2, 3].map((count) => nextIsSpot(onDemand(count), distribution))).toEqual([false, false, false, true])
})

test('instance requirements become all types that meet them', () => {
  const requirements = {
    VCpuCount: { Min: 2, Max: 2 },
    MemoryMiB: { Min: 8192, Max: 8192 },
    AllowedInstanceTypes: ['m5*', 'm6g.*'],
  }
  const offers = offersOf([{ InstanceRequirements: requirements }], 'm5.large', defaultInstanceTypes())
  expect(offers.map(({ type }) => type).toSorted()).toEqual(['m5.large', 'm5a.large', 'm6g.large'])
})

test.each([
  ['lowest-price', 'cheap'],
  ['capacity-optimized', 'plenty'],
  ['price-capacity-optimized', 'plenty'],
  ['capacity-optimized-prioritized', 'first'],
])('the spot strategy %s prefers the type %s', (strategy, expected) => {
  const offers = ['first', 'cheap', 'plenty'].map((type) => ({ type, weight: 1 }))
  const ranked = rankOffers(
    offers,
    true,
    { SpotAllocationStrategy: strategy },
    {
      price: (type) => (type === 'cheap' ? 1 : 2),
      free: (type) => (type === 'plenty' ? 100 : 10),
    },
  )
  expect(ranked[0]?.type).toBe(expected)
})
