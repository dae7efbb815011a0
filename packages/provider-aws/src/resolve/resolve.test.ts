import type { JsonObject, PoolRef } from '@machinepool/contract'
import { describe, expect, test } from 'vitest'

import type { AwsSession } from '../aws/session.ts'
import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import { enclaveProblems } from './enclaves.ts'
import { imageQuestion } from './image.ts'
import type { Lookups } from './lookups.ts'
import { resolveSecurityGroups } from './security-groups.ts'
import { resolveSubnets } from './subnets.ts'

const signal = new AbortController().signal
// These look-ups are answered below; nothing is sent.
const session = {} as AwsSession

const lookups: Lookups = {
  images: () => Promise.resolve([]),
  image: () => Promise.resolve(undefined),
  architecture: () => Promise.resolve('x86_64'),
  parameter: () => Promise.resolve(undefined),
  subnets: (_session, filters) =>
    Promise.resolve(
      filters[0]?.name === 'tag:none'
        ? []
        : [
            { SubnetId: `subnet-${filters[0]?.values[0]}` },
            {
              SubnetId: 'subnet-pods',
              Tags: [{ Key: 'sigs.k8s.io/cluster-api-provider-aws/association', Value: 'secondary' }],
            },
          ],
    ),
  securityGroups: (_session, filters) => Promise.resolve(filters[0]?.name === 'tag:none' ? [] : ['sg-found']),
}

const awsCluster: JsonObject = {
  spec: {
    region: 'us-east-1',
    imageLookupOrg: '1234',
    network: {
      subnets: [
        { id: 'private-a', resourceID: 'subnet-pa', availabilityZone: 'us-east-1a', isPublic: false },
        { id: 'subnet-ua', availabilityZone: 'us-east-1a', isPublic: true },
        { id: 'subnet-pb', availabilityZone: 'us-east-1b', isPublic: false },
        {
          id: 'subnet-cni',
          availabilityZone: 'us-east-1b',
          isPublic: false,
          tags: { 'sigs.k8s.io/cluster-api-provider-aws/association': 'secondary' },
        },
      ],
    },
  },
  status: {
    networkStatus: { securityGroups: { node: { id: 'sg-node' }, lb: { id: 'sg-lb' }, bastion: { id: 'sg-b' } } },
  },
}

function poolOf(spec: Partial<AWSMachinePoolSpec>, changes: Partial<PoolRef<AWSMachinePoolSpec>> = {}) {
  return {
    key: { namespace: 'default', name: 'np' },
    cluster: { namespace: 'default', name: 'prod', infrastructure: awsCluster },
    managementId: 'm1',
    spec: { minSize: 1, maxSize: 3, awsLaunchTemplate: {}, ...spec },
    annotations: {},
    replicas: 1,
    version: 'v1.34.1',
    failureDomains: [],
    recorded: {},
    adopt: false,
    externallyScaled: false,
    operations: [],
    ...changes,
  } satisfies PoolRef<AWSMachinePoolSpec>
}

describe('placement', () => {
  const filters = [{ name: 'tag:a', values: ['x'] }]
  test.each<readonly [string, ReturnType<typeof poolOf>, readonly string[]]>([
    ['CAPA-087 ids win', poolOf({ subnets: [{ id: 'subnet-1' }], availabilityZones: ['us-east-1b'] }), ['subnet-1']],
    [
      'each entry adds; pods’ subnets do not count',
      poolOf({ subnets: [{ id: 'subnet-1' }, { filters }] }),
      ['subnet-1', 'subnet-x'],
    ],
    ['CAPA-088 zones of the spec', poolOf({ availabilityZones: ['us-east-1a'] }), ['subnet-pa', 'subnet-ua']],
    ['CAPA-089 failure domains', poolOf({}, { failureDomains: ['us-east-1b'] }), ['subnet-cni', 'subnet-pb']],
    [
      'CAPA-090 public only',
      poolOf({ availabilityZones: ['us-east-1a'], availabilityZoneSubnetType: 'public' }),
      ['subnet-ua'],
    ],
    [
      'CAPA-090 private only',
      poolOf({ availabilityZones: ['us-east-1b'], availabilityZoneSubnetType: 'private' }),
      ['subnet-pb'],
    ],
    ['CAPA-092 private subnets of the cluster', poolOf({}), ['subnet-pa', 'subnet-pb']],
  ])('%s', async (_name, pool, expected) => {
    expect((await resolveSubnets(pool, session, lookups, signal)).subnetIds).toEqual(expected)
  })

  test.each<readonly [string, ReturnType<typeof poolOf>]>([
    ['CAPA-091 a zone without any', poolOf({ availabilityZones: ['us-east-1a', 'us-east-1z'] })],
    ['filters that find none', poolOf({ subnets: [{ filters: [{ name: 'tag:none', values: [] }] }] })],
    ['CAPA-093 nothing at all', poolOf({}, { cluster: { namespace: 'default', name: 'prod' } })],
  ])('%s is a problem', async (_name, pool) => {
    expect(await resolveSubnets(pool, session, lookups, signal)).toMatchObject({
      subnetIds: [],
      problems: [{ code: 'NotFound', reason: 'SubnetNotFound' }],
    })
  })
})

test('security groups: the cluster’s for nodes, and the spec’s', async () => {
  const pool = poolOf({
    awsLaunchTemplate: {
      additionalSecurityGroups: [
        { id: 'sg-1' },
        { filters: [{ name: 'tag:a', values: [] }] },
        { filters: [{ name: 'tag:none', values: [] }] },
      ],
    },
  })
  expect(await resolveSecurityGroups(pool, session, lookups, signal)).toMatchObject({
    securityGroupIds: ['sg-1', 'sg-found', 'sg-lb', 'sg-node'],
    problems: [{ reason: 'SecurityGroupNotFound' }],
  })
})

describe('the image', () => {
  const controlPlane = { spec: { region: 'us-east-1', eksClusterName: 'eks' } }
  test('CAPA-082 by id, by the cluster’s defaults, by format', () => {
    expect(imageQuestion(poolOf({ awsLaunchTemplate: { ami: { id: 'ami-1' } } }))).toEqual({ by: 'id', id: 'ami-1' })
    expect(imageQuestion(poolOf({}))).toEqual({ by: 'lookup', owner: '1234', name: 'capa-ami-ubuntu-24.04-?1.34.1-*' })
    expect(
      imageQuestion(
        poolOf({
          awsLaunchTemplate: {
            imageLookupFormat: '{{.BaseOS}}/{{ .K8sVersion }}',
            imageLookupOrg: '99',
            imageLookupBaseOS: 'flatcar',
          },
        }),
      ),
    ).toEqual({ by: 'lookup', owner: '99', name: 'flatcar/1.34.1' })
  })

  test('CAPA-082 neither id nor version names what is missing', () => {
    const { version: _, ...pool } = poolOf({})
    expect(imageQuestion(pool)).toMatchObject({ by: 'nothing', problem: { reason: 'KubernetesVersionMissing' } })
  })

  test.each([
    [undefined, 'x86_64', 'amazon-linux-2'],
    [undefined, 'arm64', 'amazon-linux-2-arm64'],
    ['AmazonLinuxGPU', 'arm64', 'amazon-linux-2-gpu'],
    ['AmazonLinux2023', 'arm64', 'amazon-linux-2023/arm64/standard'],
    ['AmazonLinux2023GPU', 'x86_64', 'amazon-linux-2023/x86_64/nvidia'],
  ] as const)('CAPA-083 EKS %s on %s', (eksLookupType, architecture, path) => {
    const pool = poolOf(
      { awsLaunchTemplate: eksLookupType === undefined ? {} : { ami: { eksLookupType } } },
      { cluster: { namespace: 'default', name: 'prod', controlPlane } },
    )
    const question = imageQuestion(pool)
    expect(question.by === 'parameter' && question.name(architecture)).toBe(
      `/aws/service/eks/optimized-ami/1.34/${path}/recommended/image_id`,
    )
  })
})

describe('CAPA-053 enclaves', () => {
  const edge: JsonObject = {
    spec: {
      region: 'us-east-1',
      network: {
        subnets: [
          { id: 'subnet-a', availabilityZone: 'us-east-1a', zoneType: 'availability-zone' },
          { id: 'local', resourceID: 'subnet-l', availabilityZone: 'us-east-1-bos-1a', zoneType: 'local-zone' },
          { id: 'subnet-w', availabilityZone: 'us-east-1-wl1-bos-wlz-1', zoneType: 'wavelength-zone' },
        ],
      },
    },
  }
  const on = { enclaveOptions: { enabled: true } }
  const cluster = { namespace: 'default', name: 'prod', infrastructure: edge }

  test.each<readonly [string, Partial<AWSMachinePoolSpec>, readonly string[]]>([
    ['in a Local Zone by its AWS id', { subnets: [{ id: 'subnet-l' }] }, ['NitroEnclaveEdgeZoneUnsupported']],
    ['in a Local Zone by its name', { subnets: [{ id: 'local' }] }, ['NitroEnclaveEdgeZoneUnsupported']],
    ['in a Wavelength Zone', { availabilityZones: ['us-east-1-wl1-bos-wlz-1'] }, ['NitroEnclaveEdgeZoneUnsupported']],
    ['in a zone of the region', { availabilityZones: ['us-east-1a'] }, []],
    ['in a subnet that nobody knows', { subnets: [{ id: 'subnet-9' }] }, []],
  ])('%s', (_name, spec, reasons) => {
    const pool = poolOf({ ...spec, awsLaunchTemplate: on }, { cluster })
    expect(enclaveProblems(pool).map(({ reason }) => reason)).toEqual(reasons)
    expect(enclaveProblems(poolOf({ ...spec, awsLaunchTemplate: {} }, { cluster }))).toEqual([])
  })
})
