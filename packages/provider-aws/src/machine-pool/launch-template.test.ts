import type { Desired } from '@machinepool/contract'
import { describe, expect, test } from 'vitest'

import { launchTemplateData } from './launch-template.ts'
import { plan } from './plan.ts'
import {
  after,
  bootstrapOf,
  desiredOf,
  mixed,
  nothing,
  specOf,
  summary,
  type Spec,
  type TemplateSpec,
} from './planned-cloud.test.support.ts'
import { plannedCall } from './requests.ts'
import { readInputs, toJson } from './resolved-inputs.ts'

function dataOf(template: Partial<TemplateSpec>, changes: Partial<Spec> = {}) {
  const { pool, resolved, bootstrap } = desiredOf(specOf(changes, template))
  return launchTemplateData(pool, readInputs(resolved), bootstrap)
}

function withGroups(securityGroupIds: readonly string[]): Desired<Spec> {
  const desired = desiredOf(specOf())
  const inputs = toJson({ ...readInputs(desired.resolved), securityGroupIds })
  return desiredOf(specOf(), { resolved: { inputs, problems: [] } })
}

const version = 'CreateTemplate: CreateLaunchTemplateVersion'

describe('a change of the template makes a version that replaces instances', () => {
  const cases: readonly (readonly [string, Partial<TemplateSpec>, Partial<TemplateSpec>])[] = [
    ['CAPA-070 instance profile', { iamInstanceProfile: 'a' }, { iamInstanceProfile: 'b' }],
    ['CAPA-071 instance type', {}, { instanceType: 'm5.xlarge' }],
    ['CAPA-072 IMDSv2 on', {}, { instanceMetadataOptions: { httpTokens: 'required' } }],
    ['CAPA-072 IMDSv2 off', { instanceMetadataOptions: { httpTokens: 'required' } }, {}],
    ['CAPA-073 enclaves on', {}, { enclaveOptions: { enabled: true } }],
    ['CAPA-073 enclaves off', { enclaveOptions: { enabled: true } }, { enclaveOptions: { enabled: false } }],
    ['CAPA-074 spot added to an on-demand pool', { marketType: 'OnDemand' }, { spotMarketOptions: {} }],
    ['CAPA-074 spot removed', { spotMarketOptions: {} }, {}],
    ['CAPA-074 spot price', { spotMarketOptions: { maxPrice: '1' } }, { spotMarketOptions: { maxPrice: '2' } }],
    ['CAPA-075 key', { sshKeyName: 'a' }, { sshKeyName: 'b' }],
    ['CAPA-076 DNS options added', {}, { privateDnsName: { hostnameType: 'ip-name' } }],
    ['CAPA-076 DNS options removed', { privateDnsName: { hostnameType: 'ip-name' } }, {}],
    [
      'CAPA-076 DNS options changed',
      { privateDnsName: { hostnameType: 'ip-name' } },
      { privateDnsName: { hostnameType: 'resource-name' } },
    ],
    ['CAPA-077 reservation added', {}, { capacityReservationId: 'cr-1' }],
    ['CAPA-077 reservation changed', { capacityReservationId: 'cr-1' }, { capacityReservationId: 'cr-2' }],
    ['root volume', {}, { rootVolume: { size: 100 } }],
    ['size of a further volume', volumes(10), volumes(20)],
    ['market type', {}, { marketType: 'Spot' }],
    ['reservation preference', { capacityReservationPreference: 'Open' }, { capacityReservationPreference: 'None' }],
    ['placement group', {}, { placementGroupName: 'close' }],
    ['tenancy', {}, { tenancy: 'dedicated' }],
    ['network interfaces', {}, { networkInterfaces: [{ interfaceType: 'efa' }] }],
  ]
  test.each(cases)('%s', (_name, before, wish) => {
    const desired = desiredOf(specOf({}, wish))
    expect(summary(desired, after(specOf({}, before)))).toEqual([version])
    expect(desired.revision).not.toBe(desiredOf(specOf({}, before)).revision)
    expect(summary(desired, after(specOf({}, wish)))).toEqual([])
  })

  test('CAPA-078 an empty key is no key', () => {
    expect(summary(desiredOf(specOf({}, { sshKeyName: '' })), after(specOf()))).toEqual([])
  })
})

function volumes(size: number): Partial<TemplateSpec> {
  return { nonRootVolumes: [{ deviceName: '/dev/xvdb', size }] }
}

test('CAPA-069 security groups are a set: their order says nothing, one more or less replaces instances', () => {
  const observed = after(specOf())
  expect(summary(withGroups(['sg-1']), observed)).toEqual([])
  expect(withGroups(['sg-2', 'sg-1']).revision).toBe(withGroups(['sg-1', 'sg-2']).revision)
  expect(summary(withGroups(['sg-1', 'sg-2']), observed)).toEqual([version])
  expect(summary(withGroups([]), observed)).toEqual([version])
})

test('CAPA-080 groups that were found by filters are in the request', () => {
  const [create] = plan(withGroups(['sg-9', 'sg-1']), nothing())
  expect(plannedCall(create!.parameters).request).toMatchObject({
    LaunchTemplateData: { SecurityGroupIds: ['sg-1', 'sg-9'] },
  })
})

test('CAPA-067 a pool without bootstrap data has no user data and no tags of it', () => {
  const wish = { bootstrap: undefined }
  expect(summary(desiredOf(specOf(), wish), after(specOf(), wish))).toEqual([])
  const [create] = plan(desiredOf(specOf(), wish), nothing())
  expect(JSON.stringify(create)).not.toContain('bootstrap-data')
  expect(create).toMatchObject({ bootstrap: undefined })
})

describe('CAPA-068 what the EC2 API is told', () => {
  test.each([
    ['no market options on demand', { marketType: 'OnDemand' }, { InstanceMarketOptions: undefined }],
    ['spot without a price', { spotMarketOptions: {} }, { InstanceMarketOptions: { MarketType: 'spot' } }],
    ['spot by market type alone', { marketType: 'Spot' }, { InstanceMarketOptions: { MarketType: 'spot' } }],
    [
      'spot with a price',
      { spotMarketOptions: { maxPrice: '0.1' } },
      { InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { MaxPrice: '0.1' } } },
    ],
    [
      'CAPA-081 capacity block',
      { marketType: 'CapacityBlock', capacityReservationId: 'cr-1' },
      {
        InstanceMarketOptions: { MarketType: 'capacity-block' },
        CapacityReservationSpecification: { CapacityReservationTarget: { CapacityReservationId: 'cr-1' } },
      },
    ],
    [
      'CAPA-081 reservation preference',
      { capacityReservationPreference: 'CapacityReservationsOnly' },
      { CapacityReservationSpecification: { CapacityReservationPreference: 'capacity-reservations-only' } },
    ],
    ['profile by name', { iamInstanceProfile: 'nodes' }, { IamInstanceProfile: { Name: 'nodes' } }],
    [
      'profile by ARN',
      { iamInstanceProfile: 'arn:aws:iam::1:instance-profile/nodes' },
      { IamInstanceProfile: { Arn: 'arn:aws:iam::1:instance-profile/nodes' } },
    ],
    ['enclaves', { enclaveOptions: { enabled: true } }, { EnclaveOptions: { Enabled: true } }],
    [
      'IMDS',
      { instanceMetadataOptions: { httpTokens: 'required', httpProtocolIpv6: 'enabled' } },
      {
        MetadataOptions: {
          HttpEndpoint: 'enabled',
          HttpProtocolIpv6: 'enabled',
          HttpPutResponseHopLimit: 1,
          HttpTokens: 'required',
          InstanceMetadataTags: 'disabled',
        },
      },
    ],
    [
      'placement',
      { placementGroupName: 'close', placementGroupPartition: 2, tenancy: 'host', hostID: 'h-1', hostAffinity: 'host' },
      { Placement: { GroupName: 'close', PartitionNumber: 2, Tenancy: 'host', HostId: 'h-1', Affinity: 'host' } },
    ],
    [
      'interfaces carry the security groups',
      { networkInterfaces: [{ associatePublicIPAddress: false }, { interfaceType: 'efa-only', networkCardIndex: 1 }] },
      {
        NetworkInterfaces: [
          { DeviceIndex: 0, NetworkCardIndex: 0, AssociatePublicIpAddress: false, Groups: ['sg-1'] },
          { DeviceIndex: 1, NetworkCardIndex: 1, InterfaceType: 'efa-only', Groups: ['sg-1'] },
        ],
      },
    ],
  ] satisfies readonly (readonly [string, Partial<TemplateSpec>, object])[])('%s', (_name, template, expected) => {
    expect(dataOf(template)).toMatchObject(expected)
  })

  test('groups are named for the interfaces or for the instance, never for both', () => {
    expect(dataOf({ networkInterfaces: [{}] })).not.toHaveProperty('SecurityGroupIds')
    expect(dataOf({})).toHaveProperty('SecurityGroupIds', ['sg-1'])
  })

  test('in a mixed policy the group says what is bought, not the template', () => {
    expect(dataOf({ marketType: 'Spot' }, mixed)).toMatchObject({ InstanceMarketOptions: undefined })
  })
})

test('CAPA-079 instances and volumes carry the tags, sorted, with the name of the Secret and the hash of its content', () => {
  const { TagSpecifications = [] } = dataOf({}, { additionalTags: { zebra: '1', ant: '2' } })
  expect(TagSpecifications.map(({ ResourceType }) => ResourceType)).toEqual(['instance', 'volume'])
  const keys = TagSpecifications[0]!.Tags!.map(({ Key }) => Key!)
  expect(keys).toEqual(keys.toSorted())
  expect(keys).toContain('ant')
  const upstream = 'sigs.k8s.io/cluster-api-provider-aws'
  expect(TagSpecifications[1]!.Tags).toContainEqual({
    Key: `${upstream}/bootstrap-data-secret`,
    Value: 'default/workers-x1',
  })
  expect(TagSpecifications[1]!.Tags).toContainEqual({ Key: `${upstream}/bootstrap-data-hash`, Value: 'hash-1' })
})

test('CAPA-010 new content of the bootstrap data makes a version of the same revision', () => {
  const desired = desiredOf(specOf(), { bootstrap: bootstrapOf('default/workers-x1', 'hash-2') })
  expect(summary(desired, after(specOf()))).toEqual([version])
  expect(desired.revision).toBe(desiredOf(specOf()).revision)
})

test('CAPA-009 another Secret with the same content is another revision', () => {
  const desired = desiredOf(specOf(), { bootstrap: bootstrapOf('default/workers-x2', 'hash-1') })
  expect(summary(desired, after(specOf()))).toEqual([version])
  expect(desired.revision).not.toBe(desiredOf(specOf()).revision)
})
