import { badRequest } from '../failure.ts'
import { labelValue, labelValueHelp, qualifiedHelp } from './label-syntax.ts'

export type LabelPredicate = (labels: Readonly<Record<string, string>> | undefined) => boolean

/**
 * The predicate of a selector such as `app in (a,b),tier!=web,!canary`. An empty one matches everything.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 * @throws ApiFailure 400 with the place where the text is no selector.
 */
export function parseLabelSelector(selector: string): LabelPredicate {
  const requirements = new SelectorParser(selector).parse()
  return (labels) => requirements.every((requirement) => requirement(labels))
}

const operators = ['in', 'notin', '=', '==', '!=', 'gt', 'lt']
const symbols = ['(', ')', ',', '!=', '!', '==', '=', '>', '<']
const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/

class SelectorParser {
  readonly #tokens: string[]
  #next = 0

  constructor(text: string) {
    this.#tokens = text.match(/[()]|,|!=|!|==?|>|<|[^\s()!=<>,]+/g) ?? []
  }

  parse(): LabelPredicate[] {
    const requirements: LabelPredicate[] = []
    if (this.#peek() === '') return requirements
    if (!isName(this.#peek()) && this.#peek() !== '!') this.#fail("!, identifier, or 'end of string'")
    for (;;) {
      requirements.push(this.#requirement())
      if (this.#peek() === '') return requirements
      if (this.#peek() !== ',') this.#fail("',' or 'end of string'")
      this.#take()
      if (!isName(this.#peek()) && this.#peek() !== '!') this.#fail("identifier after ','")
    }
  }

  #requirement(): LabelPredicate {
    const absent = this.#peek() === '!'
    if (absent) this.#take()
    const key = this.#take()
    if (!isName(key)) throw unreadable(`found '${key}', expected: identifier`)
    if (!labelKey.test(key))
      throw unreadable(`<nil>: Invalid value: ${JSON.stringify(key)}: name part ${qualifiedHelp}`)
    if (absent) return (labels) => !has(labels, key)
    if (this.#peek() === '' || this.#peek() === ',') return (labels) => has(labels, key)
    const operator = this.#take()
    if (operator === 'in' || operator === 'notin') {
      const values = new Set(this.#values())
      return operator === 'in'
        ? (labels) => has(labels, key) && values.has(labels[key] ?? '')
        : (labels) => !has(labels, key) || !values.has(labels[key] ?? '')
    }
    if (!['=', '==', '!=', '>', '<'].includes(operator))
      throw unreadable(`found '${operator}', expected: ${operators.join(', ')}`)
    const value = this.#value()
    if (value.length > 63 || !labelValue.test(value))
      throw unreadable(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${labelValueHelp}`)
    return compare(key, operator, value)
  }

  /** The value after `=`; there may be none. */
  #value(): string {
    if (this.#peek() === '' || this.#peek() === ',') return ''
    const value = this.#take()
    if (!isName(value)) throw unreadable(`found '${value}', expected: identifier`)
    return value
  }

  #values(): string[] {
    if (this.#take() !== '(') throw unreadable(`found '${this.#tokens[this.#next - 1] ?? ''}' expected: '('`)
    const values: string[] = []
    while (this.#peek() !== ')') {
      const token = this.#take()
      if (token === '') throw unreadable("found '', expected: ',' or ')'")
      if (token === ',') {
        if (this.#peek() === ',' || this.#peek() === ')') values.push('')
      } else if (isName(token)) values.push(token)
      else throw unreadable(`found '${token}', expected: ',', or ')'`)
    }
    this.#take()
    return values
  }

  #peek(): string {
    return this.#tokens[this.#next] ?? ''
  }

  #take(): string {
    const token = this.#peek()
    this.#next += 1
    return token
  }

  #fail(wanted: string): never {
    throw badRequest(`found '${this.#peek()}', expected: ${wanted}`)
  }
}

function isName(token: string): boolean {
  return token !== '' && !symbols.includes(token)
}

function unreadable(why: string): Error {
  return badRequest(`unable to parse requirement: ${why}`)
}

function compare(key: string, operator: string, value: string): LabelPredicate {
  switch (operator) {
    case '!=':
      return (labels) => !has(labels, key) || labels[key] !== value
    case '>':
    case '<': {
      const bound = Number(value)
      if (!Number.isSafeInteger(bound))
        throw unreadable(
          `values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
        )
      return (labels) => {
        const number = has(labels, key) ? Number(labels[key]) : Number.NaN
        return operator === '>' ? number > bound : number < bound
      }
    }
    default:
      return (labels) => has(labels, key) && labels[key] === value
  }
}

function has(
  labels: Readonly<Record<string, string>> | undefined,
  key: string,
): labels is Readonly<Record<string, string>> {
  return labels !== undefined && Object.hasOwn(labels, key)
}

interface SelectorObject {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

/** The predicate of a `LabelSelector` object. An empty one matches everything, an absent one nothing. */
export function labelSelectorPredicate(selector: SelectorObject | undefined): LabelPredicate {
  if (selector === undefined) return () => false
  const predicate = parseLabelSelector(formatLabelSelector(selector))
  return predicate
}

/** The text form of a `LabelSelector` object. */
export function formatLabelSelector(selector: SelectorObject): string {
  const parts = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    if (operator === 'Exists') parts.push(key)
    else if (operator === 'DoesNotExist') parts.push(`!${key}`)
    else parts.push(`${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`)
  }
  return parts.join(',')
}
