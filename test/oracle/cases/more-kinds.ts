import { cases, create, get, patch } from '../case.ts'

const inNamespace = (api: string, plural: string) => `/apis/${api}/namespaces/$ns/${plural}`
const named = (spec: object) => ({ metadata: { name: '$ns' }, spec })

/** What is asked beside the objects. */
export const asideCases = cases('aside', {
  'a health check of one part': [get('/livez/ping'), get('/readyz/none')],
  'paths of nobody': [get('/foo'), get('/apis/none.example.com'), get('/apis/apps/v9'), get('/api/v2')],
  'methods that nothing has': [
    { method: 'POST', path: '/version', body: {} },
    { method: 'POST', path: '/api/v1', body: {} },
  ],
  'logs of no pod': [get('/api/v1/namespaces/$ns/pods/p/log')],
  'logs of a pod without a node': [
    create('/api/v1/namespaces/$ns/pods', {
      metadata: { name: 'p' },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'x' }] },
    }),
    get('/api/v1/namespaces/$ns/pods/p/log'),
  ],
  'reviews of access': [
    create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: {} }),
    create('/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: {} }),
    create('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      spec: { user: 'u', resourceAttributes: { verb: 'get', resource: 'pods' } },
    }),
    create('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      spec: { groups: ['g'], nonResourceAttributes: { verb: 'get', path: '/version' } },
    }),
    create('/apis/authorization.k8s.io/v1/namespaces/$ns/localsubjectaccessreviews', {
      metadata: { namespace: '$ns' },
      spec: { user: 'u', resourceAttributes: { namespace: '$ns', verb: 'get', resource: 'pods' } },
    }),
    create('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'none' } }),
    get('/apis/authentication.k8s.io/v1/tokenreviews'),
  ],
})

/** Kinds that tools list and apply, without a controller of their own here. */
export const moreKindCases = cases('kinds', {
  ingress: [
    create(
      inNamespace('networking.k8s.io/v1', 'ingresses'),
      named({
        rules: [
          {
            host: 'a.example.com',
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } }],
            },
          },
        ],
      }),
    ),
  ],
  'ingress class': [create('/apis/networking.k8s.io/v1/ingressclasses', named({ controller: 'example.com/c' }))],
  'network policy': [
    create(inNamespace('networking.k8s.io/v1', 'networkpolicies'), named({ podSelector: {}, egress: [{}] })),
  ],
  autoscaler: [
    create(
      inNamespace('autoscaling/v2', 'horizontalpodautoscalers'),
      named({ maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } }),
    ),
  ],
  'runtime class': [create('/apis/node.k8s.io/v1/runtimeclasses', { metadata: { name: '$ns' }, handler: 'runsc' })],
  'storage capacity': [
    create(inNamespace('storage.k8s.io/v1', 'csistoragecapacities'), {
      metadata: { name: 'c' },
      storageClassName: 's',
      capacity: '1024Mi',
    }),
  ],
  'device class': [create('/apis/resource.k8s.io/v1/deviceclasses', named({}))],
  'admission policy': [
    create(
      '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
      named({
        matchConstraints: {
          resourceRules: [{ apiGroups: ['none'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['none'] }],
        },
        validations: [{ expression: 'true' }],
      }),
    ),
    create(
      '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
      named({ policyName: '$ns', validationActions: ['Deny'] }),
    ),
  ],
  job: [
    create(inNamespace('batch/v1', 'jobs'), {
      metadata: { name: 'j' },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } } },
    }),
    get(`${inNamespace('batch/v1', 'jobs')}/j`),
  ],
  'cron job': [
    create(inNamespace('batch/v1', 'cronjobs'), {
      metadata: { name: 'j' },
      spec: {
        schedule: '* * * * *',
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } } },
        },
      },
    }),
  ],
  service: [
    create('/api/v1/namespaces/$ns/services', named({ ports: [{ port: 80 }] })),
    patch('merge', '/api/v1/namespaces/$ns/services/$ns', { spec: { selector: { a: 'b' } } }),
  ],
  'headless service': [
    create(
      '/api/v1/namespaces/$ns/services',
      named({ clusterIP: 'None', ports: [{ port: 80 }], selector: { a: 'b' } }),
    ),
  ],
  'service by another name': [
    create('/api/v1/namespaces/$ns/services', named({ type: 'ExternalName', externalName: 'example.com' })),
  ],
  'budget with a broken selector': [
    create(inNamespace('policy/v1', 'poddisruptionbudgets'), named({ selector: { matchLabels: { a: 'é' } } })),
    create(
      inNamespace('policy/v1', 'poddisruptionbudgets'),
      named({
        selector: {
          matchExpressions: [
            { key: 'a b', operator: 'Is' },
            { key: 'a', operator: 'In' },
          ],
        },
      }),
    ),
    create(inNamespace('policy/v1', 'poddisruptionbudgets'), named({ minAvailable: 'x' })),
    create(inNamespace('policy/v1', 'poddisruptionbudgets'), named({ maxUnavailable: '101%' })),
  ],
  'secrets of known types': [
    create('/api/v1/namespaces/$ns/secrets', { metadata: { name: 'a' }, type: 'kubernetes.io/tls' }),
    create('/api/v1/namespaces/$ns/secrets', { metadata: { name: 'a' }, type: 'kubernetes.io/basic-auth' }),
    create('/api/v1/namespaces/$ns/secrets', {
      metadata: { name: 'a' },
      type: 'kubernetes.io/basic-auth',
      stringData: { username: 'u' },
    }),
    create('/api/v1/namespaces/$ns/secrets', { metadata: { name: 'b' }, type: 'kubernetes.io/dockerconfigjson' }),
    create('/api/v1/namespaces/$ns/secrets', { metadata: { name: 'b' }, type: 'kubernetes.io/ssh-auth' }),
  ],
  'a key twice in a map': [
    create('/api/v1/namespaces/$ns/configmaps', {
      metadata: { name: 'a' },
      data: { k: 'v' },
      binaryData: { k: 'dg==' },
    }),
  ],
  'a finalizer of nobody': [
    create('/api/v1/namespaces/$ns/configmaps', { metadata: { name: 'a', finalizers: ['x'] } }),
  ],
  'networks of a node': [
    create('/api/v1/nodes', named({ podCIDR: '10.0.0.0/24' })),
    create('/api/v1/nodes', { metadata: { name: '$ns-b' }, spec: { podCIDR: 'x' } }),
  ],
  'times of an event': [
    create('/api/v1/namespaces/$ns/events', {
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', namespace: '$ns', name: 'p' },
      firstTimestamp: '2026-01-02T03:04:05+02:00',
      reportingInstance: 'me',
    }),
  ],
  'rules of a role': [
    create(inNamespace('rbac.authorization.k8s.io/v1', 'roles'), { metadata: { name: 'r' }, rules: [{}] }),
    create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      metadata: { name: '$ns' },
      rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }],
    }),
  ],
  'time of a lease': [
    create(inNamespace('coordination.k8s.io/v1', 'leases'), {
      metadata: { name: 'l' },
      spec: { renewTime: '2026-01-02T03:04:05Z' },
    }),
    create(inNamespace('coordination.k8s.io/v1', 'leases'), {
      metadata: { name: 'l' },
      spec: { renewTime: '2026-01-02T03:04:05.123456Z' },
    }),
  ],
  'an apply of what cannot be read': [
    patch('apply', '/api/v1/namespaces/$ns/secrets/s?fieldManager=m', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      data: { a: '*' },
    }),
  ],
  'address of a pod': [
    create('/api/v1/namespaces/$ns/pods', {
      metadata: { name: 'p' },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'x' }] },
    }),
    patch('strategic', '/api/v1/namespaces/$ns/pods/p/status', { status: { phase: 'Running', podIP: '10.1.1.1' } }),
  ],
})
