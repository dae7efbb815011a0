import { FlagError } from './flag-error.ts'

/** What a flag takes. `pairs` are `Name=true|false`, `list` is text, both separated by commas. */
export type FlagKind = 'string' | 'boolean' | 'duration' | 'integer' | 'number' | 'list' | 'pairs'

export type FlagValue = string | boolean | number | readonly string[] | Readonly<Record<string, boolean>>

/** Durations become milliseconds. Throws a FlagError that names the flag and what it takes. */
export function parseValue(name: string, kind: FlagKind, text: string): FlagValue {
  switch (kind) {
    case 'string':
      return text
    case 'boolean':
      return parseBoolean(name, text)
    case 'integer':
      if (!/^\d{1,9}$/.test(text)) throw refusal(name, 'a number', text)
      return Number(text)
    case 'number':
      if (!/^-?\d{1,9}(\.\d+)?$/.test(text)) throw refusal(name, 'a number', text)
      return Number(text)
    case 'duration':
      return parseDuration(name, text)
    case 'list':
      return text === '' ? [] : text.split(',').map((part) => part.trim())
    case 'pairs':
      return parsePairs(name, text)
  }
}

function refusal(name: string, wanted: string, text: string): FlagError {
  return new FlagError(`--${name} takes ${wanted}, not ${JSON.stringify(text)}`)
}

function parseBoolean(name: string, text: string): boolean {
  if (['true', '1', 't', 'T', 'TRUE', 'True'].includes(text)) return true
  if (['false', '0', 'f', 'F', 'FALSE', 'False'].includes(text)) return false
  throw refusal(name, 'true or false', text)
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
}

/** Go's format of a duration (https://pkg.go.dev/time#ParseDuration), such as `1h30m`, `15s` or `0`, not below zero. */
function parseDuration(name: string, text: string): number {
  if (text === '0') return 0
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(text)) {
    throw refusal(name, 'a duration such as 10m or 90s', text)
  }
  let total = 0
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (unitMs[unit ?? ''] ?? 0)
  }
  return total
}

function parsePairs(name: string, text: string): Record<string, boolean> {
  const pairs: Record<string, boolean> = {}
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [key = '', value = ''] = pair.split('=').map((part) => part.trim())
    pairs[key] = parseBoolean(`${name}=${key}`, value)
  }
  return pairs
}
