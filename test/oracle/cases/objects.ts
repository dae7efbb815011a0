import { cases, create, get, remove, update } from '../case.ts'

const maps = '/api/v1/namespaces/$ns/configmaps'
const secrets = '/api/v1/namespaces/$ns/secrets'
const deployments = '/apis/apps/v1/namespaces/$ns/deployments'
const map = (name: string, more: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  ...more,
})
const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } }
const deployment = (spec: object) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec })
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
const partialList = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'

export const objectCases = cases('objects', {
  'create and get': [create(maps, map('a', { data: { x: '1' } })), get(`${maps}/a`)],
  'create without type': [create(maps, { metadata: { name: 'a' } })],
  'create twice': [create(maps, map('a')), create(maps, map('a'))],
  'create without name': [create(maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} })],
  'create with a bad name': [create(maps, map('A_b'))],
  'create with a long name': [create(maps, map('a'.repeat(254)))],
  'create with bad labels': [create(maps, map('a', {}, { labels: { '-x': 'a', ok: '_' } }))],
  'create with a bad annotation': [create(maps, map('a', {}, { annotations: { 'a b': 'x' } }))],
  'create with a version': [create(maps, map('a', {}, { resourceVersion: '5' }))],
  'create with system metadata': [
    create(
      maps,
      map(
        'a',
        {},
        {
          uid: 'x',
          generation: 4,
          creationTimestamp: '2020-01-01T00:00:00Z',
          deletionTimestamp: '2020-01-01T00:00:00Z',
        },
      ),
    ),
  ],
  'create with a bad key': [create(maps, map('a', { data: { 'a/b': 'x' } }))],
  'create of another kind': [create(maps, { ...map('a'), kind: 'Secret' })],
  'create of another version': [create(maps, { ...map('a'), apiVersion: 'v2' })],
  'create in another namespace': [create(maps, map('a', {}, { namespace: 'other' }))],
  'create in no namespace': [create('/api/v1/namespaces/nowhere/configmaps', map('a'))],
  'create with a wrong type': [create(maps, map('a', { data: { x: 1 } }))],
  'create with text for a number': [
    create(deployments, deployment({ replicas: 'x', selector: { matchLabels: { app: 'a' } }, template })),
  ],
  'create with owners': [
    create(maps, map('a', {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: '', uid: '' }] })),
  ],
  'create no JSON': [{ method: 'POST', path: maps, body: '{' }],
  'create a list': [{ method: 'POST', path: maps, body: '[]' }],
  'create from an unknown type': [{ method: 'POST', path: maps, body: '{}', type: 'text/plain' }],
  'create from YAML': [
    { method: 'POST', path: maps, body: 'metadata: {name: a}\ndata: {x: "1"}\n', type: 'application/yaml' },
  ],
  'dry run': [create(`${maps}?dryRun=All`, map('a')), get(`${maps}/a`)],
  'dry run of something': [create(`${maps}?dryRun=Some`, map('a'))],
  'unknown fields ignored': [create(`${maps}?fieldValidation=Ignore`, map('a', { colour: 'red' }))],
  'unknown fields warned of': [create(`${maps}?fieldValidation=Warn`, map('a', { colour: 'red', size: 1 }))],
  'unknown fields refused': [create(`${maps}?fieldValidation=Strict`, map('a', { colour: 'red' }))],
  'a field twice': [{ method: 'POST', path: maps, body: '{"metadata":{"name":"a"},"data":{"x":"1","x":"2"}}' }],
  'a field twice, strictly': [
    {
      method: 'POST',
      path: `${maps}?fieldValidation=Strict`,
      body: '{"metadata":{"name":"a"},"data":{"x":"1"},"data":{"x":"2"}}',
    },
  ],
  'a field twice and one unknown': [
    {
      method: 'POST',
      path: `${maps}?fieldValidation=Strict`,
      body: '{"metadata":{"name":"a","name":"a"},"colour":"red"}',
    },
  ],
  'unknown field validation': [create(`${maps}?fieldValidation=Loose`, map('a'))],
  'field manager': [create(`${maps}?fieldManager=me`, map('a', { data: { x: '1' } }, { labels: { a: 'b' } }))],
  'secret from text': [create(secrets, { metadata: { name: 's' }, stringData: { a: 'b' } })],
  'secret with bad base64': [create(secrets, { metadata: { name: 's' }, data: { a: '*' } })],
  'immutable map': [
    create(maps, map('a', { immutable: true, data: { x: '1' } })),
    update(`${maps}/a`, map('a', { immutable: true, data: { x: '2' } })),
  ],
  'get missing': [get(`${maps}/none`)],
  'get of an unknown resource': [get('/api/v1/namespaces/$ns/things')],
  'get of an unknown group': [get('/apis/none.example.com/v1/things')],
  'get as table': [create(maps, map('a', { data: { x: '1' } })), get(`${maps}/a`, `${table};includeObject=None`)],
  'get metadata only': [create(maps, map('a', { data: { x: '1' } })), get(`${maps}/a`, partial)],
  'list metadata only': [create(maps, map('a', { data: { x: '1' } })), get(`${maps}?labelSelector=!none`, partialList)],
  'get as HTML': [get(maps, 'text/html')],
  'list empty': [get(secrets)],
  'list pages': [
    create(maps, map('a', {}, { labels: { p: '1' } })),
    create(maps, map('b', {}, { labels: { p: '1' } })),
    get(`${maps}?labelSelector=p&limit=1`),
    get(`${secrets}?limit=1`),
  ],
  'list by label set': [
    create(maps, map('a', {}, { labels: { p: '1' } })),
    get(`${maps}?labelSelector=p+in+(1,2),q+notin+(3)`),
  ],
  'list by a broken label selector': [get(`${maps}?labelSelector=a=b=c`)],
  'list by name': [create(maps, map('a')), get(`${maps}?fieldSelector=metadata.name=a`)],
  'list by an unknown field': [get(`${maps}?fieldSelector=spec.x=a`)],
  'list by an unknown field of pods': [get('/api/v1/namespaces/$ns/pods?fieldSelector=spec.x=a')],
  'list by pod phase': [get('/api/v1/namespaces/$ns/pods?fieldSelector=status.phase=Running')],
  'list with a broken token': [get(`${maps}?continue=x`)],
  'list with a broken version': [get(`${maps}?resourceVersion=x`)],
  'list with match but no version': [get(`${maps}?resourceVersionMatch=Exact`)],
  'list of the future': [get(`${maps}?resourceVersion=999999999&resourceVersionMatch=NotOlderThan&timeoutSeconds=1`)],
  'watch with match only': [get(`${maps}?watch=1&resourceVersionMatch=NotOlderThan`)],
  'watch with initial events but no match': [get(`${maps}?watch=1&sendInitialEvents=true`)],
  update: [create(maps, map('a')), update(`${maps}/a`, map('a', { data: { x: '2' } }))],
  'update missing': [update(`${maps}/a`, map('a'))],
  'update under another name': [create(maps, map('a')), update(`${maps}/a`, map('b'))],
  'update of an old version': [create(maps, map('a')), update(`${maps}/a`, map('a', {}, { resourceVersion: '1' }))],
  'update of another uid': [
    create(maps, map('a')),
    update(`${maps}/a`, map('a', {}, { uid: '00000000-0000-0000-0000-000000000000' })),
  ],
  'update of nothing': [
    create(maps, map('a', { data: { x: '1' } })),
    update(`${maps}/a`, map('a', { data: { x: '1' } })),
  ],
  'update of a collection': [update(maps, map('a'))],
  delete: [create(maps, map('a')), remove(`${maps}/a`), get(`${maps}/a`)],
  'delete missing': [remove(`${maps}/a`)],
  'delete dry': [create(maps, map('a')), remove(`${maps}/a?dryRun=All`), get(`${maps}/a`)],
  'delete another uid': [create(maps, map('a')), remove(`${maps}/a`, { preconditions: { uid: 'x' } })],
  'delete another version': [create(maps, map('a')), remove(`${maps}/a`, { preconditions: { resourceVersion: '1' } })],
  'delete with finalizers': [
    create(maps, map('a', {}, { finalizers: ['example.com/x'] })),
    remove(`${maps}/a`),
    get(`${maps}/a`),
    remove(`${maps}/a`),
  ],
  'delete with a bad policy': [create(maps, map('a')), remove(`${maps}/a`, { propagationPolicy: 'Sometimes' })],
  'delete collection': [
    create(maps, map('a', {}, { labels: { p: '1' } })),
    remove(`${maps}?labelSelector=p=1`),
    get(`${maps}?labelSelector=p=1`),
  ],
  'deployment defaults': [create(deployments, deployment({ selector: { matchLabels: { app: 'a' } }, template }))],
  'deployment without selector': [create(deployments, deployment({ template }))],
  'deployment with another selector': [
    create(deployments, deployment({ selector: { matchLabels: { app: 'b' } }, template })),
  ],
  'deployment with negative replicas': [
    create(deployments, deployment({ replicas: -1, selector: { matchLabels: { app: 'a' } }, template })),
  ],
  'deployment scale': [
    create(deployments, deployment({ selector: { matchLabels: { app: 'a' } }, template })),
    get(`${deployments}/d/scale`),
  ],
  'deployment status is not created': [
    create(deployments, {
      ...deployment({ selector: { matchLabels: { app: 'a' } }, template }),
      status: { replicas: 5 },
    }),
  ],
  node: [
    create('/api/v1/nodes', { metadata: { name: '$ns' }, status: { capacity: { cpu: '1' } } }),
    get('/api/v1/nodes/$ns'),
  ],
  lease: [
    create('/apis/coordination.k8s.io/v1/namespaces/$ns/leases', {
      metadata: { name: 'l' },
      spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.123456Z' },
    }),
  ],
  'lease of no duration': [
    create('/apis/coordination.k8s.io/v1/namespaces/$ns/leases', {
      metadata: { name: 'l' },
      spec: { holderIdentity: 'me', leaseDurationSeconds: 0 },
    }),
  ],
  'budget with both bounds': [
    create('/apis/policy/v1/namespaces/$ns/poddisruptionbudgets', {
      metadata: { name: 'b' },
      spec: { minAvailable: 1, maxUnavailable: 1 },
    }),
  ],
  namespace: [get('/api/v1/namespaces/$ns')],
  'own access': [
    create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
    }),
  ],
  'post to an object': [create(`${maps}/a`, map('a'))],
})
