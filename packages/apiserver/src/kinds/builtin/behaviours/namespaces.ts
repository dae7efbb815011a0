import { isObject, type JsonObject } from '../../../json.ts'
import type { Behaviour } from '../../definition.ts'

export const namespace: Behaviour = {
  withoutGeneration: true,
  unowned: [['f:spec', 'f:finalizers']],
  default(object) {
    const spec = isObject(object['spec']) ? object['spec'] : (object['spec'] = {} as JsonObject)
    if (object.metadata.deletionTimestamp === undefined) spec['finalizers'] ??= ['kubernetes']
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name ?? '' }
  },
  prepareCreate(object) {
    object['status'] = { phase: 'Active' }
  },
}
