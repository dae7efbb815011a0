import { BlockList, isIP } from 'node:net'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy that the environment asks for, by the rules that kubectl and all Go programs keep
 * (https://pkg.go.dev/golang.org/x/net/http/httpproxy): `HTTPS_PROXY` or `HTTP_PROXY` by the server's scheme, in either case of
 * letters, but for the hosts of `NO_PROXY` and this machine itself.
 */
export function proxyFromEnvironment(server: string, environment: Environment): string | undefined {
  const { protocol, hostname, port } = new URL(server)
  const secure = protocol === 'https:'
  const name = secure ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = environment[name] || environment[name.toLowerCase()]
  if (!proxy) {
    return undefined
  }
  const host = hostname.replaceAll(/^\[|\]$/g, '')
  const exceptions = (environment['NO_PROXY'] || environment['no_proxy'] || '').split(',')
  const target = { host, port: port || (secure ? '443' : '80') }
  if (isLoopback(host) || exceptions.some((exception) => matches(exception.trim().toLowerCase(), target))) {
    return undefined
  }
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

/** @param host as in a URL: an IPv6 address may be in brackets. */
export function isLoopback(host: string): boolean {
  return ['localhost', '::1', '[::1]'].includes(host) || (isIP(host) === 4 && host.startsWith('127.'))
}

/** `*`, a domain with all below it, `.domain` for those below alone, an address, or a block of addresses; a port may follow. */
function matches(exception: string, { host, port }: { readonly host: string; readonly port: string }): boolean {
  if (exception === '' || exception === '*') {
    return exception === '*'
  }
  const [block = '', bits] = exception.split('/')
  if (bits !== undefined) {
    return isInBlock(host, block, Number(bits))
  }
  const [, name = exception, ofPort] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(isIP(exception) === 6 ? '' : exception) ?? []
  if (ofPort !== undefined && ofPort !== port) {
    return false
  }
  if (isIP(host) !== 0) {
    return host === name
  }
  const below = name.startsWith('*.') ? name.slice(1) : name
  return below.startsWith('.') ? host.endsWith(below) : host === below || host.endsWith(`.${below}`)
}

function isInBlock(host: string, block: string, bits: number): boolean {
  const version = isIP(block)
  if (version === 0 || isIP(host) !== version || !(bits >= 0 && bits <= (version === 4 ? 32 : 128))) {
    return false
  }
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const blocks = new BlockList()
  blocks.addSubnet(block, bits, family)
  return blocks.check(host, family)
}
