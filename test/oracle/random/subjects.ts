import { gadgetGroup, gadgetSpec } from './gadget.ts'

type Schema = Readonly<Record<string, unknown>>

/** A kind of which random objects are made. */
export interface Subject {
  readonly apiVersion: string
  readonly kind: string
  /** Path of the collection. */
  readonly path: string
  /** In other versions of the kind. */
  readonly otherPaths?: readonly string[]
  readonly namespaced: boolean
  readonly custom?: true
  readonly status?: true
  readonly scale?: true
  /** What beside metadata an object has. */
  readonly schema: Schema
  /** What a sensible object has at least. */
  readonly base: object
  readonly fields: readonly string[]
}

const text: Schema = { type: 'string' }
const count: Schema = { type: 'integer' }
const bool: Schema = { type: 'boolean' }
const object = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  type: 'object',
  properties,
  ...more,
})
const list = (items: Schema): Schema => ({ type: 'array', items })
const map = (item: Schema): Schema => ({ type: 'object', additionalProperties: item })
const either: Schema = { 'x-kubernetes-int-or-string': true }
const selector = object({
  matchLabels: map(text),
  matchExpressions: list(
    object({ key: text, operator: { enum: ['In', 'Exists'], type: 'string' }, values: list(text) }),
  ),
})
const container = object(
  {
    name: { type: 'string', enum: ['c', 'd', 'e'] },
    image: { type: 'string', enum: ['nginx', 'nginx:1', 'a/b@sha256:00'] },
    env: list(object({ name: text, value: text }, { required: ['name'] })),
    ports: list(
      object(
        {
          containerPort: { type: 'integer', enum: [80, 443] },
          name: { type: 'string', enum: ['http'] },
          protocol: { type: 'string', enum: ['TCP', 'UDP'] },
        },
        { required: ['containerPort'] },
      ),
    ),
    resources: object({
      limits: object({
        cpu: { type: 'string', enum: ['100m', '1', '1.5'] },
        memory: { type: 'string', enum: ['64Mi', '1Gi', '1000Ki'] },
      }),
      requests: object({ cpu: { type: 'string', enum: ['50m', '0.1'] } }),
    }),
    imagePullPolicy: { type: 'string', enum: ['Always', 'Never', 'IfNotPresent'] },
    args: list(text),
    command: list(text),
    stdin: bool,
  },
  { required: ['name', 'image'] },
)
const podSpec = object({
  containers: list(container),
  nodeName: { type: 'string', enum: ['n1', 'n2'] },
  restartPolicy: { type: 'string', enum: ['Always', 'Never', 'OnFailure'] },
  terminationGracePeriodSeconds: count,
  nodeSelector: map(text),
  tolerations: list(
    object({
      key: { type: 'string', enum: ['a', 'b'] },
      operator: { type: 'string', enum: ['Exists', 'Equal'] },
      effect: { type: 'string', enum: ['NoSchedule', 'NoExecute'] },
      value: { type: 'string', enum: ['x'] },
    }),
  ),
  hostNetwork: bool,
  volumes: list(
    object(
      { name: { type: 'string', enum: ['v', 'w'] }, emptyDir: object({}), configMap: object({ name: text }) },
      { required: ['name'] },
    ),
  ),
})
const oneContainer = { containers: [{ name: 'c', image: 'nginx' }] }
const template = { metadata: { labels: { app: 'a' } }, spec: oneContainer }
const templated = { selector: { matchLabels: { app: 'a' } }, template }
const conditions = list(
  object(
    {
      type: { type: 'string', enum: ['Ready', 'DiskPressure'] },
      status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
      reason: text,
      message: text,
      lastTransitionTime: { type: 'string', format: 'date-time' },
    },
    { required: ['type', 'status'] },
  ),
)

export const subjects: readonly Subject[] = [
  {
    apiVersion: `${gadgetGroup}/v1`,
    kind: 'Gadget',
    path: `/apis/${gadgetGroup}/v1/namespaces/$ns/gadgets`,
    otherPaths: [`/apis/${gadgetGroup}/v1beta1/namespaces/$ns/gadgets`],
    namespaced: true,
    custom: true,
    status: true,
    scale: true,
    schema: object({
      spec: gadgetSpec,
      status: object({ count, selector: text, phase: { type: 'string', enum: ['Up', 'Down'] }, conditions }),
    }),
    base: { spec: {} },
    fields: ['spec.size=small', 'spec.count=1', 'spec.on=true', 'spec.none=1'],
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    path: '/api/v1/namespaces/$ns/configmaps',
    namespaced: true,
    schema: object({ data: map(text), binaryData: map({ type: 'string', format: 'byte' }), immutable: bool }),
    base: {},
    fields: [],
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    path: '/api/v1/namespaces/$ns/secrets',
    namespaced: true,
    schema: object({
      data: map({ type: 'string', format: 'byte' }),
      stringData: map(text),
      immutable: bool,
      type: {
        type: 'string',
        enum: [
          'Opaque',
          'x/y',
          'kubernetes.io/tls',
          'kubernetes.io/basic-auth',
          'kubernetes.io/dockerconfigjson',
          'kubernetes.io/ssh-auth',
          'cluster.x-k8s.io/secret',
        ],
      },
    }),
    base: {},
    fields: ['type=Opaque'],
  },
  {
    apiVersion: 'v1',
    kind: 'Node',
    path: '/api/v1/nodes',
    namespaced: false,
    status: true,
    schema: object({
      spec: object({
        providerID: { type: 'string', enum: ['x:///1', 'x:///2'] },
        unschedulable: bool,
        podCIDR: { type: 'string', enum: ['10.0.0.0/24', 'x'] },
        taints: list(
          object(
            {
              key: { type: 'string', enum: ['a', 'b', 'node.kubernetes.io/unschedulable'] },
              value: text,
              effect: { type: 'string', enum: ['NoSchedule', 'NoExecute', 'Nothing'] },
            },
            { required: ['key', 'effect'] },
          ),
        ),
      }),
      status: object({
        capacity: object({
          cpu: { type: 'string', enum: ['4', '4000m', '-1', 'x'] },
          memory: { type: 'string', enum: ['16Gi', '16384Mi'] },
          pods: either,
        }),
        allocatable: object({ cpu: { type: 'string', enum: ['3', '3500m'] } }),
        conditions,
        addresses: list(
          object({
            type: { type: 'string', enum: ['InternalIP', 'Hostname'] },
            address: { type: 'string', enum: ['10.0.0.1', 'n'] },
          }),
        ),
        nodeInfo: object({ kubeletVersion: text, bootID: text }),
        phase: { type: 'string', enum: ['Running', 'Pending'] },
      }),
    }),
    base: {},
    fields: ['spec.unschedulable=true', 'spec.unschedulable=false'],
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    path: '/api/v1/namespaces/$ns/pods',
    namespaced: true,
    status: true,
    schema: object({
      spec: podSpec,
      status: object({
        phase: { type: 'string', enum: ['Running', 'Succeeded', 'Failed', 'Pending'] },
        conditions,
        podIP: { type: 'string', enum: ['10.1.1.1'] },
        message: text,
      }),
    }),
    base: { spec: { automountServiceAccountToken: false, ...oneContainer } },
    fields: ['spec.nodeName=n1', 'status.phase=Running', 'status.phase!=Running', 'spec.hostNetwork=true'],
  },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    path: '/api/v1/namespaces/$ns/serviceaccounts',
    namespaced: true,
    schema: object({
      automountServiceAccountToken: bool,
      secrets: list(object({ name: text })),
      imagePullSecrets: list(object({ name: text })),
    }),
    base: {},
    fields: [],
  },
  {
    apiVersion: 'v1',
    kind: 'Event',
    path: '/api/v1/namespaces/$ns/events',
    namespaced: true,
    schema: object({
      reason: text,
      message: text,
      type: { type: 'string', enum: ['Normal', 'Warning'] },
      count,
      firstTimestamp: { type: 'string', format: 'date-time' },
      lastTimestamp: { type: 'string', format: 'date-time' },
      source: object({ component: text, host: text }),
      action: text,
      reportingComponent: text,
      reportingInstance: text,
      series: object({ count, lastObservedTime: { type: 'string', format: 'date-time' } }),
    }),
    base: { involvedObject: { kind: 'Pod', namespace: '$ns', name: 'p' } },
    fields: ['involvedObject.kind=Pod', 'reason=a', 'type=Normal', 'source=a', 'involvedObject.namespace=x'],
  },
  {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    path: '/apis/coordination.k8s.io/v1/namespaces/$ns/leases',
    namespaced: true,
    schema: object({
      spec: object({
        holderIdentity: text,
        leaseDurationSeconds: count,
        leaseTransitions: count,
        acquireTime: { type: 'string', format: 'date-time' },
        renewTime: { type: 'string', format: 'date-time' },
      }),
    }),
    base: {},
    fields: [],
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    path: '/apis/apps/v1/namespaces/$ns/deployments',
    namespaced: true,
    status: true,
    scale: true,
    schema: object({
      spec: object({
        replicas: count,
        paused: bool,
        minReadySeconds: count,
        revisionHistoryLimit: count,
        progressDeadlineSeconds: count,
        selector,
        strategy: object({
          type: { type: 'string', enum: ['Recreate', 'RollingUpdate'] },
          rollingUpdate: object({ maxSurge: either, maxUnavailable: either }),
        }),
        template: object({ spec: podSpec }),
      }),
      status: object({ replicas: count, readyReplicas: count, observedGeneration: count, conditions }),
    }),
    base: { spec: templated },
    fields: [],
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    path: '/apis/apps/v1/namespaces/$ns/statefulsets',
    namespaced: true,
    status: true,
    scale: true,
    schema: object({
      spec: object({
        replicas: count,
        serviceName: text,
        podManagementPolicy: { type: 'string', enum: ['OrderedReady', 'Parallel'] },
        updateStrategy: object({
          type: { type: 'string', enum: ['OnDelete', 'RollingUpdate'] },
          rollingUpdate: object({ partition: count }),
        }),
      }),
      status: object({ replicas: count, currentReplicas: count }),
    }),
    base: { spec: { serviceName: 's', ...templated } },
    fields: [],
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    path: '/apis/apps/v1/namespaces/$ns/daemonsets',
    namespaced: true,
    status: true,
    schema: object({
      spec: object({
        minReadySeconds: count,
        updateStrategy: object({
          type: { type: 'string', enum: ['OnDelete', 'RollingUpdate'] },
          rollingUpdate: object({ maxSurge: either, maxUnavailable: either }),
        }),
      }),
      status: object({ numberReady: count, desiredNumberScheduled: count }),
    }),
    base: { spec: templated },
    fields: [],
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    path: '/apis/batch/v1/namespaces/$ns/jobs',
    namespaced: true,
    status: true,
    schema: object({
      spec: object({
        parallelism: count,
        completions: count,
        backoffLimit: count,
        suspend: bool,
        ttlSecondsAfterFinished: count,
      }),
      status: object({ active: count, succeeded: count }),
    }),
    base: { spec: { template: { spec: { restartPolicy: 'Never', ...oneContainer } } } },
    fields: ['status.successful=1'],
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    path: '/apis/policy/v1/namespaces/$ns/poddisruptionbudgets',
    namespaced: true,
    status: true,
    schema: object({
      spec: object({
        minAvailable: either,
        maxUnavailable: either,
        selector,
        unhealthyPodEvictionPolicy: { type: 'string', enum: ['AlwaysAllow', 'IfHealthyBudget', 'Other'] },
      }),
    }),
    base: { spec: {} },
    fields: [],
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    path: '/api/v1/namespaces/$ns/services',
    namespaced: true,
    status: true,
    schema: object({
      spec: object({
        ports: list(
          object(
            {
              name: { type: 'string', enum: ['http', 'https'] },
              port: { type: 'integer', enum: [80, 443, 0] },
              targetPort: either,
              protocol: { type: 'string', enum: ['TCP', 'UDP'] },
            },
            { required: ['port'] },
          ),
        ),
        selector: map(text),
        sessionAffinity: { type: 'string', enum: ['ClientIP', 'None'] },
        type: { type: 'string', enum: ['ClusterIP', 'ExternalName'] },
        externalName: { type: 'string', enum: ['example.com'] },
        clusterIP: { type: 'string', enum: ['None'] },
      }),
    }),
    base: { spec: { ports: [{ port: 80 }] } },
    fields: [],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    path: '/apis/rbac.authorization.k8s.io/v1/namespaces/$ns/roles',
    namespaced: true,
    schema: object({
      rules: list(
        object(
          { apiGroups: list(text), resources: list(text), verbs: list(text), resourceNames: list(text) },
          { required: ['verbs'] },
        ),
      ),
    }),
    base: {},
    fields: [],
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    path: '/api/v1/namespaces/$ns/persistentvolumeclaims',
    namespaced: true,
    status: true,
    schema: object({
      spec: object({
        accessModes: list({ type: 'string', enum: ['ReadWriteOnce', 'ReadOnlyMany', 'No'] }),
        storageClassName: text,
        volumeMode: { type: 'string', enum: ['Block', 'Filesystem'] },
        resources: object({ requests: object({ storage: { type: 'string', enum: ['1Gi', '1024Mi', '0'] } }) }),
      }),
      status: object({ phase: { type: 'string', enum: ['Bound'] } }),
    }),
    base: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    fields: [],
  },
]
