import { AutoScalingClient, CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling'
import { CreateLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2'
import type { JsonObject, JsonValue, PoolRef } from '@machinepool/contract'
import {
  createManualClock,
  type ConformanceCloud,
  type ConformanceHarness,
  type FailureCode,
  type ManualClock,
  type PlantedGroup,
} from '@machinepool/contract/testing'
import { awsGroupNames, createAwsProvider, type AWSMachinePoolSpec, type AwsProvider } from '@machinepool/provider-aws'
import { createAwsSimulator, type AwsSimulator, type Group, type LaunchTemplate } from '@machinepool/simulator'

const region = 'us-east-1'
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
const imageOwner = '819546954734'

const base: AWSMachinePoolSpec = {
  region,
  minSize: 0,
  maxSize: 10,
  capacityRebalance: true,
  // One zone: in several, Auto Scaling evens out what a removal left uneven, and replaces instances for it.
  subnets: [{ id: 'subnet-123' }],
  awsLaunchTemplate: { instanceType: 'm5.large', imageLookupFormat: 'stable-*', imageLookupOrg: imageOwner },
}

/** Waits shorter than this are between processes, not in the cloud: they pass by themselves. */
const shortestWaitMs = 200

/**
 * The clock that the suite drives. The real SDK talks to the simulator over real HTTP, so what a provider waits for in
 * order to send (batching) cannot stand still with the cloud's time.
 */
function drivenClock(manual: ManualClock): ConformanceHarness['clock'] {
  return {
    now: () => manual.now(),
    after(ms, callback) {
      if (ms > shortestWaitMs) return manual.after(ms, callback)
      const timer = setImmediate(callback)
      return () => clearImmediate(timer)
    },
    advance: (ms) => manual.advance(ms),
  }
}

/** The AWS provider on the simulated AWS, through the real SDK. */
export async function createAwsHarness(): Promise<ConformanceHarness> {
  const manual = createManualClock()
  const simulator = await createAwsSimulator({ clock: manual, region })
  addImage(simulator, 'ami-00000000000000001', manual.now() - 1_000)
  const line = createLine()
  const start = (): AwsProvider =>
    createAwsProvider({
      credentials,
      machines: true,
      requestHandler: line.handler,
      endpoints: { autoscaling: simulator.url, ec2: simulator.url, ssm: simulator.url, s3: simulator.url },
    })
  let provider = start()
  return {
    get provider() {
      return provider.machinePool
    },
    clock: drivenClock(manual),
    async restart() {
      await provider.close()
      provider = start()
    },
    async close() {
      await provider.close()
      await simulator.close()
    },
    cluster: { namespace: 'default', name: 'c1' },
    specs: {
      base: json(base),
      reshaped: json({ ...base, awsLaunchTemplate: { ...base.awsLaunchTemplate, instanceType: 'm5.xlarge' } }),
      retagged: json({ ...base, additionalTags: { team: 'blue' } }),
      widened: json({ ...base, maxSize: 20 }),
      invalid: json({ ...base, minSize: 5, maxSize: 1 }),
      lookedUp: {
        found: json(base),
        nowhere: json({ ...base, awsLaunchTemplate: { ...base.awsLaunchTemplate, imageLookupFormat: 'nowhere-*' } }),
      },
    },
    stepMs: 5_000,
    // A process that remembers nothing: the group, its template, the template's versions, its hooks.
    callBudget: { observe: 4 },
    cloud: { ...handInCloud(simulator, manual), hang: line.hang },
  }
}

type Handler = NonNullable<ReturnType<typeof sdkHandler>>

function sdkHandler() {
  return new AutoScalingClient({ region, credentials }).config.requestHandler
}

/** The SDK's own way to send HTTP, that can keep a call for ever. */
function createLine(): { readonly handler: Handler; readonly hang: () => void } {
  const inner = sdkHandler()
  let hanging = 0
  const handle: Handler['handle'] = (request, options) => {
    if (hanging === 0) return inner.handle(request, options)
    hanging--
    return new Promise(() => undefined)
  }
  return {
    handler: {
      handle,
      destroy: () => inner.destroy?.(),
      metadata: inner.metadata ?? { handlerProtocol: 'http/1.1' },
      updateHttpClientConfig: () => undefined,
      httpHandlerConfigs: () => ({}),
    },
    hang: () => void hanging++,
  }
}

function json(spec: AWSMachinePoolSpec): JsonObject {
  return structuredClone(spec) as unknown as JsonObject
}

function addImage(simulator: AwsSimulator, id: string, created: number): void {
  simulator.region().addImage({
    id,
    name: `stable-${id}`,
    owner: imageOwner,
    architecture: 'x86_64',
    created,
    rootDevice: '/dev/sda1',
    rootSize: 8,
    tags: [],
  })
}

const errors = {
  Throttled: 'Throttling',
  Unavailable: 'ServiceUnavailable',
  Unauthenticated: 'ExpiredToken',
  PermissionDenied: 'AccessDenied',
} as const satisfies Record<FailureCode, string>

function isWrite(operation: string): boolean {
  return !operation.startsWith('Describe') && !operation.startsWith('Get')
}

function handInCloud(simulator: AwsSimulator, manual: ManualClock): ConformanceCloud {
  const cloud = simulator.region()
  return {
    calls: () => simulator.calls.list().map(({ operation }) => ({ call: operation, write: isWrite(operation) })),
    describe: (pool) => describe(simulator, pool),
    leaks: (pool) => [
      ...groupsOf(simulator, pool).map(({ name }) => name),
      ...templatesOf(simulator, pool).map(({ id }) => id),
    ],
    fail(sort, code, times) {
      if (times === 0) return simulator.faults.clear()
      simulator.faults.add({
        operation: '*',
        error: errors[code],
        times,
        when: ({ operation }) => sort === 'any' || isWrite(operation) === (sort === 'write'),
      })
    },
    loseAnswer: () =>
      void simulator.faults.add({
        operation: '*',
        error: 'drop',
        phase: 'after',
        times: 1,
        when: ({ operation }) => isWrite(operation),
      }),
    lag: (ms) => simulator.setLag(ms),
    shortage(on) {
      for (const type of ['m5.large', 'm5.xlarge']) {
        if (on) cloud.capacity.limit(type, '*', 0)
        else cloud.capacity.unlimit(type, '*')
      }
    },
    quota: (exhausted) => cloud.capacity.setVcpuQuota(exhausted ? 0 : undefined),
    moveImage: () => addImage(simulator, 'ami-00000000000000009', manual.now()),
    rebalance(pool) {
      // The new one stays above the desired size for as long as it starts.
      cloud.setLaunchTime(3_600_000)
      cloud.recommendRebalance(groupsOf(simulator, pool)[0]!.members[0]!.id)
    },
    terminate: ({ incarnation }) => cloud.failInstance(incarnation),
    plant: (pool, group) => plant(simulator, pool, group),
  }
}

/** The names a pool may use. */
function belongs(pool: PoolRef, name: string): boolean {
  return name === pool.key.name || new RegExp(`^${pool.key.name}-[0-9a-f]{8}$`).test(name)
}

function groupsOf(simulator: AwsSimulator, pool: PoolRef): readonly Group[] {
  return simulator
    .region()
    .groups()
    .filter(({ name }) => belongs(pool, name))
}

function templatesOf(simulator: AwsSimulator, pool: PoolRef): readonly LaunchTemplate[] {
  return simulator
    .region()
    .launchTemplates()
    .filter(({ name }) => belongs(pool, name))
}

/** Without what changes by itself: boot states, health, activities. */
function describe(simulator: AwsSimulator, pool: PoolRef): JsonValue {
  const groups = groupsOf(simulator, pool).map(
    ({ name, desired, min, max, source, tags, hooks, subnets, members }) => ({
      name,
      desired,
      min,
      max,
      source,
      tags,
      hooks,
      subnets,
      instances: members.map(({ id }) => id).toSorted(),
    }),
  )
  return JSON.parse(JSON.stringify({ groups, templates: templatesOf(simulator, pool) })) as JsonValue
}

/** A group, with its template, of somebody who did not ask us. */
async function plant(simulator: AwsSimulator, pool: PoolRef, group: PlantedGroup): Promise<void> {
  const configuration = { region, endpoint: simulator.url, credentials }
  const ec2 = new EC2Client(configuration)
  const autoScaling = new AutoScalingClient(configuration)
  const upstream = 'sigs.k8s.io/cluster-api-provider-aws'
  const tags = {
    none: {},
    otherPool: {
      'machinepool/management-id': 'management-1',
      'machinepool/namespace': 'default',
      'machinepool/cluster': 'c1',
      'machinepool/pool': 'another',
    },
    upstream: {
      Name: pool.key.name,
      [`kubernetes.io/cluster/${pool.cluster.name}`]: 'owned',
      [`${upstream}/cluster/${pool.cluster.name}`]: 'owned',
      [`${upstream}/role`]: 'node',
    },
  }[group.marks]
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  const { LaunchTemplate: template } = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: `${pool.key.name}-planted`,
      LaunchTemplateData: {
        ImageId: 'ami-00000000000000001',
        InstanceType: group.drifted ? 'c5.large' : 'm5.large',
        UserData: Buffer.from('#cloud-config\n').toString('base64'),
      },
      ...(Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: 'launch-template', Tags }] }),
    }),
  )
  // Another pool's group in the way makes room for this pool under its second name; here both names are taken.
  const names = group.marks === 'otherPool' ? Object.values(awsGroupNames(pool)) : [pool.key.name]
  for (const AutoScalingGroupName of names) {
    await autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName,
        MinSize: base.minSize,
        MaxSize: base.maxSize,
        DesiredCapacity: group.size,
        VPCZoneIdentifier: 'subnet-123',
        DefaultInstanceWarmup: 300,
        LaunchTemplate: { LaunchTemplateId: template!.LaunchTemplateId, Version: '$Latest' },
        Tags: Tags.map((tag) => ({
          ...tag,
          ResourceId: AutoScalingGroupName,
          ResourceType: 'auto-scaling-group',
          PropagateAtLaunch: false,
        })),
      }),
    )
  }
  ec2.destroy()
  autoScaling.destroy()
}
