import { BlockList, isIP } from 'node:net'

import type { Environment } from '@marcbachmann/cel-js'

import { addQuantities, compareQuantities, parseQuantity, type Quantity } from '../kinds/quantity.ts'

/**
 * Adds the functions that an API server offers to rules, as far as they do not come with the language.
 *
 * @see https://kubernetes.io/docs/reference/using-api/cel/#cel-options-language-features-and-libraries
 */
export function registerKubernetesLibraries(environment: Environment): Environment {
  return [registerLists, registerTexts, registerQuantities, registerAddresses, registerUrls].reduce(
    (current, register) => register(current),
    environment,
  )
}

function registerLists(environment: Environment): Environment {
  return environment
    .registerFunction('list.sum(): dyn', (list: unknown[]) => sum(list))
    .registerFunction('list.min(): dyn', (list: unknown[]) => extreme(list, false))
    .registerFunction('list.max(): dyn', (list: unknown[]) => extreme(list, true))
    .registerFunction('list.isSorted(): bool', isSorted)
    .registerFunction('list.indexOf(dyn): int', (list: unknown[], item: unknown) => BigInt(list.indexOf(item)))
    .registerFunction('list.lastIndexOf(dyn): int', (list: unknown[], item: unknown) => BigInt(list.lastIndexOf(item)))
}

function registerTexts(environment: Environment): Environment {
  return environment
    .registerFunction('string.find(string): string', (text: string, pattern: string) => find(text, pattern)[0] ?? '')
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => find(text, pattern))
    .registerFunction('string.replace(string, string): string', (text: string, old: string, by: string) =>
      text.replaceAll(old, () => by),
    )
}

function find(text: string, pattern: string): string[] {
  return [...text.matchAll(new RegExp(pattern, 'g'))].map(([found]) => found)
}

type Comparable = bigint | number | string

function sum(list: unknown[]): unknown {
  if (list.length === 0) return 0n
  return list.reduce((total, item) =>
    typeof item === 'bigint' ? (total as bigint) + item : (total as number) + (item as number),
  )
}

function extreme(list: unknown[], largest: boolean): unknown {
  if (list.length === 0) throw new Error(`${largest ? 'max' : 'min'} called on empty list`)
  return (list as Comparable[]).reduce((best, item) => (item > best === largest ? item : best))
}

function isSorted(list: unknown[]): boolean {
  return (list as Comparable[]).every((item, index) => index === 0 || (list[index - 1] as Comparable) <= item)
}

class CelQuantity {
  readonly value: Quantity

  constructor(value: Quantity) {
    this.value = value
  }
}

function toQuantity(text: string): CelQuantity {
  const value = parseQuantity(text)
  if (value === undefined) {
    throw new Error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
  }
  return new CelQuantity(value)
}

function whole(number: bigint): CelQuantity {
  return new CelQuantity({ mantissa: number, exponent: 0, form: 'decimal' })
}

function registerQuantities(environment: Environment): Environment {
  const compare = (a: CelQuantity, b: CelQuantity) => compareQuantities(a.value, b.value)
  const add = (a: CelQuantity, b: CelQuantity, sign: bigint) =>
    new CelQuantity(addQuantities(a.value, { ...b.value, mantissa: b.value.mantissa * sign }))
  return environment
    .registerType('kubernetes.Quantity', CelQuantity)
    .registerFunction('isQuantity(string): bool', (text: string) => parseQuantity(text) !== undefined)
    .registerFunction('quantity(string): kubernetes.Quantity', toQuantity)
    .registerFunction('kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool', (a, b) => compare(a, b) > 0)
    .registerFunction('kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool', (a, b) => compare(a, b) < 0)
    .registerFunction('kubernetes.Quantity.compareTo(kubernetes.Quantity): int', (a, b) => BigInt(compare(a, b)))
    .registerFunction('kubernetes.Quantity.add(kubernetes.Quantity): kubernetes.Quantity', (a, b) => add(a, b, 1n))
    .registerFunction('kubernetes.Quantity.add(int): kubernetes.Quantity', (a, b) => add(a, whole(b), 1n))
    .registerFunction('kubernetes.Quantity.sub(kubernetes.Quantity): kubernetes.Quantity', (a, b) => add(a, b, -1n))
    .registerFunction('kubernetes.Quantity.sub(int): kubernetes.Quantity', (a, b) => add(a, whole(b), -1n))
    .registerFunction('kubernetes.Quantity.sign(): int', (a) => BigInt(compare(a, whole(0n))))
    .registerFunction('kubernetes.Quantity.isInteger(): bool', ({ value }: CelQuantity) => value.exponent >= 0)
    .registerFunction('kubernetes.Quantity.asInteger(): int', asInteger)
    .registerFunction(
      'kubernetes.Quantity.asApproximateFloat(): double',
      ({ value }: CelQuantity) => Number(value.mantissa) * 10 ** value.exponent,
    )
}

function asInteger({ value: { mantissa, exponent } }: CelQuantity): bigint {
  if (exponent < 0) throw new Error('cannot convert value to integer')
  return mantissa * 10n ** BigInt(exponent)
}

class CelAddress {
  readonly text: string
  readonly family: 4 | 6

  constructor(text: string) {
    const family = isIP(text)
    if (family !== 4 && family !== 6)
      throw new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string`)
    this.text = text
    this.family = family
  }
}

class CelNetwork {
  readonly address: CelAddress
  readonly length: number

  constructor(text: string) {
    const [address = '', length = '', more] = text.split('/')
    this.address = new CelAddress(address)
    this.length = Number(length)
    if (more !== undefined || !/^\d{1,3}$/.test(length) || this.length > bitsOf(this.address))
      throw new Error(`network address parse error during conversion from string: ${text}`)
  }
}

function bitsOf({ family }: CelAddress): number {
  return family === 4 ? 32 : 128
}

function within(address: CelAddress, network: string): boolean {
  const { address: base, length } = new CelNetwork(network)
  if (base.family !== address.family) return false
  const list = new BlockList()
  list.addSubnet(base.text, length, base.family === 4 ? 'ipv4' : 'ipv6')
  return list.check(address.text, address.family === 4 ? 'ipv4' : 'ipv6')
}

function parses(make: () => unknown): boolean {
  try {
    make()
    return true
  } catch {
    return false
  }
}

function registerAddresses(environment: Environment): Environment {
  const isOneOf =
    (...networks: readonly string[]) =>
    (address: CelAddress) =>
      networks.some((network) => within(address, network))
  const contains = ({ address, length }: CelNetwork, other: CelAddress) => within(other, `${address.text}/${length}`)
  const containsNetwork = (network: CelNetwork, other: CelNetwork) =>
    other.length >= network.length && contains(network, other.address)
  return environment
    .registerType('net.IP', CelAddress)
    .registerType('net.CIDR', CelNetwork)
    .registerFunction('isIP(string): bool', (text: string) => isIP(text) !== 0)
    .registerFunction('ip(string): net.IP', (text: string) => new CelAddress(text))
    .registerFunction('net.IP.family(): int', ({ family }: CelAddress) => BigInt(family))
    .registerFunction('net.IP.isUnspecified(): bool', isOneOf('0.0.0.0/32', '::/128'))
    .registerFunction('net.IP.isLoopback(): bool', isOneOf('127.0.0.0/8', '::1/128'))
    .registerFunction('net.IP.isLinkLocalMulticast(): bool', isOneOf('224.0.0.0/24', 'ff02::/16'))
    .registerFunction('net.IP.isLinkLocalUnicast(): bool', isOneOf('169.254.0.0/16', 'fe80::/10'))
    .registerFunction(
      'net.IP.isGlobalUnicast(): bool',
      (address: CelAddress) =>
        !isOneOf('0.0.0.0/32', '255.255.255.255/32', '127.0.0.0/8', '224.0.0.0/4', '169.254.0.0/16')(address) &&
        !isOneOf('::/128', '::1/128', 'ff00::/8', 'fe80::/10')(address),
    )
    .registerFunction('isCIDR(string): bool', (text: string) => parses(() => new CelNetwork(text)))
    .registerFunction('cidr(string): net.CIDR', (text: string) => new CelNetwork(text))
    .registerFunction('net.CIDR.containsIP(string): bool', (network, text) => contains(network, new CelAddress(text)))
    .registerFunction('net.CIDR.containsIP(net.IP): bool', contains)
    .registerFunction('net.CIDR.containsCIDR(string): bool', (network, text) =>
      containsNetwork(network, new CelNetwork(text)),
    )
    .registerFunction('net.CIDR.containsCIDR(net.CIDR): bool', containsNetwork)
    .registerFunction('net.CIDR.ip(): net.IP', ({ address }: CelNetwork) => address)
    .registerFunction('net.CIDR.prefixLength(): int', ({ length }: CelNetwork) => BigInt(length))
}

class CelUrl {
  readonly scheme: string
  /** With the port as it was written. */
  readonly host: string
  readonly path: string

  constructor(text: string) {
    if (!isUrl(text)) {
      const shown = JSON.stringify(text)
      throw new Error(`URL parse error during conversion from string: parse ${shown}: invalid URI for request`)
    }
    const { protocol, pathname } = new URL(text, 'http://localhost')
    const bare = text.startsWith('/')
    const [, host = '', rest = ''] = /^[^:/]+:\/\/(?:[^@/?#]*@)?([^/?#]*)(\/?)/.exec(text) ?? []
    this.scheme = bare ? '' : protocol.slice(0, -1)
    this.host = bare ? '' : host
    // A URL that ends with its host has no path, although the parser gives it one.
    this.path = bare || rest !== '' ? pathname : ''
  }
}

function isUrl(text: string): boolean {
  return text.startsWith('/') ? URL.canParse(text, 'http://localhost') : URL.canParse(text)
}

function registerUrls(environment: Environment): Environment {
  return environment
    .registerType('kubernetes.URL', CelUrl)
    .registerFunction('isURL(string): bool', isUrl)
    .registerFunction('url(string): kubernetes.URL', (text: string) => new CelUrl(text))
    .registerFunction('kubernetes.URL.getScheme(): string', ({ scheme }: CelUrl) => scheme)
    .registerFunction('kubernetes.URL.getHost(): string', ({ host }: CelUrl) => host)
    .registerFunction('kubernetes.URL.getHostname(): string', ({ host }: CelUrl) =>
      host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1'),
    )
    .registerFunction('kubernetes.URL.getPort(): string', ({ host }: CelUrl) => /:(\d+)$/.exec(host)?.[1] ?? '')
    .registerFunction('kubernetes.URL.getEscapedPath(): string', ({ path }: CelUrl) => path)
}
