import type { FieldError } from '../../../failure.ts'
import { valueAt } from '../../../json.ts'
import type { Behaviour } from '../../definition.ts'

export const lease: Behaviour = {
  createOnUpdate: true,
  withoutGeneration: true,
  default(object) {
    object['spec'] ??= {}
  },
  validate(object) {
    return ['leaseDurationSeconds'].flatMap((field): FieldError[] => {
      const value = valueAt(object, ['spec', field])
      if (typeof value !== 'number' || value > 0) return []
      return [{ type: 'FieldValueInvalid', field: `spec.${field}`, value, detail: 'must be greater than 0' }]
    })
  },
}
