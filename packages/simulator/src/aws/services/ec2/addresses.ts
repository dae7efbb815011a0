import { AwsError } from '../../error.ts'
import type { AddressSpace, Ec2, Subnet } from './state.ts'

/** AWS keeps the first four addresses of a subnet and the last one to itself. */
const reserved = 4

/** A private address of a subnet that no living instance has. */
export function allocateAddress(ec2: Ec2, subnet: Subnet): string {
  const { first, size } = range(subnet)
  const space = spaceOf(ec2, subnet.id)
  const usable = size - reserved - 1
  for (let tried = 0; tried < usable; tried++) {
    const address = toAddress(first + reserved + ((space.next + tried) % usable))
    if (space.used.has(address)) continue
    space.used.add(address)
    space.next = (space.next + tried + 1) % usable
    return address
  }
  throw new AwsError(
    'InsufficientFreeAddressesInSubnet',
    `There are not enough free addresses in subnet '${subnet.id}' to satisfy the requested number of instances.`,
  )
}

/** Marks an address as taken, the ones behind it as the next. */
export function occupyAddress(ec2: Ec2, subnetId: string, address: string) {
  const subnet = ec2.subnets.get(subnetId)
  const space = spaceOf(ec2, subnetId)
  space.used.add(address)
  if (subnet) space.next = Math.max(space.next, toNumber(address) - range(subnet).first - reserved + 1)
}

export function releaseAddress(ec2: Ec2, subnetId: string, address: string) {
  spaceOf(ec2, subnetId).used.delete(address)
}

function spaceOf({ addresses }: Ec2, subnetId: string): AddressSpace {
  let space = addresses.get(subnetId)
  if (!space) addresses.set(subnetId, (space = { used: new Set(), next: 0 }))
  return space
}

export function freeAddresses(ec2: Ec2, subnet: Subnet): number {
  return range(subnet).size - reserved - 1 - spaceOf(ec2, subnet.id).used.size
}

function range({ cidr }: Subnet): { first: number; size: number } {
  const [address = '', bits = '24'] = cidr.split('/')
  return { first: toNumber(address), size: 2 ** (32 - Number(bits)) }
}

function toNumber(address: string): number {
  return address.split('.').reduce((value, byte) => value * 256 + Number(byte), 0)
}

function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}
