import { secrets, type Resource } from '@machinepool/kube'
import { iamActions, type AwsCall } from '@machinepool/provider-aws'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { clusters, infraPools } from '../../../bench/src/aws/rig.ts'
import { startPools, type Pools } from './pools.ts'

const minute = 60_000
const key = { namespace: 'default', name: 'np' }

let pools: Pools
beforeEach(async () => {
  pools = await startPools()
})
afterEach(() => pools.close())

const otherCalls: AwsCall[] = []
const listed = (): readonly string[] => pools.pool('np')?.spec?.providerIDList ?? []

/** Auto Scaling checks whether the caller could launch instances; nobody here calls it. */
const onBehalf = ['ec2:RunInstances']

/** A life in which everything happens that the provider can do. */
async function wholeLife(): Promise<void> {
  const { aws } = pools
  const rich = {
    subnets: [{ filters: [{ name: 'subnet-id', values: ['subnet-123'] }] }],
    awsLaunchTemplate: {
      instanceType: 'm5.large',
      additionalSecurityGroups: [{ filters: [{ name: 'group-name', values: ['*'] }] }],
    },
    additionalTags: { a: '1' },
    warmPool: { minSize: 0 },
    suspendProcesses: { processes: { azRebalance: true } },
    lifecycleHooks: [{ name: 'audit', lifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING' as const }],
  }
  await pools.settled('np', 1)
  pools.setSpec('np', { ...rich, lifecycleHooks: [] })
  await pools.run(2 * minute)
  pools.setSpec('np', { lifecycleHooks: rich.lifecycleHooks })
  await pools.run(2 * minute)
  const object = pools.api.get(infraPools, key)!
  const { warmPool: _w, suspendProcesses: _s, additionalTags: _t, ...plain } = object.spec!
  pools.api.put(infraPools, { ...object, spec: { ...plain, lifecycleHooks: [], maxSize: 9 } })
  await pools.run(3 * minute)
  // Up, without capacity, and down again.
  aws.region().capacity.limit('m5.large', '*', 1)
  pools.setReplicas('np', 3)
  await pools.run(3 * minute)
  aws.region().capacity.unlimit('m5.large', '*')
  await pools.until('3 instances', 30 * minute, () => listed().length === 3)
  pools.setReplicas('np', 2)
  await pools.until('2 instances', 30 * minute, () => listed().length === 2)
  // Spot capacity, and a target group that comes and goes.
  pools.setSpec('np', {
    awsLaunchTemplate: { instanceType: 'm5.large', spotMarketOptions: {} },
    targetGroupARNs: [targetGroup],
  })
  await pools.run(5 * minute)
  pools.setSpec('np', { targetGroupARNs: [] })
  await pools.run(5 * minute)
  // A refresh that is superseded.
  pools.setSpec('np', { awsLaunchTemplate: { instanceType: 'm5.xlarge' }, refreshPreferences: { instanceWarmup: 600 } })
  await pools.run(minute)
  pools.setSpec('np', { awsLaunchTemplate: { instanceType: 'm5.2xlarge' } })
  await pools.until('the last type', 120 * minute, () => types().every((type) => type === 'm5.2xlarge'))
  // An image by parameter, as for EKS; and the termination of an instance that waits while the pool is paused.
  useEks()
  await pools.run(2 * minute)
  const later = pools.anotherProcess()
  later.addPool('np', 2)
  await later.run(minute)
  otherCalls.push(...later.calls)
  await later.close()
  // Ignition data in a bucket, for a while.
  const image = aws.region().instances()[0]!.imageId
  pools.addPool('flat', 1, {
    awsLaunchTemplate: { instanceType: 'm5.large', ami: { id: image } },
    ignition: { version: '3.4' },
  })
  const secret = pools.api.get(secrets, { namespace: 'default', name: 'flat-bootstrap' })!
  const format = Buffer.from('ignition').toString('base64')
  pools.api.put(secrets, { ...secret, data: { ...secret.data, format } })
  await pools.run(2 * minute)
  await pools.remove('flat')
  await pools.until('no flat pool', 60 * minute, () => pools.pool('flat') === undefined)
  pause(true)
  aws.region().failInstance(listed()[0]!.split('/').at(-1)!)
  await pools.run(10 * minute)
  pause(false)
  await pools.run(10 * minute)
  await pools.remove('np')
  await pools.until('no pool', 60 * minute, () => pools.pool('np') === undefined)
}

const targetGroup = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef'

function types(): readonly string[] {
  return pools.aws
    .region()
    .groups()[0]!
    .members.map(({ type }) => type)
}

const managedControlPlanes: Resource = {
  group: 'controlplane.cluster.x-k8s.io',
  version: 'v1beta2',
  kind: 'AWSManagedControlPlane',
  plural: 'awsmanagedcontrolplanes',
  namespaced: true,
}

/** The cluster turns out to be one of EKS, whose images are found by SSM parameter. */
function useEks(): void {
  const cluster = pools.api.list(clusters)[0]!
  const name = cluster.metadata.name ?? ''
  pools.api.serve(managedControlPlanes, { 'cluster.x-k8s.io/v1beta2': 'v1beta2' })
  pools.api.put(managedControlPlanes, {
    apiVersion: 'controlplane.cluster.x-k8s.io/v1beta2',
    kind: managedControlPlanes.kind,
    metadata: { namespace: 'default', name },
    spec: { region: 'us-east-1', eksClusterName: name, s3Bucket: { name: 'ignition' } },
  })
  const controlPlaneRef = { apiGroup: managedControlPlanes.group, kind: managedControlPlanes.kind, name }
  pools.api.put(clusters, { ...cluster, spec: { ...cluster.spec, controlPlaneRef } })
}

function pause(isPaused: boolean): void {
  const object = pools.api.get(infraPools, key)!
  const { 'cluster.x-k8s.io/paused': _paused, ...annotations } = object.metadata.annotations ?? {}
  const marked = isPaused ? { ...annotations, 'cluster.x-k8s.io/paused': 'true' } : annotations
  pools.api.put(infraPools, { ...object, metadata: { ...object.metadata, annotations: marked } })
}

test('every call that a pool’s life makes is in the policy, and nothing is in it that no life needs', async () => {
  await wholeLife()
  const made = new Set([...pools.calls, ...otherCalls].map(({ service, operation }) => `${service}:${operation}`))
  const allowed = new Set<string>(Object.values(iamActions).flat())
  expect(
    [...made].filter((action) => !allowed.has(action)),
    'called and not allowed',
  ).toEqual([])
  expect(
    [...allowed].filter((action) => !made.has(action) && !onBehalf.includes(action)),
    'allowed and never called',
  ).toEqual([])
})
