import { awsMachinePoolKind } from '@machinepool/provider-aws'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { clusters, infraPools, machinePools } from '../../../bench/src/aws/rig.ts'
import { removeGroup, setDesired, startPools, type Pools } from './pools.ts'

const minute = 60_000
const key = { namespace: 'default', name: 'np' }
const finalizer = 'awsmachinepool.infrastructure.cluster.x-k8s.io'

let pools: Pools
beforeEach(async () => {
  pools = await startPools()
})
afterEach(() => pools.close())

const listed = (): readonly string[] => pools.pool('np')?.spec?.providerIDList ?? []
const group = () => pools.aws.region().groups()[0]
const launchTemplate = () => pools.aws.region().launchTemplates()[0]

describe('before anything exists', () => {
  test('CAPA-001 a failureReason that somebody left is no end: the pool goes on (DESIGN R19, deliberately not as upstream)', async () => {
    await pools.settled('np', 1)
    const object = pools.api.get(infraPools, key)!
    pools.api.put(infraPools, { ...object, status: { ...object.status, failureReason: 'Broken', failureMessage: 'x' } })
    pools.setReplicas('np', 2)
    await pools.run(minute)
    expect(listed()).toHaveLength(2)
  })

  test('CAPA-002 the finalizer is stored although AWS cannot be reached', async () => {
    pools.aws.faults.add({ operation: '*', error: 'drop' })
    pools.addPool('np', 1)
    await pools.run(10_000)
    expect(pools.pool('np')?.metadata.finalizers).toEqual([finalizer])
    expect(pools.condition('np', 'Ready')).toMatchObject({ status: 'False', reason: 'CloudUnavailable' })
  })

  test('CAPA-003 no call while the infrastructure of the cluster is not provisioned', async () => {
    const cluster = pools.api.list(clusters)[0]!
    const infrastructureRef = { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'AWSCluster', name: 'bench' }
    pools.api.put(clusters, { ...cluster, spec: { ...cluster.spec, infrastructureRef } })
    pools.addPool('np', 1)
    await pools.run(minute)
    expect(pools.condition('np', 'Ready')?.reason).toBe('WaitingForClusterInfrastructure')
    expect(pools.calls).toEqual([])
  })

  test('CAPA-004 no call while the bootstrap data has no name', async () => {
    pools.addPool('np', 1)
    const pool = pools.api.get(machinePools, key)!
    const { dataSecretName: _none, ...bootstrap } = pool.spec.template.spec.bootstrap
    const template = { ...pool.spec.template, spec: { ...pool.spec.template.spec, bootstrap } }
    pools.api.put(machinePools, { ...pool, spec: { ...pool.spec, template } })
    await pools.run(minute)
    expect(pools.condition('np', 'Ready')?.reason).toBe('WaitingForBootstrapData')
    expect(pools.calls).toEqual([])
  })

  test('CAPA-005 CAPA-054 a failed look at the group makes nothing, says so, and goes on when it works', async () => {
    pools.aws.faults.add({ operation: 'DescribeAutoScalingGroups', error: 'AccessDenied' })
    pools.addPool('np', 1)
    await pools.run(minute)
    expect(pools.writes()).toEqual([])
    expect(pools.condition('np', 'Ready')).toMatchObject({ status: 'False', reason: 'PermissionDenied' })
    pools.aws.faults.clear()
    await pools.until('an instance', 60 * minute, () => listed().length === 1)
    expect(pools.condition('np', 'Ready')?.status).toBe('True')
  })

  test('CAPA-006 CAPA-056 template first, with the image that was found; then the group, named after the pool', async () => {
    await pools.settled('np', 2)
    expect(pools.writes()).toEqual(['CreateLaunchTemplate', 'CreateAutoScalingGroup'])
    expect(group()).toMatchObject({ name: 'np', desired: 2 })
    const [version] = launchTemplate()!.versions
    const text = JSON.stringify(version)
    expect(text).toContain('"ImageId":"ami-')
    expect(text).toContain('default/np-bootstrap')
    expect(text).toMatch(/bootstrap-data-hash","Value":"[0-9a-f]{64}"/)
  })

  test('CAPA-046 no machine object is made for an instance', async () => {
    await pools.settled('np', 1)
    expect(pools.api.writes.filter(({ verb }) => verb === 'create')).toEqual([])
    expect(pools.pool('np')?.status).not.toHaveProperty('infrastructureMachineKind')
  })

  test('CAPA-057 more replicas than maxSize are cut, with a condition, and no error', async () => {
    await pools.settled('np', 2, { minSize: 0, maxSize: 2 })
    pools.setReplicas('np', 5)
    await pools.run(minute)
    expect(group()?.desired).toBe(2)
    expect(pools.condition('np', 'AboveMaxSize')?.status).toBe('True')
    pools.setSpec('np', { minSize: 2 })
    pools.setReplicas('np', 1)
    await pools.run(minute)
    expect(group()?.desired).toBe(2)
    expect(pools.condition('np', 'BelowMinSize')?.status).toBe('True')
  })

  test('CAPA-058 CAPA-061 filters that find no subnet: said, and nothing is made', async () => {
    pools.addPool('np', 1, { subnets: [{ filters: [{ name: 'tag:Name', values: ['nowhere'] }] }] })
    await pools.run(minute)
    expect(pools.writes()).toEqual([])
    expect(pools.condition('np', 'Ready')).toMatchObject({ status: 'False', reason: 'SubnetNotFound' })
  })

  test('CAPA-059 CAPA-060 a template or group that AWS refuses is tried again, and nothing is made twice', async () => {
    pools.aws.faults.add({ operation: 'CreateLaunchTemplate', error: 'InternalError', times: 2 })
    pools.aws.faults.add({ operation: 'CreateAutoScalingGroup', error: 'InternalError', times: 2 })
    pools.addPool('np', 1)
    await pools.until('an instance', 10 * minute, () => listed().length === 1)
    expect(pools.aws.region().launchTemplates()).toHaveLength(1)
    expect(pools.aws.region().groups()).toHaveLength(1)
  })
})

describe('a pool at rest', () => {
  test('CAPA-007 nothing is written', async () => {
    await pools.settled('np', 2)
    pools.mark()
    const kubeWrites = pools.api.writes.length
    await pools.run(30 * minute)
    expect(pools.writes()).toEqual([])
    expect(pools.api.writes.length).toBe(kubeWrites)
  })

  test('tags at creation cause no second version and no refresh', async () => {
    await pools.settled('np', 2, { additionalTags: { team: 'blue' } })
    await pools.run(30 * minute)
    expect(pools.writes()).toEqual(['CreateLaunchTemplate', 'CreateAutoScalingGroup'])
    expect(pools.pool('np')?.metadata.annotations).toMatchObject({
      'cluster-api-provider-aws': 'true',
      'sigs.k8s.io/cluster-api-provider-aws-last-applied-tags': '{"team":"blue"}',
    })
  })

  test('CAPA-062 tags that come and go are set and removed, those of others stay, no instance is replaced', async () => {
    await pools.settled('np', 1, { additionalTags: { a: '1', b: '2' } })
    const before = listed()
    pools.aws.faults.add({ operation: 'CreateOrUpdateTags', error: 'InternalError', times: 1 })
    pools.setSpec('np', { additionalTags: { b: '3', c: '4' } })
    await pools.run(10 * minute)
    const tags = Object.fromEntries(group()!.tags.map(({ Key, Value }) => [Key, Value]))
    expect(tags).toMatchObject({ b: '3', c: '4', 'kubernetes.io/cluster/bench': 'owned' })
    expect(tags).not.toHaveProperty('a')
    expect(listed()).toEqual(before)
    expect(pools.writes()).not.toContain('StartInstanceRefresh')
  })
})

describe('a change that replaces instances', () => {
  const anotherType = { awsLaunchTemplate: { instanceType: 'm5.xlarge' } }

  test('CAPA-008 CAPA-065 another image: version 2, one refresh, no update of the group', async () => {
    pools.aws.region().addImage({
      id: 'ami-0aaaaaaaaaaaaaaaa',
      name: 'another',
      owner: '123456789012',
      architecture: 'x86_64',
      created: pools.clock.now(),
      rootDevice: '/dev/sda1',
      rootSize: 8,
      tags: [],
    })
    await pools.settled('np', 2)
    const before = listed()
    pools.mark()
    pools.setSpec('np', { awsLaunchTemplate: { instanceType: 'm5.large', ami: { id: 'ami-0aaaaaaaaaaaaaaaa' } } })
    await pools.until(
      'new instances',
      30 * minute,
      () => listed().length === 2 && listed().every((id) => !before.includes(id)),
    )
    await pools.run(minute)
    expect(pools.writes().slice(0, 2)).toEqual(['CreateLaunchTemplateVersion', 'StartInstanceRefresh'])
    expect(pools.writes()).not.toContain('UpdateAutoScalingGroup')
    expect(pools.writes().filter((operation) => operation === 'StartInstanceRefresh')).toHaveLength(1)
    expect(pools.pool('np')?.status?.launchTemplateVersion).toBe('2')
  })

  test('CAPA-012 another Secret rolls, also when the status was lost after the creation', async () => {
    await pools.settled('np', 1)
    const object = pools.api.get(infraPools, key)!
    const { status: _lost, ...rest } = object
    pools.api.put(infraPools, rest)
    pools.mark()
    pools.exchangeBootstrap('np', 'np-second')
    await pools.run(5 * minute)
    expect(pools.writes().slice(0, 2)).toEqual(['CreateLaunchTemplateVersion', 'StartInstanceRefresh'])
    expect(pools.pool('np')?.status?.launchTemplateVersion).toBe('2')
  })

  test('CAPA-013 a change during a refresh: one version, one cancellation; the rest is replaced within the budget', async () => {
    await pools.settled('np', 3, { refreshPreferences: { instanceWarmup: 300 } })
    pools.mark()
    pools.setSpec('np', anotherType)
    await pools.until('a refresh', 5 * minute, () => pools.writes().includes('StartInstanceRefresh'))
    await pools.run(minute)
    pools.setSpec('np', { awsLaunchTemplate: { instanceType: 'm5.2xlarge' } })
    await pools.until('the last version everywhere', 120 * minute, () =>
      (group()?.members ?? []).every(({ template: { Version } }) => Version === '3'),
    )
    const writes = pools.writes()
    expect(writes.filter((operation) => operation === 'CreateLaunchTemplateVersion')).toHaveLength(2)
    expect(writes.filter((operation) => operation === 'CancelInstanceRefresh').length).toBeLessThanOrEqual(1)
    expect(group()?.members.filter(({ state }) => state === 'InService').length).toBeGreaterThanOrEqual(2)
  })

  test('CAPA-016 without a group no refresh is looked for, and the template follows the spec', async () => {
    await pools.settled('np', 1)
    pools.aws.faults.add({ operation: 'CreateAutoScalingGroup', error: 'InternalError' })
    const autoscaling = pools.aws.region()
    await removeGroup(pools, autoscaling.groups()[0]!.name)
    pools.mark()
    const before = pools.calls.length
    pools.setSpec('np', anotherType)
    await pools.run(2 * minute)
    expect(pools.writes()).toContain('CreateLaunchTemplateVersion')
    expect(pools.calls.slice(before).map(({ operation }) => operation)).not.toContain('DescribeInstanceRefreshes')
  })

  test('CAPA-017 with refreshPreferences.disable the version is made and no refresh starts', async () => {
    await pools.settled('np', 1, { refreshPreferences: { disable: true } })
    pools.mark()
    pools.setSpec('np', anotherType)
    await pools.run(10 * minute)
    expect(pools.writes()).toEqual(['CreateLaunchTemplateVersion'])
  })

  test('CAPA-064 a refresh that cannot be started is not lost: it starts when AWS lets it', async () => {
    await pools.settled('np', 1)
    pools.aws.faults.add({ operation: 'StartInstanceRefresh', error: 'InternalError', times: 3 })
    const before = listed()
    pools.setSpec('np', anotherType)
    await pools.until('a new instance', 60 * minute, () => listed().length === 1 && !listed().includes(before[0]!))
    expect(listed()).not.toEqual(before)
  })

  test('a token rotation during a refresh neither cancels nor enlarges it', async () => {
    await pools.settled('np', 2)
    pools.mark()
    pools.setSpec('np', anotherType)
    await pools.until('a refresh', 5 * minute, () => pools.writes().includes('StartInstanceRefresh'))
    pools.rotate('np')
    await pools.run(20 * minute)
    const writes = pools.writes()
    expect(writes.filter((operation) => operation === 'CreateLaunchTemplateVersion')).toHaveLength(2)
    expect(writes).not.toContain('CancelInstanceRefresh')
    expect(writes.filter((operation) => operation === 'StartInstanceRefresh')).toHaveLength(1)
    expect(writes.filter((operation) => operation === 'TerminateInstanceInAutoScalingGroup')).toEqual([])
  })

  test('new tokens at rest make versions, prune them, and replace nothing', async () => {
    await pools.settled('np', 2)
    const before = listed()
    for (let round = 0; round < 12; round++) {
      pools.rotate('np')
      // One rotation after the other.
      // oxlint-disable-next-line no-await-in-loop
      await pools.run(10 * minute)
    }
    expect(listed()).toEqual(before)
    expect(launchTemplate()!.versions.length).toBeLessThanOrEqual(6)
    expect(pools.writes()).not.toContain('StartInstanceRefresh')
  })
})

describe('somebody else scales', () => {
  test('CAPA-021 the MachinePool follows the group', async () => {
    await pools.settled('np', 1)
    const pool = pools.api.get(machinePools, key)!
    const annotations = { 'cluster.x-k8s.io/replicas-managed-by': 'external-autoscaler' }
    pools.api.put(machinePools, { ...pool, metadata: { ...pool.metadata, annotations } })
    await pools.run(minute)
    await setDesired(pools, 'np', 3)
    await pools.run(3 * minute)
    expect(pools.api.get(machinePools, key)?.spec.replicas).toBe(3)
    expect(group()?.desired).toBe(3)
    expect(pools.writes()).not.toContain('SetDesiredCapacity')
  })
})

describe('the end', () => {
  test('CAPA-050 a failed look keeps the finalizer', async () => {
    await pools.settled('np', 1)
    pools.aws.faults.add({ operation: 'DescribeAutoScalingGroups', error: 'ServiceUnavailable' })
    await pools.remove('np')
    await pools.run(2 * minute)
    expect(pools.pool('np')?.metadata.finalizers).toEqual([finalizer])
    pools.aws.faults.clear()
    await pools.until('no pool', 60 * minute, () => pools.pool('np') === undefined)
    expect(pools.aws.region().groups()).toEqual([])
    expect(pools.aws.region().launchTemplates()).toEqual([])
  })

  test('CAPA-051 CAPA-063 group and template gone: the finalizer goes', async () => {
    await pools.settled('np', 1)
    await removeGroup(pools, 'np')
    await pools.remove('np')
    await pools.until('no pool', 30 * minute, () => pools.pool('np') === undefined)
    expect(pools.aws.region().launchTemplates()).toEqual([])
  })

  test('CAPA-052 while AWS deletes the group the pool is not ready, and says so', async () => {
    await pools.close()
    pools = await startPools({ shutdown: minute })
    await pools.settled('np', 1)
    await removeGroup(pools, 'np', false)
    await pools.remove('np')
    await pools.run(5_000)
    expect(pools.pool('np')?.metadata.finalizers).toEqual([finalizer])
    await pools.until('no pool', 30 * minute, () => pools.pool('np') === undefined)
    expect(pools.api.writes.some(({ body }) => JSON.stringify(body ?? '').includes('ASGDeletionInProgress'))).toBe(true)
  })
})

test('the kind is upstream’s', () => {
  expect(awsMachinePoolKind.kind).toBe('AWSMachinePool')
})

test('launch times are known a minute later, in one call, so that the oldest instance leaves first', async () => {
  await pools.settled('np', 1)
  const [oldest] = listed()
  await pools.run(5 * minute)
  pools.setReplicas('np', 3)
  await pools.until('3 instances', 5 * minute, () => listed().length === 3)
  await pools.run(5 * minute)
  expect(pools.calls.filter(({ operation }) => operation === 'DescribeInstances')).toHaveLength(2)
  pools.setReplicas('np', 2)
  await pools.until('2 instances', 10 * minute, () => listed().length === 2)
  expect(listed()).not.toContain(oldest)
})
