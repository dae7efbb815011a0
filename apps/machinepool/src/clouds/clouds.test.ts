import { expect, test } from 'vitest'

import type { FlagValues } from './cloud.ts'
import { cloudNamed, clouds } from './clouds.ts'

const networks: Readonly<Record<string, readonly [region: string, values: FlagValues]>> = {
  aws: ['eu-west-1', { vpc: 'vpc-1', subnet: ['subnet-1=eu-west-1a,public'], securityGroup: ['sg-1', 'sg-2'] }],
  gcp: ['europe-west1', { project: 'p', zone: ['europe-west1-b'] }],
}

test.each(clouds.map(({ name }) => name))('%s describes the network of a cluster that exists already', (name) => {
  const { existing, kinds, simulatedInfrastructure } = cloudNamed(name)
  const [region, values] = networks[name]!
  const described = existing.infrastructure(region, values)
  expect(described).toMatchObject({
    apiVersion: simulatedInfrastructure.apiVersion,
    kind: simulatedInfrastructure.kind,
    spec: { region },
    status: { ready: true },
  })
  expect(kinds.map(({ kind }) => kind)).toContain(described.kind)
  // Whatever it takes has a flag, and the other way round.
  const flags = existing.flags.map((flag) => /^--(\S+)/.exec(flag.flags)?.[1]?.replace('-g', 'G'))
  expect(flags).toEqual(expect.arrayContaining(Object.keys(values)))
})

test('aws keeps what it was told', () => {
  expect(cloudNamed('aws').existing.infrastructure(...networks['aws']!)).toMatchObject({
    spec: {
      network: { vpc: { id: 'vpc-1' }, subnets: [{ id: 'subnet-1', availabilityZone: 'eu-west-1a', isPublic: true }] },
    },
    status: { networkStatus: { securityGroups: { node: { id: 'sg-1' }, lb: { id: 'sg-2' } } } },
  })
})

test('gcp keeps what it was told', () => {
  expect(cloudNamed('gcp').existing.infrastructure(...networks['gcp']!)).toMatchObject({
    spec: { project: 'p', network: { name: 'default' } },
    status: { failureDomains: { 'europe-west1-b': {} } },
  })
})

test.each([
  ['aws', { subnet: ['subnet-1'] }, '--subnet takes subnet-ID=ZONE'],
  ['gcp', {}, '--infrastructure gcp needs --project'],
  ['gcp', { project: 'p', zone: ['us-east1-a'] }, '--zone takes zones of europe-west1, not "us-east1-a"'],
] as const)('%s refuses %j', (name, values, message) => {
  expect(() => cloudNamed(name).existing.infrastructure('europe-west1', values)).toThrow(message)
})
