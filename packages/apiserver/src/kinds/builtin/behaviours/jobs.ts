import { isObject, setAt, valueAt, type JsonObject } from '../../../json.ts'
import type { KubeObject } from '../../../object.ts'
import type { Behaviour } from '../../definition.ts'
import { emptyStatus, fill } from './fields.ts'
import { defaultPodTemplate, defaultTemplate } from './workloads.ts'

export const job: Behaviour = {
  default(object) {
    const spec = isObject(object['spec']) ? object['spec'] : (object['spec'] = {} as JsonObject)
    if (spec['parallelism'] === undefined) spec['completions'] ??= 1
    spec['parallelism'] ??= 1
    spec['backoffLimit'] ??= spec['backoffLimitPerIndex'] === undefined ? 6 : 2 ** 31 - 1
    spec['completionMode'] ??= 'NonIndexed'
    spec['suspend'] ??= false
    spec['podReplacementPolicy'] ??= spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed'
    spec['manualSelector'] ??= false
    defaultTemplate(object)
    const labels = valueAt(spec, ['template', 'metadata', 'labels'])
    if (isObject(labels) && Object.keys(object.metadata.labels ?? {}).length === 0)
      object.metadata.labels = { ...labels } as Record<string, string>
  },
  prepareCreate: emptyStatus,
  allocate(object) {
    if (valueAt(object, ['spec', 'manualSelector']) !== true) selectOwnPods(object)
  },
}

/** The pods of a job are told from others by its uid. */
function selectOwnPods(object: KubeObject): void {
  const { uid = '', name = '' } = object.metadata
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  }
  const path = ['spec', 'template', 'metadata', 'labels']
  const present = valueAt(object, path)
  const all = { ...(isObject(present) ? present : {}), ...labels } as Record<string, string>
  setAt(object, path, all)
  if (Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = { ...all }
  setAt(object, ['spec', 'selector', 'matchLabels', 'batch.kubernetes.io/controller-uid'], uid)
}

export const cronJob: Behaviour = {
  default(object) {
    fill(object, 'spec.concurrencyPolicy', 'Allow')
    fill(object, 'spec.jobTemplate.metadata', {})
    defaultPodTemplate(valueAt(object, ['spec', 'jobTemplate', 'spec', 'template']))
    fill(object, 'spec.suspend', false)
    fill(object, 'spec.successfulJobsHistoryLimit', 3)
    fill(object, 'spec.failedJobsHistoryLimit', 1)
  },
  prepareCreate: emptyStatus,
}
