import type { Dice } from './dice.ts'

type Schema = Readonly<Record<string, unknown>>

const words = [
  'a',
  'ab',
  'abc',
  'abcdefgh',
  'red',
  'green',
  'x',
  'xy',
  'A',
  '',
  'low',
  'small',
  'large',
  '1',
  '-1',
  'é',
]
const byFormat: Readonly<Record<string, readonly string[]>> = {
  'date-time': [
    '2026-01-02T03:04:05Z',
    '2026-01-02T03:04:05.123Z',
    '2026-01-02 03:04:05',
    '2026-01-02T03:04:05+02:00',
    'now',
  ],
  date: ['2026-01-02', '2026-13-02', 'today'],
  duration: ['1h', '5m30s', 'P1D', '3', 'soon'],
  email: ['a@example.com', 'a', 'A B <a@b.c>'],
  ipv4: ['10.0.0.1', '10.0.0', '::1'],
  cidr: ['10.0.0.0/8', '10.0.0.0', '::/0'],
  uuid: ['00000000-0000-4000-8000-000000000000', 'x', '00000000000040008000000000000000'],
  uri: ['https://example.com/a', 'a', '/a', 'urn:a:b', 'a b'],
  byte: ['YWJj', 'YWI=', '*', 'YWI'],
}

/** A value for a schema: mostly one that it allows, at times one that it does not. */
export function valueFor(schema: Schema, dice: Dice): unknown {
  if (dice.once(40)) return anything(dice, 2)
  if (dice.once(40)) return null
  const { enum: allowed, format } = schema
  if (Array.isArray(allowed) && !dice.once(8)) return dice.pick(allowed) as unknown
  if (schema['x-kubernetes-int-or-string'] === true) return dice.pick([80, '80%', '8', 'http', 1.5, true, 'abcdef'])
  switch (schema['type']) {
    case 'integer':
      return dice.pick([0, 1, 2, 3, 5, 9, 10, 11, -1, 2_147_483_648, 1.5, 1.0])
    case 'number':
      return dice.pick([0, 0.5, 1, 0.25, 2, -0.1])
    case 'boolean':
      return dice.pick([true, false])
    case 'string':
      return dice.pick(typeof format === 'string' ? (byFormat[format] ?? words) : words)
    case 'array': {
      const items = schema['items'] as Schema
      return Array.from({ length: dice.below(4) }, () => valueFor(items, dice))
    }
    case 'object':
      return objectFor(schema, dice)
    default:
      return anything(dice, 2)
  }
}

function objectFor(schema: Schema, dice: Dice): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>)
  const few = properties.length > 8 ? 8 : 2
  for (const [name, member] of dice.some(properties, few)) out[name] = valueFor(member, dice)
  for (const name of (schema['required'] ?? []) as string[]) {
    const member = (schema['properties'] as Record<string, Schema> | undefined)?.[name]
    if (member !== undefined && !dice.once(10)) out[name] ??= valueFor(member, dice)
  }
  const { additionalProperties } = schema
  if (typeof additionalProperties === 'object') {
    for (const name of dice.some(['k', 'l', 'm', 'n'], 2)) out[name] = valueFor(additionalProperties as Schema, dice)
  }
  if (schema['x-kubernetes-embedded-resource'] === true) Object.assign(out, embedded(dice))
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) out['free'] = anything(dice, 2)
  if (dice.once(12)) out['unknown'] = anything(dice, 1)
  return out
}

function embedded(dice: Dice): Record<string, unknown> {
  return {
    ...(dice.once(6) ? {} : { apiVersion: dice.pick(['v1', 'apps/v1', 'a/b/c', '']) }),
    ...(dice.once(6) ? {} : { kind: dice.pick(['Pod', 'Thing', 'no kind', '']) }),
    ...(dice.once(2) ? {} : { metadata: { name: dice.pick(['a', 'A B']), labels: { a: 'b' }, other: 1 } }),
  }
}

export function anything(dice: Dice, depth: number): unknown {
  switch (dice.below(depth > 0 ? 8 : 6)) {
    case 0:
      return dice.pick(words)
    case 1:
      return dice.pick([0, 1, -1, 7])
    case 2:
      return dice.pick([true, false])
    case 3:
      return null
    case 4:
      return 1.5
    case 5:
      return []
    case 6:
      return Array.from({ length: dice.below(3) }, () => anything(dice, depth - 1))
    default:
      return Object.fromEntries(dice.some(['a', 'b', 'name'], 2).map((key) => [key, anything(dice, depth - 1)]))
  }
}
