import type { FieldError } from '../failure.ts'
import { isObject } from '../json.ts'
import { labelValueProblems, qualifiedNameProblems } from './label-syntax.ts'

/** What is wrong with a `LabelSelector` at a path. */
export function selectorErrors(selector: unknown, path: string): FieldError[] {
  if (!isObject(selector)) return []
  const { matchLabels, matchExpressions } = selector
  const labels = isObject(matchLabels) ? Object.entries(matchLabels) : []
  const expressions = Array.isArray(matchExpressions) ? matchExpressions.filter(isObject) : []
  const invalid = (field: string, value: unknown, detail: string): FieldError => ({
    type: 'FieldValueInvalid',
    field: `${path}.${field}`,
    value,
    detail,
  })
  return [
    ...labels.flatMap(([key, value]) => [
      ...qualifiedNameProblems(key).map((why) => invalid('matchLabels', key, why)),
      ...labelValueProblems(String(value)).map((why) => invalid('matchLabels', value, why)),
    ]),
    ...expressions.flatMap((expression, index) => requirementErrors(expression, `${path}.matchExpressions[${index}]`)),
  ]
}

function requirementErrors(requirement: Record<string, unknown>, path: string): FieldError[] {
  const { key = '', operator = '' } = requirement
  const values = Array.isArray(requirement['values']) ? requirement['values'].map(String) : []
  const listed = operator === 'In' || operator === 'NotIn'
  const errors: FieldError[] = []
  if (listed && values.length === 0) {
    const detail = "must be specified when `operator` is 'In' or 'NotIn'"
    errors.push({ type: 'FieldValueRequired', field: `${path}.values`, detail })
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
    if (values.length > 0) errors.push({ type: 'FieldValueForbidden', field: `${path}.values`, detail })
  } else if (!listed) {
    errors.push({
      type: 'FieldValueInvalid',
      field: `${path}.operator`,
      value: operator,
      detail: 'not a valid selector operator',
    })
  }
  errors.push(...qualifiedNameProblems(String(key)).map(problem(`${path}.key`, key)))
  for (const [index, value] of values.entries())
    errors.push(...labelValueProblems(value).map(problem(`${path}.values[${index}]`, value)))
  return errors
}

function problem(field: string, value: unknown): (detail: string) => FieldError {
  return (detail) => ({ type: 'FieldValueInvalid', field, value, detail })
}
