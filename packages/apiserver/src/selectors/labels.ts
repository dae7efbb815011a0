import { badRequest } from '../failure.ts'

export type LabelPredicate = (labels: Readonly<Record<string, string>> | undefined) => boolean

const setRequirement = /^\s*([^\s,!=()]+)\s+(in|notin)\s*\(([^)]*)\)\s*$/
const comparison = /^\s*([^\s,!=<>()]+)\s*(==|=|!=|>|<)\s*([^\s,()=]*)\s*$/
const existence = /^\s*(!?)\s*([^\s,!=()]+)\s*$/
const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/

/** The predicate of a selector such as `app in (a,b),tier!=web,!canary`. An empty one matches everything. */
export function parseLabelSelector(selector: string): LabelPredicate {
  if (selector.trim() === '') return () => true
  const requirements = splitOutsideParentheses(selector).map((part) => parseRequirement(part, selector))
  return (labels) => requirements.every((requirement) => requirement(labels))
}

function parseRequirement(part: string, selector: string): LabelPredicate {
  const set = setRequirement.exec(part)
  if (set !== null) {
    const [, key = '', operator, list = ''] = set
    checkKey(key)
    const values = new Set(list.split(',').map((value) => value.trim()))
    return operator === 'in'
      ? (labels) => has(labels, key) && values.has(labels[key] ?? '')
      : (labels) => !has(labels, key) || !values.has(labels[key] ?? '')
  }
  const compared = comparison.exec(part)
  if (compared !== null) {
    const [, key = '', operator, value = ''] = compared
    checkKey(key)
    return compare(key, operator ?? '=', value)
  }
  const exists = existence.exec(part)
  if (exists === null)
    throw badRequest(`unable to parse requirement: invalid label selector ${JSON.stringify(selector)}`)
  const [, not, key = ''] = exists
  checkKey(key)
  return not === '!' ? (labels) => !has(labels, key) : (labels) => has(labels, key)
}

function compare(key: string, operator: string, value: string): LabelPredicate {
  switch (operator) {
    case '!=':
      return (labels) => !has(labels, key) || labels[key] !== value
    case '>':
    case '<': {
      const bound = Number(value)
      if (!Number.isSafeInteger(bound)) throw badRequest(`for '${operator}' the value must be an integer, not ${value}`)
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

function checkKey(key: string): void {
  if (!labelKey.test(key)) throw badRequest(`unable to parse requirement: invalid label key ${JSON.stringify(key)}`)
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]
    if (character === '(') depth += 1
    else if (character === ')') depth -= 1
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, index))
      start = index + 1
    }
  }
  parts.push(text.slice(start))
  return parts
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
