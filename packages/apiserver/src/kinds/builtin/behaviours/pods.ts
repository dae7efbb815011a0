import { deepEqual, isObject, setAt, valueAt } from '../../../json.ts'
import type { KubeObject } from '../../../object.ts'
import type { Behaviour } from '../../definition.ts'
import { fillTimes, immutable, items } from './fields.ts'
import { defaultPodSpec, requireContainers } from './pod-spec.ts'

export const pod: Behaviour = {
  returnsDeleted: true,
  default(object) {
    defaultPodSpec(object['spec'])
    if (isObject(object['spec'])) object['spec']['enableServiceLinks'] ??= true
  },
  complete(object) {
    const address = valueAt(object, ['status', 'podIP'])
    if (typeof address === 'string' && isObject(object['status'])) object['status']['podIPs'] ??= [{ ip: address }]
    for (const condition of items(object, 'status.conditions')) fillTimes(condition, 'lastProbeTime')
  },
  prepareCreate(object) {
    object['status'] = { phase: 'Pending', qosClass: qosClass(object) }
  },
  prepareUpdate(object, old) {
    const quality = valueAt(old, ['status', 'qosClass'])
    if (quality === undefined) return
    if (!isObject(object['status'])) object['status'] = {}
    setAt(object, ['status', 'qosClass'], quality)
  },
  validate(object, old) {
    return [
      ...requireContainers(object, 'spec'),
      ...(old !== undefined && valueAt(old, ['spec', 'nodeName']) !== undefined
        ? immutable(object, old, 'spec.nodeName')
        : []),
    ]
  },
}

function qosClass(object: KubeObject): string {
  const containers = items(object, 'spec.containers').map((container) => container['resources'])
  const none = containers.every(
    (resources) => !isObject(resources) || (resources['requests'] === undefined && resources['limits'] === undefined),
  )
  if (none) return 'BestEffort'
  const guaranteed = containers.every((resources) => {
    const limits = valueAt(resources, ['limits'])
    const requests = valueAt(resources, ['requests']) ?? limits
    return (
      isObject(limits) && limits['cpu'] !== undefined && limits['memory'] !== undefined && deepEqual(limits, requests)
    )
  })
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
