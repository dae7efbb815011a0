import { GcpError } from './error.ts'

export type Predicate = (item: object) => boolean

/**
 * The part of the list filter language that clients use: comparisons with `=`, `!=`, `:`, `eq`, `ne`, joined by AND, OR
 * and parentheses. `eq` and `ne` compare with a regular expression, as the API does.
 * https://cloud.google.com/compute/docs/reference/rest/v1/instances/list
 */
export function createFilter(text: string): Predicate {
  const tokens = text.match(/\(|\)|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|!=|<=|>=|[=:<>]|[^\s()=!:<>]+/g) ?? []
  let at = 0
  const broken = () =>
    new GcpError(400, 'invalid', `Invalid value for field 'filter': '${text}'. Invalid list filter expression.`)

  function expression(): Predicate {
    let left = conjunction()
    while (/^or$/i.test(tokens[at] ?? '')) {
      at++
      const [a, b] = [left, conjunction()]
      left = (item) => a(item) || b(item)
    }
    return left
  }

  function conjunction(): Predicate {
    let left = term()
    for (;;) {
      const token = tokens[at]
      if (token === undefined || token === ')' || /^or$/i.test(token)) return left
      // Terms side by side are joined by AND.
      if (/^and$/i.test(token)) at++
      const [a, b] = [left, term()]
      left = (item) => a(item) && b(item)
    }
  }

  function term(): Predicate {
    if (/^not$/i.test(tokens[at] ?? '')) {
      at++
      const inner = term()
      return (item) => !inner(item)
    }
    if (tokens[at] === '(') {
      at++
      const inner = expression()
      if (tokens[at++] !== ')') throw broken()
      return inner
    }
    const [field, operator, value] = tokens.slice(at, at + 3)
    at += 3
    if (field === undefined || operator === undefined || value === undefined) throw broken()
    return comparison(field, operator, unquote(value)) ?? fail()
  }

  function fail(): never {
    throw broken()
  }

  const filter = expression()
  if (at < tokens.length) throw broken()
  return filter
}

function unquote(text: string): string {
  return /^["']/.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text
}

function comparison(field: string, operator: string, wanted: string): Predicate | undefined {
  const compare =
    (test: (value: string) => boolean): Predicate =>
    (item) =>
      test(valueAt(item, field))
  switch (operator.toLowerCase()) {
    case '=':
      return compare((value) => value === wanted)
    case '!=':
      return compare((value) => value !== wanted)
    case ':':
      return wanted === '*' ? compare((value) => value !== '') : compare((value) => value.includes(wanted))
    case 'eq':
    case 'ne': {
      const pattern = new RegExp(`^(?:${wanted})$`)
      return compare((value) => pattern.test(value) === (operator.toLowerCase() === 'eq'))
    }
    default:
      return undefined
  }
}

function valueAt(item: object, field: string): string {
  let value: unknown = item
  for (const name of field.split('.')) {
    if (typeof value !== 'object' || value === null) return ''
    value = (value as Record<string, unknown>)[name]
  }
  return ['string', 'number', 'boolean'].includes(typeof value) ? `${value as string | number | boolean}` : ''
}
