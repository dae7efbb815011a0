import type { CreateTable } from '../../../table.ts'
import { createCapacity } from './capacity.ts'
import { defaultInstanceTypes } from './instance-types.ts'
import type { Ec2 } from './state.ts'
import type { World } from './world.ts'

export interface Ec2Options {
  readonly world: World
  readonly keyPairs: readonly string[] | 'any'
  /** A table that shows its records as late as the simulator was told. */
  readonly createTable: CreateTable
}

export function createEc2({ world, keyPairs, createTable }: Ec2Options): Ec2 {
  const ec2: Ec2 = {
    vpcs: createTable('vpcs'),
    subnets: createTable('subnets'),
    securityGroups: createTable('securityGroups'),
    images: createTable('images'),
    keyPairs: createTable('keyPairs'),
    launchTemplates: createTable('launchTemplates'),
    instances: createTable('instances'),
    instanceTypes: defaultInstanceTypes(),
    capacity: createCapacity(),
    addresses: new Map(),
    anyKeyPair: keyPairs === 'any',
    listeners: new Set(),
    clientTokens: createTable('clientTokens'),
  }
  for (const vpc of world.vpcs) ec2.vpcs.put(vpc.id, vpc)
  for (const subnet of world.subnets) ec2.subnets.put(subnet.id, subnet)
  for (const group of world.securityGroups) ec2.securityGroups.put(group.id, group)
  for (const image of world.images) ec2.images.put(image.id, image)
  if (keyPairs !== 'any') for (const name of keyPairs) ec2.keyPairs.put(name, { name, id: `key-${name}` })
  return ec2
}
