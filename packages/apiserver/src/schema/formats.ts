import { isIP, isIPv4, isIPv6 } from 'node:net'

const duration = /^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)(((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*)$/
const dateTime = /^\d{4}-\d{2}-\d{2}[tT ]\d{2}:\d{2}:\d{2}([.,]\d+)?([zZ]|[-+]\d{2}:\d{2})$/
const hostname =
  /^(?=.{1,255}$)[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*\.?$/

/** As in `2 days 3h`: any number before a unit will do. */
const humanDuration =
  /\d+\s*(nano|ns|us|µs|micro|ms|milli|sec|s$|s[^a-zµ]|min|m$|m[^a-zµ]|hr|hour|h$|h[^a-zµ]|day|d$|d[^a-zµ]|wk|week|w$|w[^a-zµ])/i

function isUri(text: string): boolean {
  return URL.canParse(text) || (text.startsWith('/') && URL.canParse(text, 'http://localhost'))
}

export function isCidr(text: string): boolean {
  const [address = '', length = '', more] = text.split('/')
  const version = isIP(address)
  return version !== 0 && more === undefined && /^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128)
}

/** The formats an API server checks in custom resources; it ignores all others. */
export const formatsOfKubernetes = {
  byte: (text: string) => /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0,
  cidr: isCidr,
  date: (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)),
  'date-time': (text: string) => dateTime.test(text) && !Number.isNaN(Date.parse(text.replace(',', '.'))),
  datetime: (text: string) => dateTime.test(text) && !Number.isNaN(Date.parse(text.replace(',', '.'))),
  duration: (text: string) => duration.test(text) || text === '0' || humanDuration.test(text),
  email: (text: string) => /^([^<>@]*<)?[^\s@<>]+@[^\s@<>]+>?$/.test(text) && text.includes('<') === text.endsWith('>'),
  hostname: (text: string) => hostname.test(text),
  ipv4: (text: string) => isIPv4(text),
  ipv6: (text: string) => isIPv6(text),
  mac: (text: string) => /^[0-9a-fA-F]{2}([-:][0-9a-fA-F]{2}){5,7}$/.test(text),
  uri: isUri,
  uuid: (text: string) => /^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/.test(text),
}
