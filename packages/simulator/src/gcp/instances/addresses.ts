import type { GcpSubnetwork } from '../world.ts'

/** The first two and the last two addresses of a subnetwork are the network's own. */
const reserved = 2

/** Takes the lowest address of a subnetwork that nobody has; undefined when there is none. */
export function allocateAddress(taken: Set<string>, { cidr }: GcpSubnetwork): string | undefined {
  const [base = '', bits = '20'] = cidr.split('/')
  const first = base.split('.').reduce((value, byte) => value * 256 + Number(byte), 0)
  const size = 2 ** (32 - Number(bits))
  for (let offset = reserved; offset < size - reserved; offset++) {
    const address = [24, 16, 8, 0].map((shift) => Math.floor((first + offset) / 2 ** shift) % 256).join('.')
    if (taken.has(address)) continue
    taken.add(address)
    return address
  }
  return undefined
}
