import type { Behaviour } from '../../definition.ts'
import { immutable, items } from './fields.ts'

export const role: Behaviour = {
  createOnUpdate: true,
  withoutGeneration: true,
  complete(object) {
    object['rules'] ??= null
  },
}

export const roleBinding: Behaviour = {
  createOnUpdate: true,
  withoutGeneration: true,
  default(object) {
    for (const subject of items(object, 'subjects')) {
      if (subject['kind'] === 'User' || subject['kind'] === 'Group') subject['apiGroup'] ??= 'rbac.authorization.k8s.io'
    }
  },
  validate: (object, old) => {
    const errors = immutable(object, old, 'roleRef')
    return errors.map((error) => ({ ...error, detail: 'cannot change roleRef' }))
  },
}
