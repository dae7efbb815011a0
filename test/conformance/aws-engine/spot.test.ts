import { nodes } from '@machinepool/kube'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { startPools, type Pools } from './pools.ts'

const minute = 60_000
let pools: Pools
beforeEach(async () => {
  pools = await startPools({ launch: 0, spotNotice: 2 * minute })
})
afterEach(() => pools.close())

const spot = { awsLaunchTemplate: { instanceType: 'm5.large', spotMarketOptions: {} } }
const members = () => pools.aws.region().groups()[0]!.members
const cordoned = () => pools.workload.list(nodes).filter(({ spec }) => spec?.unschedulable === true)
const requests = () => pools.calls.filter(({ operation }) => operation === 'DescribeSpotInstanceRequests').length

test('an instance that EC2 announces to take is shown, and its Node is emptied before it goes', async () => {
  await pools.settled('np', 2, spot)
  const taken = members()[0]!.id
  pools.aws.region().interruptSpotInstance(taken)
  await pools.until('a notice', 2 * minute, () => pools.condition('np', 'Notice')?.status === 'True')
  expect(pools.condition('np', 'Notice')).toMatchObject({ reason: 'SpotInterruption' })
  expect(pools.condition('np', 'Notice')?.message).toContain(taken)
  await pools.until('a cordoned Node', 2 * minute, () => cordoned().length === 1)
  expect(cordoned()[0]?.spec?.providerID).toContain(taken)
  expect(members().find(({ id }) => id === taken)?.state).toBe('InService')
  await pools.run(10 * minute)
  expect(members().map(({ id }) => id)).not.toContain(taken)
  expect(members()).toHaveLength(2)
  expect(pools.condition('np', 'Notice')?.status ?? 'False').toBe('False')
})

test('the replacement that a group with capacity rebalance starts ahead is shown, and stays', async () => {
  await pools.close()
  pools = await startPools({ launch: 3 * minute, spotNotice: 5 * minute })
  await pools.settled('np', 2, { ...spot, capacityRebalance: true })
  pools.aws.region().interruptSpotInstance(members()[0]!.id)
  await pools.until('a notice', 2 * minute, () => /Capacity|Spot/.test(pools.condition('np', 'Notice')?.reason ?? ''))
  await pools.run(minute)
  expect(members()).toHaveLength(3)
  expect(pools.condition('np', 'Notice')?.message).toContain('to replace spot instances that EC2 may take soon')
  expect(pools.writes()).not.toContain('SetDesiredCapacity')
  expect(pools.writes()).not.toContain('TerminateInstanceInAutoScalingGroup')
})

test('one question for all pools of a region, and none for pools without spot', async () => {
  await pools.settled('np', 1)
  await pools.run(30 * minute)
  expect(requests()).toBe(0)
  pools.addPool('np2', 1, spot)
  pools.addPool('np3', 1, spot)
  await pools.run(5 * minute)
  const before = requests()
  await pools.run(60 * minute)
  expect(requests() - before).toBeLessThanOrEqual(125)
  expect(requests() - before).toBeGreaterThan(0)
})

test('a question that is refused changes nothing', async () => {
  pools.aws.faults.add({ operation: 'DescribeSpotInstanceRequests', error: 'AccessDenied' })
  await pools.settled('np', 2, spot)
  expect(pools.condition('np', 'Ready')?.status).toBe('True')
})
