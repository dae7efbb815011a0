import type { FieldError } from '../../../failure.ts'
import { isObject, valueAt, type JsonObject } from '../../../json.ts'
import type { KubeObject } from '../../../object.ts'
import { selectorErrors } from '../../../selectors/selector-errors.ts'
import type { Behaviour } from '../../definition.ts'
import { emptyStatus, fill, immutable } from './fields.ts'
import { defaultPodSpec, requireContainers } from './pod-spec.ts'

function defaultWorkload(object: KubeObject): void {
  fill(object, 'spec.replicas', 1)
  defaultTemplate(object)
}

export function defaultTemplate(object: KubeObject): void {
  defaultPodTemplate(valueAt(object, ['spec', 'template']))
}

export function defaultPodTemplate(template: unknown): void {
  if (!isObject(template)) return
  defaultPodSpec(template['spec'])
  if (!isObject(template['metadata'])) template['metadata'] = {}
}

function validateWorkload(object: KubeObject, old: KubeObject | undefined): FieldError[] {
  const selector = valueAt(object, ['spec', 'selector'])
  const errors: FieldError[] = [
    ...requireContainers(object, 'spec.template.spec'),
    ...selectorErrors(selector, 'spec.selector'),
  ]
  // That it is missing, the schema says.
  if (selector === undefined) errors.push(...selectorMatchesTemplate(object, undefined))
  else errors.push(...immutable(object, old, 'spec.selector'), ...selectorMatchesTemplate(object, selector))
  const replicas = valueAt(object, ['spec', 'replicas'])
  if (typeof replicas === 'number' && replicas < 0) {
    errors.push({
      type: 'FieldValueInvalid',
      field: 'spec.replicas',
      value: replicas,
      detail: 'must be greater than or equal to 0',
    })
  }
  return errors
}

function selectorMatchesTemplate(object: KubeObject, selector: unknown): FieldError[] {
  const labels = valueAt(object, ['spec', 'template', 'metadata', 'labels'])
  const wanted = Object.entries((valueAt(selector, ['matchLabels']) ?? {}) as JsonObject)
  if (selector !== undefined && wanted.every(([key, value]) => isObject(labels) && labels[key] === value)) return []
  return [
    {
      type: 'FieldValueInvalid',
      field: 'spec.template.metadata.labels',
      value: labels ?? null,
      detail: '`selector` does not match template `labels`',
    },
  ]
}

function defaultStrategy(strategy: unknown): void {
  if (!isObject(strategy)) return
  strategy['type'] ??= 'RollingUpdate'
  if (strategy['type'] === 'RollingUpdate') {
    const rolling = (strategy['rollingUpdate'] ??= {}) as JsonObject
    rolling['maxUnavailable'] ??= '25%'
    rolling['maxSurge'] ??= '25%'
  }
}

export const deployment: Behaviour = {
  default(object) {
    defaultWorkload(object)
    fill(object, 'spec.strategy', {})
    defaultStrategy(valueAt(object, ['spec', 'strategy']))
    fill(object, 'spec.revisionHistoryLimit', 10)
    fill(object, 'spec.progressDeadlineSeconds', 600)
  },
  prepareCreate: emptyStatus,
  validate: validateWorkload,
}

export const replicaSet: Behaviour = {
  default(object) {
    defaultWorkload(object)
    count(object, ['replicas'])
  },
  prepareCreate: emptyStatus,
  validate: validateWorkload,
}

export const statefulSet: Behaviour = {
  default(object) {
    defaultWorkload(object)
    count(object, ['replicas', 'availableReplicas'])
    fill(object, 'spec.podManagementPolicy', 'OrderedReady')
    fill(object, 'spec.revisionHistoryLimit', 10)
    fill(object, 'spec.updateStrategy', {})
    // Who says how to update says the rest too.
    if (valueAt(object, ['spec', 'updateStrategy', 'type']) === undefined) {
      fill(object, 'spec.updateStrategy.type', 'RollingUpdate')
      fill(object, 'spec.updateStrategy.rollingUpdate', {})
    }
    fill(object, 'spec.updateStrategy.rollingUpdate.partition', 0)
    fill(object, 'spec.persistentVolumeClaimRetentionPolicy', { whenDeleted: 'Retain', whenScaled: 'Retain' })
  },
  prepareCreate: emptyStatus,
  validate: validateWorkload,
}

export const daemonSet: Behaviour = {
  default(object) {
    defaultTemplate(object)
    count(object, ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady'])
    fill(object, 'spec.revisionHistoryLimit', 10)
    fill(object, 'spec.updateStrategy', {})
    fill(object, 'spec.updateStrategy.type', 'RollingUpdate')
    if (valueAt(object, ['spec', 'updateStrategy', 'type']) === 'RollingUpdate') {
      fill(object, 'spec.updateStrategy.rollingUpdate', {})
      fill(object, 'spec.updateStrategy.rollingUpdate.maxUnavailable', 1)
      fill(object, 'spec.updateStrategy.rollingUpdate.maxSurge', 0)
    }
  },
  prepareCreate(object) {
    object.metadata.annotations = { ...object.metadata.annotations, 'deprecated.daemonset.template.generation': '1' }
    object['status'] = {}
  },
  validate: validateWorkload,
}

/** Numbers that a status never leaves out. */
function count(object: KubeObject, fields: readonly string[]): void {
  const status = isObject(object['status']) ? object['status'] : (object['status'] = {} as JsonObject)
  for (const field of fields) status[field] ??= 0
}
