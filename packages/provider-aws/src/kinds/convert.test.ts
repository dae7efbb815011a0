import { ConversionError, type UnknownApiObject } from '@machinepool/api'
import { expect, test } from 'vitest'

import { admitAwsObject } from './admit.ts'
import { convertAwsObject } from './convert.ts'

const group = 'infrastructure.cluster.x-k8s.io'

function poolOf(version: string, spec: Record<string, unknown>): UnknownApiObject {
  return { apiVersion: `${group}/${version}`, kind: 'AWSMachinePool', metadata: { name: 'np' }, spec }
}

const base = { minSize: 1, maxSize: 3, awsLaunchTemplate: { instanceType: 'm5.large' } }

test('the documented subnets: text becomes an id, and text again', () => {
  const documented = poolOf('v1beta1', { ...base, subnets: ['subnet-1', { filters: [{ name: 'a', values: ['b'] }] }] })
  const stored = convertAwsObject(documented, `${group}/v1beta2`)
  expect(stored['spec']).toMatchObject({ subnets: [{ id: 'subnet-1' }, { filters: [{ name: 'a', values: ['b'] }] }] })
  expect(convertAwsObject(stored, `${group}/v1beta1`)).toEqual(documented)
})

test.each([
  [42, 'spec.subnets[0]'],
  [{ ids: 'subnet-1' }, 'spec.subnets[0].ids'],
])('subnet %j is refused by the name of its field', (subnet, field) => {
  const broken = poolOf('v1beta1', { ...base, subnets: [subnet] })
  expect(() => convertAwsObject(broken, `${group}/v1beta2`)).toThrow(ConversionError)
  expect(() => convertAwsObject(broken, `${group}/v1beta2`)).toThrow(field)
})

test('what v1beta1 cannot say comes back', () => {
  const stored = poolOf('v1beta2', {
    ...base,
    awsLaunchTemplate: {
      instanceType: 'm5.large',
      marketType: 'Spot',
      instanceMetadataOptions: { httpTokens: 'required' },
    },
    strategy: { type: 'OnDelete' },
    mixedInstancesPolicy: {
      instancesDistribution: { spotAllocationStrategy: 'price-capacity-optimized', onDemandBaseCapacity: 1 },
      overrides: [{ instanceType: 'm5.large', weightedCapacity: 2 }],
    },
    refreshPreferences: { disable: true, minHealthyPercentage: 50 },
  })
  const older = convertAwsObject(stored, `${group}/v1beta1`)
  expect(older['spec']).toEqual({
    ...base,
    mixedInstancesPolicy: {
      instancesDistribution: { onDemandBaseCapacity: 1 },
      overrides: [{ instanceType: 'm5.large' }],
    },
    refreshPreferences: { minHealthyPercentage: 50 },
  })
  expect(convertAwsObject(older, `${group}/v1beta2`)).toEqual(stored)
})

test('admission fills in what upstream fills in, and nothing on deletion', () => {
  const object = poolOf('v1beta2', { ...base, defaultInstanceWarmup: '60s', defaultCoolDown: '0s' })
  expect(admitAwsObject({ operation: 'CREATE', object })).toMatchObject({
    object: { spec: { defaultCoolDown: '300s', defaultInstanceWarmup: '60s' } },
  })
  expect(admitAwsObject({ operation: 'DELETE', object })).toEqual({ object, warnings: [] })
})
