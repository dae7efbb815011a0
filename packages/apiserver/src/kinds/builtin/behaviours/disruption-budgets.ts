import type { FieldError } from '../../../failure.ts'
import { textOf, valueAt } from '../../../json.ts'
import type { KubeObject } from '../../../object.ts'
import { selectorErrors } from '../../../selectors/selector-errors.ts'
import type { Behaviour } from '../../definition.ts'

export const podDisruptionBudget: Behaviour = {
  prepareCreate(object) {
    object['status'] = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }
  },
  validate(object) {
    const both =
      valueAt(object, ['spec', 'minAvailable']) !== undefined &&
      valueAt(object, ['spec', 'maxUnavailable']) !== undefined
    const bounds = ['minAvailable', 'maxUnavailable'].flatMap((field) => boundErrors(object, field))
    const selector = selectorErrors(valueAt(object, ['spec', 'selector']), 'spec.selector')
    if (!both) return [...bounds, ...policyErrors(object), ...selector]
    return [
      ...bounds,
      ...policyErrors(object),
      ...selector,
      {
        type: 'FieldValueInvalid',
        field: 'spec',
        value: {
          MinAvailable: valueAt(object, ['spec', 'minAvailable']),
          Selector: valueAt(object, ['spec', 'selector']) ?? null,
          MaxUnavailable: valueAt(object, ['spec', 'maxUnavailable']),
          UnhealthyPodEvictionPolicy: valueAt(object, ['spec', 'unhealthyPodEvictionPolicy']) ?? null,
        },
        detail: 'minAvailable and maxUnavailable cannot be both set',
      },
    ]
  },
}

function boundErrors(object: KubeObject, name: string): FieldError[] {
  const value = valueAt(object, ['spec', name])
  const field = `spec.${name}`
  if (typeof value === 'number' && value < 0)
    return [{ type: 'FieldValueInvalid', field, value, detail: 'must be greater than or equal to 0' }]
  if (typeof value !== 'string') return []
  if (!/^[0-9]+%$/.test(value)) {
    const detail =
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
    return [{ type: 'FieldValueInvalid', field, value, detail }]
  }
  if (Number(value.slice(0, -1)) <= 100) return []
  return [{ type: 'FieldValueInvalid', field, value, detail: 'must not be greater than 100%' }]
}

const policies = ['AlwaysAllow', 'IfHealthyBudget']

function policyErrors(object: KubeObject): FieldError[] {
  const value = valueAt(object, ['spec', 'unhealthyPodEvictionPolicy'])
  if (value === undefined || policies.includes(textOf(value))) return []
  const detail = `supported values: ${policies.map((policy) => JSON.stringify(policy)).join(', ')}`
  return [{ type: 'FieldValueNotSupported', field: 'spec.unhealthyPodEvictionPolicy', value, detail }]
}
