import type { Behaviour } from '../../definition.ts'
import { fill } from './fields.ts'

export const persistentVolume: Behaviour = {
  withoutGeneration: true,
  default(object) {
    fill(object, 'spec.persistentVolumeReclaimPolicy', 'Retain')
    fill(object, 'spec.volumeMode', 'Filesystem')
  },
  prepareCreate(object) {
    object['status'] = { phase: 'Pending' }
  },
}

export const persistentVolumeClaim: Behaviour = {
  withoutGeneration: true,
  returnsDeleted: true,
  default(object) {
    fill(object, 'spec.volumeMode', 'Filesystem')
  },
  prepareCreate(object) {
    object['status'] = { phase: 'Pending' }
  },
}

export const storageClass: Behaviour = {
  withoutGeneration: true,
  default(object) {
    object['reclaimPolicy'] ??= 'Delete'
    object['volumeBindingMode'] ??= 'Immediate'
  },
}
