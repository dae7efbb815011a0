import { cases, create, get, patch, remove, update } from '../case.ts'

const pods = '/api/v1/namespaces/$ns/pods'
const budgets = '/apis/policy/v1/namespaces/$ns/poddisruptionbudgets'
const nodes = '/api/v1/nodes'
const leases = '/apis/coordination.k8s.io/v1/namespaces/$ns/leases'
const pod = (name = 'p', more: object = {}) => ({
  metadata: { name, labels: { app: 'a' } },
  spec: { nodeName: 'n', automountServiceAccountToken: false, containers: [{ name: 'c', image: 'nginx:1' }], ...more },
})
const running = patch('merge', `${pods}/p/status`, {
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
})
const budget = { metadata: { name: 'b' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'a' } } } }
const eviction = (more: object = {}) => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name: 'p', namespace: '$ns' },
  ...more,
})
/** A pod goes at once, as it would after its containers ended. */
const now = { deleteOptions: { gracePeriodSeconds: 0 } }
const role = { metadata: { name: 'r' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }

export const kindCases = cases('kinds', {
  pod: [create(pods, pod())],
  'pod of several containers': [
    create(
      pods,
      pod('p', {
        containers: [
          {
            name: 'a',
            image: 'x',
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: '1000m', memory: '1024Mi' } },
          },
          {
            name: 'b',
            image: 'y@sha256:00',
            env: [{ name: 'N', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
          },
        ],
        volumes: [
          { name: 's', secret: { secretName: 's' } },
          { name: 'e', emptyDir: {} },
        ],
      }),
    ),
  ],
  'pod without containers': [create(pods, pod('p', { containers: [] }))],
  'pod without image': [create(pods, pod('p', { containers: [{ name: 'c' }] }))],
  'status of a pod': [create(pods, pod()), running],
  eviction: [create(pods, pod()), running, create(`${pods}/p/eviction`, eviction(now)), get(`${pods}/p`)],
  'dry eviction': [create(pods, pod()), create(`${pods}/p/eviction?dryRun=All`, eviction(now)), get(`${pods}/p`)],
  'eviction of none': [create(`${pods}/p/eviction`, eviction())],
  'eviction against a budget': [
    create(budgets, budget),
    create(pods, pod()),
    running,
    create(`${pods}/p/eviction`, eviction(now)),
  ],
  'eviction of a pending pod': [
    create(budgets, budget),
    create(pods, pod()),
    create(`${pods}/p/eviction`, eviction(now)),
  ],
  budget: [create(budgets, budget)],
  'budget by share': [create(budgets, { metadata: { name: 'b' }, spec: { maxUnavailable: '30%' } })],
  'node status': [
    create(nodes, { metadata: { name: '$ns' } }),
    patch('strategic', `${nodes}/$ns/status`, {
      status: {
        capacity: { cpu: '4000m', memory: '16384Mi' },
        conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        nodeInfo: { kubeletVersion: 'v1.34.0' },
      },
    }),
    patch('strategic', `${nodes}/$ns/status`, {
      status: {
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'DiskPressure', status: 'False' },
        ],
      },
    }),
  ],
  'node cordoned': [
    create(nodes, { metadata: { name: '$ns' }, spec: { providerID: 'x:///1' } }),
    patch('strategic', `${nodes}/$ns`, { spec: { unschedulable: true } }),
    patch('strategic', `${nodes}/$ns`, { spec: { unschedulable: null } }),
  ],
  'node with another provider id': [
    create(nodes, { metadata: { name: '$ns' }, spec: { providerID: 'x:///1' } }),
    patch('merge', `${nodes}/$ns`, { spec: { providerID: 'x:///2' } }),
  ],
  'lease by update': [
    update(`${leases}/l`, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l' },
      spec: { holderIdentity: 'me' },
    }),
  ],
  'lease renewed': [
    create(leases, { metadata: { name: 'l' }, spec: { holderIdentity: 'me', leaseTransitions: 0 } }),
    patch('merge', `${leases}/l`, { spec: { renewTime: '2026-01-01T00:00:00.000001Z' } }),
  ],
  'lease at a broken time': [create(leases, { metadata: { name: 'l' }, spec: { renewTime: 'now' } })],
  event: [
    create('/api/v1/namespaces/$ns/events', {
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', namespace: '$ns', name: 'p' },
      reason: 'Because',
      message: 'of that',
      type: 'Normal',
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 1,
    }),
  ],
  'new event': [
    create('/apis/events.k8s.io/v1/namespaces/$ns/events', {
      metadata: { name: 'e' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      regarding: { kind: 'Pod', namespace: '$ns', name: 'p' },
      reason: 'Because',
      action: 'Doing',
      note: 'of that',
      type: 'Normal',
      reportingController: 'me',
      reportingInstance: 'me-1',
    }),
    get('/api/v1/namespaces/$ns/events/e'),
  ],
  'service account': [create('/api/v1/namespaces/$ns/serviceaccounts', { metadata: { name: 's' } })],
  role: [create('/apis/rbac.authorization.k8s.io/v1/namespaces/$ns/roles', role)],
  'role binding': [
    create('/apis/rbac.authorization.k8s.io/v1/namespaces/$ns/rolebindings', {
      metadata: { name: 'r' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 's', namespace: '$ns' },
      ],
    }),
  ],
  'stateful set': [
    create('/apis/apps/v1/namespaces/$ns/statefulsets', {
      metadata: { name: 's' },
      spec: {
        serviceName: 's',
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
      },
    }),
  ],
  'daemon set': [
    create('/apis/apps/v1/namespaces/$ns/daemonsets', {
      metadata: { name: 'd' },
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
      },
    }),
  ],
  'replica set': [
    create('/apis/apps/v1/namespaces/$ns/replicasets', {
      metadata: { name: 'r' },
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
      },
    }),
  ],
  'bootstrap token': [
    create('/api/v1/namespaces/$ns/secrets', {
      metadata: { name: 't' },
      type: 'bootstrap.kubernetes.io/token',
      stringData: { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef' },
    }),
  ],
  'secret of another type': [
    create('/api/v1/namespaces/$ns/secrets', { metadata: { name: 's' } }),
    patch('merge', '/api/v1/namespaces/$ns/secrets/s', { type: 'other' }),
  ],
  'limits of a secret': [create('/api/v1/namespaces/$ns/secrets', { metadata: { name: 's' }, data: { 'a/b': '' } })],
  'a namespace of a bad name': [create('/api/v1/namespaces', { metadata: { name: 'a.b' } })],
  'strategic merge of finalizers': [
    create(leases, { metadata: { name: 'l', finalizers: ['example.com/one'] } }),
    patch('strategic', `${leases}/l`, { metadata: { finalizers: ['example.com/two'] } }),
    patch('strategic', `${leases}/l`, { metadata: { '$deleteFromPrimitiveList/finalizers': ['example.com/one'] } }),
    remove(`${leases}/l`),
  ],
})
