import { isObject, textOf, valueAt, type JsonObject } from '../../json.ts'
import type { KubeObject } from '../../object.ts'
import { formatLabelSelector } from '../../selectors/labels.ts'
import { formatAge } from '../../table/age.ts'
import type { Column } from '../../table/column.ts'
import { ageColumn, column, nameColumn } from '../../table/columns.ts'

function at(path: string, empty: unknown = ''): (object: KubeObject) => unknown {
  const parts = path.split('.')
  return (object) => valueAt(object, parts) ?? empty
}

function sizeAt(path: string): (object: KubeObject) => number {
  return (object) => {
    const value = valueAt(object, path.split('.'))
    if (Array.isArray(value)) return value.length
    return isObject(value) ? Object.keys(value).length : 0
  }
}

function list(object: unknown, path: string): JsonObject[] {
  const value = valueAt(object, path.split('.'))
  return Array.isArray(value) ? value.filter(isObject) : []
}

const number = { type: 'integer' }
const wide = { priority: 1 }

/** What a machine says of itself, once it does. */
function known(path: string): (object: KubeObject) => string {
  return (object) => textOf(valueAt(object, path.split('.'))) || '<unknown>'
}

function nodeStatus(node: KubeObject): string {
  const ready = list(node, 'status.conditions').find((condition) => condition['type'] === 'Ready')
  const state = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady'
  return valueAt(node, ['spec', 'unschedulable']) === true ? `${state},SchedulingDisabled` : state
}

function nodeRoles(node: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/'
  const labels = Object.keys(node.metadata.labels ?? {})
  const roles = labels.filter((label) => label.startsWith(prefix)).map((label) => label.slice(prefix.length))
  return roles.length === 0 ? '<none>' : roles.toSorted().join(',')
}

function nodeAddress(type: string): (node: KubeObject) => string {
  return (node) =>
    textOf(list(node, 'status.addresses').find((address) => address['type'] === type)?.['address'], '<none>')
}

function containers(pod: KubeObject): string {
  const statuses = list(pod, 'status.containerStatuses')
  const ready = statuses.filter((status) => status['ready'] === true).length
  return `${ready}/${list(pod, 'spec.containers').length}`
}

function restarts(pod: KubeObject): string {
  return String(
    list(pod, 'status.containerStatuses').reduce((total, status) => total + Number(status['restartCount'] ?? 0), 0),
  )
}

function podStatus(pod: KubeObject): unknown {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating'
  const waiting = list(pod, 'status.containerStatuses').map((status) => valueAt(status, ['state', 'waiting', 'reason']))
  return (
    waiting.find((reason) => reason !== undefined) ??
    valueAt(pod, ['status', 'reason']) ??
    valueAt(pod, ['status', 'phase']) ??
    'Unknown'
  )
}

function containerNames(object: KubeObject): string {
  return list(object, 'spec.template.spec.containers')
    .map((container) => textOf(container['name']))
    .join(',')
}

function images(object: KubeObject): string {
  return list(object, 'spec.template.spec.containers')
    .map((container) => textOf(container['image']))
    .join(',')
}

function selector(object: KubeObject): string {
  const value = valueAt(object, ['spec', 'selector'])
  return isObject(value) ? formatLabelSelector(value) || '<none>' : '<none>'
}

const workloadTail = [
  ageColumn,
  column('Containers', containerNames, wide),
  column('Images', images, wide),
  column('Selector', selector, wide),
]

function eventTime(event: KubeObject): unknown {
  return (
    valueAt(event, ['series', 'lastObservedTime']) ??
    event['lastTimestamp'] ??
    event['eventTime'] ??
    event['firstTimestamp'] ??
    event.metadata.creationTimestamp
  )
}

function eventObject(event: KubeObject): string {
  const about = event['involvedObject'] ?? event['regarding']
  if (!isObject(about)) return ''
  return `${textOf(about['kind'], '').toLowerCase()}/${textOf(about['name'], '')}`
}

const eventColumns: Column[] = [
  column('Last Seen', (event, now) => formatAge(eventTime(event), now)),
  column('Type', at('type')),
  column('Reason', at('reason')),
  column('Object', eventObject),
  column('Subobject', (event) => valueAt(event, ['involvedObject', 'fieldPath']) ?? '', wide),
  column(
    'Source',
    (event) =>
      valueAt(event, ['source', 'component']) ?? event['reportingComponent'] ?? event['reportingController'] ?? '',
    wide,
  ),
  column('Message', (event) => event['message'] ?? event['note'] ?? ''),
  column(
    'First Seen',
    (event, now) => formatAge(event['firstTimestamp'] ?? event['eventTime'] ?? event.metadata.creationTimestamp, now),
    wide,
  ),
  column('Count', (event) => event['count'] ?? 1, { ...wide, type: 'integer' }),
  { ...nameColumn, priority: 1 },
]

function roleRef(binding: KubeObject): string {
  return `${String(valueAt(binding, ['roleRef', 'kind']))}/${String(valueAt(binding, ['roleRef', 'name']))}`
}

/** Columns of built-in kinds by `Kind.group`; all others show name and age. */
export const builtinColumns: Readonly<Record<string, readonly Column[]>> = {
  Namespace: [nameColumn, column('Status', at('status.phase')), ageColumn],
  Node: [
    nameColumn,
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    ageColumn,
    column('Version', at('status.nodeInfo.kubeletVersion')),
    column('Internal-IP', nodeAddress('InternalIP'), wide),
    column('External-IP', nodeAddress('ExternalIP'), wide),
    column('OS-Image', known('status.nodeInfo.osImage'), wide),
    column('Kernel-Version', known('status.nodeInfo.kernelVersion'), wide),
    column('Container-Runtime', known('status.nodeInfo.containerRuntimeVersion'), wide),
  ],
  Pod: [
    nameColumn,
    column('Ready', containers),
    column('Status', podStatus),
    column('Restarts', restarts),
    ageColumn,
    column('IP', at('status.podIP', '<none>'), wide),
    column('Node', at('spec.nodeName', '<none>'), wide),
    column('Nominated Node', at('status.nominatedNodeName', '<none>'), wide),
    column('Readiness Gates', () => '<none>', wide),
  ],
  Secret: [nameColumn, column('Type', at('type')), column('Data', sizeAt('data')), ageColumn],
  ConfigMap: [nameColumn, column('Data', (object) => sizeAt('data')(object) + sizeAt('binaryData')(object)), ageColumn],
  ServiceAccount: [nameColumn, column('Secrets', sizeAt('secrets')), ageColumn],
  Service: [
    nameColumn,
    column('Type', at('spec.type', 'ClusterIP')),
    column('Cluster-IP', at('spec.clusterIP', '<none>')),
    column('External-IP', () => '<none>'),
    column(
      'Port(s)',
      (service) =>
        list(service, 'spec.ports')
          .map((port) => `${textOf(port['port'])}/${textOf(port['protocol'], 'TCP')}`)
          .join(',') || '<none>',
    ),
    ageColumn,
    column(
      'Selector',
      (service) =>
        formatLabelSelector({
          matchLabels: (valueAt(service, ['spec', 'selector']) ?? {}) as Record<string, string>,
        }) || '<none>',
      wide,
    ),
  ],
  PersistentVolume: [
    nameColumn,
    column('Capacity', at('spec.capacity.storage')),
    column('Access Modes', accessModes),
    column('Reclaim Policy', at('spec.persistentVolumeReclaimPolicy')),
    column('Status', at('status.phase')),
    column('Claim', (volume) => {
      const claim = valueAt(volume, ['spec', 'claimRef'])
      return isObject(claim) ? `${textOf(claim['namespace'])}/${textOf(claim['name'])}` : ''
    }),
    column('StorageClass', at('spec.storageClassName')),
    column('VolumeAttributesClass', at('spec.volumeAttributesClassName', '<unset>')),
    column('Reason', at('status.reason')),
    ageColumn,
    column('VolumeMode', at('spec.volumeMode', 'Filesystem'), wide),
  ],
  PersistentVolumeClaim: [
    nameColumn,
    column('Status', at('status.phase')),
    column('Volume', at('spec.volumeName')),
    column('Capacity', at('status.capacity.storage')),
    column('Access Modes', accessModes),
    column('StorageClass', at('spec.storageClassName')),
    column('VolumeAttributesClass', at('spec.volumeAttributesClassName', '<unset>')),
    ageColumn,
    column('VolumeMode', at('spec.volumeMode', 'Filesystem'), wide),
  ],
  Event: eventColumns,
  'Event.events.k8s.io': eventColumns,
  'Lease.coordination.k8s.io': [nameColumn, column('Holder', at('spec.holderIdentity')), ageColumn],
  'PodDisruptionBudget.policy': [
    nameColumn,
    column('Min Available', at('spec.minAvailable', 'N/A')),
    column('Max Unavailable', at('spec.maxUnavailable', 'N/A')),
    column('Allowed Disruptions', at('status.disruptionsAllowed', 0), number),
    ageColumn,
  ],
  'Deployment.apps': [
    nameColumn,
    column(
      'Ready',
      (object) => `${String(at('status.readyReplicas', 0)(object))}/${String(at('spec.replicas', 0)(object))}`,
    ),
    column('Up-to-date', at('status.updatedReplicas', 0), number),
    column('Available', at('status.availableReplicas', 0), number),
    ...workloadTail,
  ],
  'ReplicaSet.apps': [
    nameColumn,
    column('Desired', at('spec.replicas', 0), number),
    column('Current', at('status.replicas', 0), number),
    column('Ready', at('status.readyReplicas', 0), number),
    ...workloadTail,
  ],
  'StatefulSet.apps': [
    nameColumn,
    column(
      'Ready',
      (object) => `${String(at('status.readyReplicas', 0)(object))}/${String(at('spec.replicas', 0)(object))}`,
    ),
    ageColumn,
    column('Containers', containerNames, wide),
    column('Images', images, wide),
  ],
  'DaemonSet.apps': [
    nameColumn,
    column('Desired', at('status.desiredNumberScheduled', 0), number),
    column('Current', at('status.currentNumberScheduled', 0), number),
    column('Ready', at('status.numberReady', 0), number),
    column('Up-to-date', at('status.updatedNumberScheduled', 0), number),
    column('Available', at('status.numberAvailable', 0), number),
    column(
      'Node Selector',
      (object) =>
        formatLabelSelector({
          matchLabels: (valueAt(object, ['spec', 'template', 'spec', 'nodeSelector']) ?? {}) as Record<string, string>,
        }) || '<none>',
    ),
    ...workloadTail,
  ],
  'Role.rbac.authorization.k8s.io': [nameColumn, column('Created At', at('metadata.creationTimestamp'))],
  'ClusterRole.rbac.authorization.k8s.io': [nameColumn, column('Created At', at('metadata.creationTimestamp'))],
  'RoleBinding.rbac.authorization.k8s.io': [nameColumn, column('Role', roleRef), ageColumn],
  'ClusterRoleBinding.rbac.authorization.k8s.io': [nameColumn, column('Role', roleRef), ageColumn],
  'CustomResourceDefinition.apiextensions.k8s.io': [nameColumn, column('Created At', at('metadata.creationTimestamp'))],
  'VolumeAttachment.storage.k8s.io': [
    nameColumn,
    column('Attacher', at('spec.attacher')),
    column('PV', at('spec.source.persistentVolumeName')),
    column('Node', at('spec.nodeName')),
    column('Attached', at('status.attached', false)),
    ageColumn,
  ],
  'MutatingWebhookConfiguration.admissionregistration.k8s.io': [
    nameColumn,
    column('Webhooks', sizeAt('webhooks'), number),
    ageColumn,
  ],
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io': [
    nameColumn,
    column('Webhooks', sizeAt('webhooks'), number),
    ageColumn,
  ],
  'APIService.apiregistration.k8s.io': [
    nameColumn,
    column('Service', () => 'Local'),
    column('Available', () => 'True'),
    ageColumn,
  ],
}

const modes: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}

function accessModes(object: KubeObject): string {
  const value = valueAt(object, ['status', 'accessModes']) ?? valueAt(object, ['spec', 'accessModes'])
  return Array.isArray(value) ? value.map((mode) => modes[String(mode)] ?? String(mode)).join(',') : ''
}
