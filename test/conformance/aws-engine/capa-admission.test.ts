import { resourceOf, toCustomResourceDefinition } from '@machinepool/api'
import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { ApiError, createClient, loadKubeconfig, type Client, type Resource } from '@machinepool/kube'
import { awsMachinePoolKind, type AWSMachinePool } from '@machinepool/provider-aws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

type Spec = NonNullable<AWSMachinePool['spec']>
type Template = Spec['awsLaunchTemplate']

const pools: Resource<AWSMachinePool> = resourceOf(awsMachinePoolKind)

let server: ApiServer
let client: Client
let count = 0

beforeAll(async () => {
  server = await createApiServer({ crds: [toCustomResourceDefinition(awsMachinePoolKind)] })
  client = createClient(await loadKubeconfig({ text: server.kubeconfig() }))
})
afterAll(async () => {
  await client.close()
  await server.close()
})

function poolOf(template: Partial<Template>, spec: Partial<Spec>): AWSMachinePool {
  count += 1
  return {
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta2',
    kind: 'AWSMachinePool',
    metadata: { namespace: 'default', name: `pool-${count}` },
    spec: { minSize: 0, maxSize: 3, ...spec, awsLaunchTemplate: { instanceType: 'm5.large', ...template } },
  }
}

/** The field and words of the refusal, at creation and at an update; `undefined` when both are accepted. */
async function refusals(
  template: Partial<Template>,
  spec: Partial<Spec> = {},
): Promise<readonly (string | undefined)[]> {
  const good = await client.create(pools, poolOf({}, {}))
  const wrong = poolOf(template, spec)
  return Promise.all([
    refusalOf(client.create(pools, wrong)),
    refusalOf(client.update(pools, { ...good, ...(wrong.spec && { spec: wrong.spec }) })),
  ])
}

async function refusalOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 422) throw error
    return error.message
  }
}

const both = { id: 'x-1', filters: [{ name: 'tag:a', values: ['b'] }] }
const hook = { name: 'h', lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING' } as const

describe('refused at creation and at an update', () => {
  test.each<readonly [string, Partial<Template>, Partial<Spec>, RegExp]>([
    ['minSize above maxSize', {}, { minSize: 4 }, /minSize must not be greater/],
    ['CAPA-094 a subnet by id and by filters', {}, { subnets: [both] }, /either by id or by filters/],
    ['CAPA-094 a security group by both', { additionalSecurityGroups: [both] }, {}, /either by id or by filters/],
    [
      'CAPA-095 spot options with a mixed policy',
      { spotMarketOptions: {} },
      { mixedInstancesPolicy: { overrides: [{ instanceType: 'm5.large' }] } },
      /not both/,
    ],
    [
      'CAPA-096 the most without the least healthy',
      {},
      { refreshPreferences: { maxHealthyPercentage: 120 } },
      /needs minHealthyPercentage/,
    ],
    [
      'CAPA-096 more than 100 between them',
      {},
      { refreshPreferences: { minHealthyPercentage: 50, maxHealthyPercentage: 200 } },
      /more than 100/,
    ],
    ['CAPA-097 a role without a target', {}, { lifecycleHooks: [{ ...hook, roleARN: 'arn:r' }] }, /go together/],
    ['CAPA-097 a target without a role', {}, { lifecycleHooks: [{ ...hook, notificationTargetARN: 'a' }] }, /together/],
    ['CAPA-097 29 seconds', {}, { lifecycleHooks: [{ ...hook, heartbeatTimeout: '29s' }] }, /between 30s and 48h/],
    ['CAPA-097 49 hours', {}, { lifecycleHooks: [{ ...hook, heartbeatTimeout: '49h' }] }, /between 30s and 48h/],
    ['CAPA-099 a block without a reservation', { marketType: 'CapacityBlock' }, {}, /needs capacityReservationId/],
    [
      'CAPA-099 spot options on demand',
      { marketType: 'OnDemand', spotMarketOptions: {} },
      {},
      /spotMarketOptions need marketType Spot/,
    ],
    [
      'CAPA-099 a reservation on spot',
      { marketType: 'Spot', capacityReservationId: 'cr-1' },
      {},
      /cannot be used with spot/,
    ],
    [
      'CAPA-099 a reservation with an open preference',
      { capacityReservationId: 'cr-1', capacityReservationPreference: 'Open' },
      {},
      /must be CapacityReservationsOnly or absent/,
    ],
    ['CAPA-100 a tag of AWS’s own', {}, { additionalTags: { 'aws:x': 'y' } }, /do not begin with aws:/],
    ['CAPA-100 a tag value of 257 characters', {}, { additionalTags: { a: 'b'.repeat(257) } }, /at most 256/],
    ['io2 without iops', { rootVolume: { size: 8, type: 'io2' } }, {}, /need iops/],
    ['throughput on gp2', { rootVolume: { size: 8, type: 'gp2', throughput: 200 } }, {}, /gp3 only/],
    ['a further volume without a device', { nonRootVolumes: [{ size: 8 }] }, {}, /needs a deviceName/],
    ['a partition without a placement group', { placementGroupPartition: 1 }, {}, /needs placementGroupName/],
    ['a host without host tenancy', { hostID: 'h-1' }, {}, /needs tenancy host/],
    ['a warm pool of spot instances', { spotMarketOptions: {} }, { warmPool: {} }, /no warm pools/],
    [
      'an override that names no type and describes none',
      {},
      { mixedInstancesPolicy: { overrides: [{ weightedCapacity: 2 }] } },
      /either instanceType or instanceRequirements/,
    ],
  ])('%s', async (_name, template, spec, words) => {
    for (const refusal of await refusals(template, spec)) expect(refusal).toMatch(words)
  })
})

describe('accepted at creation and at an update', () => {
  test.each<readonly [string, Partial<Template>, Partial<Spec>]>([
    ['CAPA-098 a device name of the root volume', { rootVolume: { size: 8, deviceName: '/dev/sda1' } }, {}],
    ['CAPA-099 a block with its reservation', { marketType: 'CapacityBlock', capacityReservationId: 'cr-1' }, {}],
    ['CAPA-099 spot by market type alone', { marketType: 'Spot' }, {}],
    ['size 0', {}, { minSize: 0 }],
    ['spot without a price', { spotMarketOptions: {} }, {}],
  ])('%s', async (_name, template, spec) => {
    expect(await refusals(template, spec)).toEqual([undefined, undefined])
  })
})
