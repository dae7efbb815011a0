import { invalidValue } from './error.ts'

const rfc1035 = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/

/** Resource names follow RFC 1035: at most 63 characters. */
export function checkName(field: string, name: string) {
  if (!rfc1035.test(name)) {
    throw invalidValue(field, name, String.raw`Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'`)
  }
}
