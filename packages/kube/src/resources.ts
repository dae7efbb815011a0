import type { KubeObject, Resource } from './object.ts'

export interface Taint {
  key: string
  value?: string
  effect: string
  timeAdded?: string
}

/** A condition of a built-in kind; `status` is `True`, `False` or `Unknown`. */
export interface ObjectCondition {
  type: string
  status: string
  reason?: string
  message?: string
  /** RFC 3339. */
  lastTransitionTime?: string
}

export interface Node extends KubeObject {
  spec?: { providerID?: string; unschedulable?: boolean; taints?: Taint[]; podCIDR?: string; podCIDRs?: string[] }
  status?: {
    conditions?: (ObjectCondition & { lastHeartbeatTime?: string })[]
    addresses?: { type: string; address: string }[]
    nodeInfo?: Record<string, string>
    capacity?: Record<string, string>
    allocatable?: Record<string, string>
    volumesAttached?: { name: string; devicePath: string }[]
    volumesInUse?: string[]
  }
}

export interface Pod extends KubeObject {
  spec?: {
    nodeName?: string
    terminationGracePeriodSeconds?: number
    priorityClassName?: string
    volumes?: {
      name: string
      persistentVolumeClaim?: { claimName: string }
      emptyDir?: object
      [type: string]: unknown
    }[]
    tolerations?: { key?: string; operator?: string; value?: string; effect?: string; tolerationSeconds?: number }[]
    containers?: { name: string; image?: string; [field: string]: unknown }[]
    [field: string]: unknown
  }
  status?: {
    phase?: string
    reason?: string
    conditions?: ObjectCondition[]
    startTime?: string
    [field: string]: unknown
  }
}

export interface Secret extends KubeObject {
  type?: string
  /** Values in base64. */
  data?: Record<string, string>
  /** Values in clear; write-only. */
  stringData?: Record<string, string>
  immutable?: boolean
}

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>
  binaryData?: Record<string, string>
}

export interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] }
  status?: { phase?: string }
}

export interface ObjectReference {
  apiVersion?: string
  kind?: string
  namespace?: string
  name?: string
  uid?: string
  resourceVersion?: string
  fieldPath?: string
}

/** A core/v1 Event. */
export interface Event extends KubeObject {
  involvedObject: ObjectReference
  type?: string
  reason?: string
  message?: string
  count?: number
  /** RFC 3339. */
  firstTimestamp?: string
  /** RFC 3339. */
  lastTimestamp?: string
  /** MicroTime. */
  eventTime?: string | null
  source?: { component?: string; host?: string }
  reportingComponent?: string
  reportingInstance?: string
  action?: string
}

export interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string | null
    leaseDurationSeconds?: number | null
    /** MicroTime: RFC 3339 with six digits of a second. */
    acquireTime?: string | null
    /** MicroTime. */
    renewTime?: string | null
    leaseTransitions?: number | null
  }
}

export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

export interface PodDisruptionBudget extends KubeObject {
  spec?: { selector?: LabelSelector; minAvailable?: number | string; maxUnavailable?: number | string }
  status?: { disruptionsAllowed?: number; currentHealthy?: number; desiredHealthy?: number; expectedPods?: number }
}

export interface VolumeAttachment extends KubeObject {
  spec?: { attacher?: string; nodeName?: string; source?: { persistentVolumeName?: string; inlineVolumeSpec?: object } }
  status?: { attached?: boolean }
}

export interface PersistentVolume extends KubeObject {
  spec?: { csi?: { driver: string; volumeHandle: string }; claimRef?: ObjectReference; [field: string]: unknown }
  status?: { phase?: string }
}

export interface PersistentVolumeClaim extends KubeObject {
  spec?: { volumeName?: string; [field: string]: unknown }
  status?: { phase?: string }
}

export interface DaemonSet extends KubeObject {
  spec?: { selector?: LabelSelector; [field: string]: unknown }
  status?: Record<string, unknown>
}

export interface CustomResourceDefinition extends KubeObject {
  spec: {
    group: string
    names: {
      kind: string
      plural: string
      singular?: string
      shortNames?: string[]
      listKind?: string
      categories?: string[]
    }
    scope: 'Namespaced' | 'Cluster'
    versions: { name: string; served: boolean; storage: boolean; [field: string]: unknown }[]
    conversion?: { strategy: string; webhook?: unknown }
  }
  status?: { conditions?: ObjectCondition[]; storedVersions?: string[]; [field: string]: unknown }
}

export interface ServiceAccount extends KubeObject {
  secrets?: ObjectReference[]
}

export interface Service extends KubeObject {
  spec?: Record<string, unknown>
}

function core<T extends KubeObject>(kind: string, plural: string, namespaced = true): Resource<T> {
  return { group: '', version: 'v1', kind, plural, namespaced }
}

export const nodes: Resource<Node> = core('Node', 'nodes', false)
export const pods: Resource<Pod> = core('Pod', 'pods')
export const secrets: Resource<Secret> = core('Secret', 'secrets')
export const configMaps: Resource<ConfigMap> = core('ConfigMap', 'configmaps')
export const namespaces: Resource<Namespace> = core('Namespace', 'namespaces', false)
export const events: Resource<Event> = core('Event', 'events')
export const services: Resource<Service> = core('Service', 'services')
export const serviceAccounts: Resource<ServiceAccount> = core('ServiceAccount', 'serviceaccounts')
export const persistentVolumes: Resource<PersistentVolume> = core('PersistentVolume', 'persistentvolumes', false)
export const persistentVolumeClaims: Resource<PersistentVolumeClaim> = core(
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
)
export const leases: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
}
export const podDisruptionBudgets: Resource<PodDisruptionBudget> = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  namespaced: true,
}
export const daemonSets: Resource<DaemonSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  namespaced: true,
}
export const volumeAttachments: Resource<VolumeAttachment> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  namespaced: false,
}
export const customResourceDefinitions: Resource<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
}
