import type { FieldError } from '../../../failure.ts'
import type { KubeObject } from '../../../object.ts'
import type { Behaviour } from '../../definition.ts'
import { immutable, items } from './fields.ts'

export const role: Behaviour = {
  createOnUpdate: true,
  withoutGeneration: true,
  validate: (object) => ruleErrors(object),
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

/** A rule gives verbs on resources of groups, or on paths; only rules for a whole cluster may name paths. */
function ruleErrors(object: KubeObject): FieldError[] {
  return items(object, 'rules').flatMap((rule, index) => {
    const missing = (field: string, detail: string): FieldError[] => {
      const value = rule[field]
      if (Array.isArray(value) && value.length > 0) return []
      return [{ type: 'FieldValueRequired', field: `rules[${index}].${field}`, detail }]
    }
    const verbs = missing('verbs', 'verbs must contain at least one value')
    const paths = rule['nonResourceURLs']
    if (Array.isArray(paths) && paths.length > 0) {
      if (object.kind === 'ClusterRole') return verbs
      const detail = 'namespaced rules cannot apply to non-resource URLs'
      return [...verbs, { type: 'FieldValueInvalid', field: `rules[${index}].nonResourceURLs`, value: paths, detail }]
    }
    return [
      ...verbs,
      ...missing('apiGroups', 'resource rules must supply at least one api group'),
      ...missing('resources', 'resource rules must supply at least one resource'),
    ]
  })
}
