import type { FieldError } from '../../failure.ts'
import { deepEqual, isObject, setAt, textOf, valueAt, type JsonObject } from '../../json.ts'
import type { KubeObject } from '../../object.ts'
import {
  defaultCustomResourceDefinition,
  validateCustomResourceDefinition,
  type CustomResourceDefinition,
} from '../custom.ts'
import type { Behaviour } from '../definition.ts'

/** Sets `path` to `value` when it is absent. */
function fill(object: KubeObject, path: string, value: unknown): void {
  const parts = path.split('.')
  const parent = valueAt(object, parts.slice(0, -1))
  if (isObject(parent) && parent[parts.at(-1) ?? ''] === undefined) setAt(object, parts, value)
}

function items(object: unknown, path: string): JsonObject[] {
  const value = valueAt(object, path.split('.'))
  return Array.isArray(value) ? value.filter(isObject) : []
}

function emptyStatus(object: KubeObject): void {
  object['status'] = {}
}

/** Changes to these parts are refused. */
function immutable(object: KubeObject, old: KubeObject | undefined, path: string): FieldError[] {
  const parts = path.split('.')
  if (old === undefined || deepEqual(valueAt(object, parts), valueAt(old, parts))) return []
  return [
    { type: 'FieldValueInvalid', field: path, value: valueAt(object, parts) ?? null, detail: 'field is immutable' },
  ]
}

function defaultPodSpec(spec: unknown): void {
  if (!isObject(spec)) return
  spec['restartPolicy'] ??= 'Always'
  spec['dnsPolicy'] ??= 'ClusterFirst'
  spec['schedulerName'] ??= 'default-scheduler'
  spec['securityContext'] ??= {}
  spec['terminationGracePeriodSeconds'] ??= 30
  if (spec['serviceAccountName'] !== undefined) spec['serviceAccount'] ??= spec['serviceAccountName']
  for (const container of [...items(spec, 'containers'), ...items(spec, 'initContainers')]) defaultContainer(container)
  for (const volume of items(spec, 'volumes')) {
    for (const source of ['secret', 'configMap', 'projected', 'downwardAPI']) {
      const value = volume[source]
      if (isObject(value)) value['defaultMode'] ??= 0o644
    }
  }
}

function defaultContainer(container: JsonObject): void {
  const image = textOf(container['image'], '')
  const tag = /:([^/]*)$/.exec(image.split('@')[0] ?? '')?.[1]
  const floating = !image.includes('@') && (tag === undefined || tag === 'latest')
  container['imagePullPolicy'] ??= floating ? 'Always' : 'IfNotPresent'
  const resources = isObject(container['resources'])
    ? container['resources']
    : (container['resources'] = {} as JsonObject)
  if (isObject(resources['limits']))
    resources['requests'] = { ...resources['limits'], ...(resources['requests'] as object | undefined) }
  container['terminationMessagePath'] ??= '/dev/termination-log'
  container['terminationMessagePolicy'] ??= 'File'
  for (const port of items(container, 'ports')) port['protocol'] ??= 'TCP'
  for (const env of items(container, 'env')) {
    const field = valueAt(env, ['valueFrom', 'fieldRef'])
    if (isObject(field)) field['apiVersion'] ??= 'v1'
  }
}

function requireContainers(object: KubeObject, path: string): FieldError[] {
  const list = items(object, `${path}.containers`)
  if (list.length === 0) return [{ type: 'FieldValueRequired', field: `${path}.containers` }]
  return list.flatMap((container, index): FieldError[] => {
    const missing = ['name', 'image'].filter((field) => container[field] === undefined || container[field] === '')
    return missing.map((field) => ({ type: 'FieldValueRequired', field: `${path}.containers[${index}].${field}` }))
  })
}

const namespace: Behaviour = {
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

const pod: Behaviour = {
  returnsDeleted: true,
  default(object) {
    defaultPodSpec(object['spec'])
    if (isObject(object['spec'])) object['spec']['enableServiceLinks'] ??= true
  },
  complete(object) {
    for (const condition of items(object, 'status.conditions')) fillTimes(condition, 'lastProbeTime')
  },
  prepareCreate(object) {
    object['status'] = { phase: 'Pending', qosClass: qosClass(object) }
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

const node: Behaviour = {
  withoutGeneration: true,
  default(object) {
    if (!isObject(object['spec'])) object['spec'] = {}
    const status = isObject(object['status']) ? object['status'] : (object['status'] = {} as JsonObject)
    if (isObject(status['capacity'])) status['allocatable'] ??= { ...status['capacity'] }
    status['daemonEndpoints'] = { kubeletEndpoint: { Port: 0 }, ...(status['daemonEndpoints'] as object | undefined) }
    status['nodeInfo'] = { ...unknownNode, ...(status['nodeInfo'] as object | undefined) }
  },
  complete(object) {
    for (const condition of items(object, 'status.conditions')) fillTimes(condition, 'lastHeartbeatTime')
  },
  validate(object, old) {
    const former = valueAt(old, ['spec', 'providerID'])
    if (former === undefined || former === valueAt(object, ['spec', 'providerID'])) return []
    const detail = 'node updates may not change providerID except from "" to valid'
    return [{ type: 'FieldValueForbidden', field: 'spec.providerID', detail }]
  },
}

/** Times of conditions are never left out: not known is null. */
function fillTimes(condition: JsonObject, seen: string): void {
  condition[seen] ??= null
  condition['lastTransitionTime'] ??= null
}

/** What a Node says of its machine is never left out. */
const unknownNode = {
  machineID: '',
  systemUUID: '',
  bootID: '',
  kernelVersion: '',
  osImage: '',
  containerRuntimeVersion: '',
  kubeletVersion: '',
  kubeProxyVersion: '',
  operatingSystem: '',
  architecture: '',
}

const secret: Behaviour = {
  withoutGeneration: true,
  default(object) {
    object['type'] ??= 'Opaque'
    const plain = object['stringData']
    delete object['stringData']
    if (!isObject(plain)) return
    const encoded = Object.entries(plain).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')])
    object['data'] = { ...(isObject(object['data']) ? object['data'] : {}), ...Object.fromEntries(encoded) }
  },
  validate(object, old) {
    const errors = [...validateKeys(object, 'data'), ...immutable(object, old, 'type')]
    return old?.['immutable'] === true ? [...errors, ...whenImmutable(object, old, ['data'])] : errors
  },
}

const configMap: Behaviour = {
  withoutGeneration: true,
  validate(object, old) {
    const errors = [...validateKeys(object, 'data'), ...validateKeys(object, 'binaryData')]
    return old?.['immutable'] === true ? [...errors, ...whenImmutable(object, old, ['data', 'binaryData'])] : errors
  },
}

function whenImmutable(object: KubeObject, old: KubeObject, fields: readonly string[]): FieldError[] {
  const changed = ['immutable', ...fields].filter((field) => !deepEqual(object[field], old[field]))
  return changed.map((field) => ({
    type: 'FieldValueForbidden',
    field,
    detail: 'field is immutable when `immutable` is set',
  }))
}

function validateKeys(object: KubeObject, field: string): FieldError[] {
  const keys = Object.keys(isObject(object[field]) ? object[field] : {})
  const bad = keys.filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === '.' || key.startsWith('..'))
  return bad.map((key) => ({
    type: 'FieldValueInvalid',
    field: `${field}[${key}]`,
    value: key,
    detail:
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
  }))
}

const newEvent: Behaviour = { createOnUpdate: true, withoutGeneration: true }

const event: Behaviour = {
  ...newEvent,
  unowned: [['f:eventTime'], ['f:source'], ['f:reportingComponent'], ['f:reportingInstance']],
  complete(object) {
    object['eventTime'] ??= null
    object['source'] ??= {}
    object['reportingComponent'] ??= ''
    object['reportingInstance'] ??= ''
  },
}

const lease: Behaviour = {
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

const persistentVolume: Behaviour = {
  default(object) {
    fill(object, 'spec.persistentVolumeReclaimPolicy', 'Retain')
    fill(object, 'spec.volumeMode', 'Filesystem')
  },
  prepareCreate(object) {
    object['status'] = { phase: 'Pending' }
  },
}

const persistentVolumeClaim: Behaviour = {
  returnsDeleted: true,
  default(object) {
    fill(object, 'spec.volumeMode', 'Filesystem')
  },
  prepareCreate(object) {
    object['status'] = { phase: 'Pending' }
  },
}

function defaultWorkload(object: KubeObject): void {
  fill(object, 'spec.replicas', 1)
  defaultTemplate(object)
}

function defaultTemplate(object: KubeObject): void {
  const template = valueAt(object, ['spec', 'template'])
  if (!isObject(template)) return
  defaultPodSpec(template['spec'])
  if (!isObject(template['metadata'])) template['metadata'] = {}
}

function validateWorkload(object: KubeObject, old: KubeObject | undefined): FieldError[] {
  const selector = valueAt(object, ['spec', 'selector'])
  const errors: FieldError[] = [...requireContainers(object, 'spec.template.spec')]
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

const deployment: Behaviour = {
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

const replicaSet: Behaviour = {
  default: defaultWorkload,
  prepareCreate: resetReplicaStatus,
  validate: validateWorkload,
}

const statefulSet: Behaviour = {
  default(object) {
    defaultWorkload(object)
    fill(object, 'spec.podManagementPolicy', 'OrderedReady')
    fill(object, 'spec.revisionHistoryLimit', 10)
    fill(object, 'spec.updateStrategy', { type: 'RollingUpdate', rollingUpdate: { partition: 0 } })
    fill(object, 'spec.persistentVolumeClaimRetentionPolicy', { whenDeleted: 'Retain', whenScaled: 'Retain' })
  },
  prepareCreate(object) {
    object['status'] = { replicas: 0, availableReplicas: 0 }
  },
  validate: validateWorkload,
}

const daemonSet: Behaviour = {
  default(object) {
    defaultTemplate(object)
    fill(object, 'spec.revisionHistoryLimit', 10)
    fill(object, 'spec.updateStrategy', { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } })
  },
  prepareCreate(object) {
    object.metadata.annotations = { ...object.metadata.annotations, 'deprecated.daemonset.template.generation': '1' }
    object['status'] = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }
  },
  validate: validateWorkload,
}

function resetReplicaStatus(object: KubeObject): void {
  object['status'] = { replicas: 0 }
}

const podDisruptionBudget: Behaviour = {
  prepareCreate(object) {
    object['status'] = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }
  },
  validate(object) {
    const both =
      valueAt(object, ['spec', 'minAvailable']) !== undefined &&
      valueAt(object, ['spec', 'maxUnavailable']) !== undefined
    if (!both) return []
    return [
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

const service: Behaviour = {
  returnsDeleted: true,
  default(object) {
    fill(object, 'spec.type', 'ClusterIP')
    fill(object, 'spec.sessionAffinity', 'None')
    fill(object, 'spec.internalTrafficPolicy', 'Cluster')
    fill(object, 'spec.ipFamilyPolicy', 'SingleStack')
    fill(object, 'spec.ipFamilies', ['IPv4'])
    for (const port of items(object, 'spec.ports')) {
      port['protocol'] ??= 'TCP'
      port['targetPort'] ??= port['port']
    }
  },
  prepareCreate(object) {
    object['status'] = { loadBalancer: {} }
  },
}

const roleBinding: Behaviour = {
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

const storageClass: Behaviour = {
  withoutGeneration: true,
  default(object) {
    object['reclaimPolicy'] ??= 'Delete'
    object['volumeBindingMode'] ??= 'Immediate'
  },
}

const customResourceDefinition: Behaviour = {
  default: (object) => defaultCustomResourceDefinition(object as CustomResourceDefinition),
  validate: (object) => validateCustomResourceDefinition(object as CustomResourceDefinition),
}

const withoutGeneration: Behaviour = { withoutGeneration: true }

/** By `Kind.group`. Kinds that are not named here are stored as they come. */
export const behaviours: Readonly<Record<string, Behaviour>> = {
  Namespace: namespace,
  Pod: pod,
  Node: node,
  Secret: secret,
  ConfigMap: configMap,
  Event: event,
  'Event.events.k8s.io': newEvent,
  ServiceAccount: { ...withoutGeneration, returnsDeleted: true },
  Service: service,
  Endpoints: withoutGeneration,
  PersistentVolume: persistentVolume,
  PersistentVolumeClaim: persistentVolumeClaim,
  'Lease.coordination.k8s.io': lease,
  'Deployment.apps': deployment,
  'ReplicaSet.apps': replicaSet,
  'StatefulSet.apps': statefulSet,
  'DaemonSet.apps': daemonSet,
  'PodDisruptionBudget.policy': podDisruptionBudget,
  'Role.rbac.authorization.k8s.io': { ...withoutGeneration, createOnUpdate: true },
  'ClusterRole.rbac.authorization.k8s.io': { ...withoutGeneration, createOnUpdate: true },
  'RoleBinding.rbac.authorization.k8s.io': roleBinding,
  'ClusterRoleBinding.rbac.authorization.k8s.io': roleBinding,
  'CustomResourceDefinition.apiextensions.k8s.io': customResourceDefinition,
  'StorageClass.storage.k8s.io': storageClass,
  'CSINode.storage.k8s.io': withoutGeneration,
  'VolumeAttachment.storage.k8s.io': withoutGeneration,
}
