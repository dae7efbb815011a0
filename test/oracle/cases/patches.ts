import { cases, create, get, patch } from '../case.ts'

const maps = '/api/v1/namespaces/$ns/configmaps'
const deployments = '/apis/apps/v1/namespaces/$ns/deployments'
const widgets = '/apis/oracle.example.com/v1/namespaces/$ns/widgets'
const map = { metadata: { name: 'a' }, data: { x: '1' } }
const deployment = {
  metadata: { name: 'd' },
  spec: {
    selector: { matchLabels: { app: 'a' } },
    template: {
      metadata: { labels: { app: 'a' } },
      spec: {
        containers: [{ name: 'c', image: 'nginx', env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80 }] }],
      },
    },
  },
}
const pod = (spec: object) => ({ spec: { template: { spec } } })
const widget = { apiVersion: 'oracle.example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size: 'small' } }

export const patchCases = cases('patches', {
  merge: [create(maps, map), patch('merge', `${maps}/a`, { data: { y: '2', x: null } })],
  'merge of nothing': [create(maps, map), patch('merge', `${maps}/a`, {})],
  'merge of a list': [create(maps, map), patch('merge', `${maps}/a`, [])],
  'merge on missing': [patch('merge', `${maps}/a`, {})],
  'merge of the name': [create(maps, map), patch('merge', `${maps}/a`, { metadata: { name: 'b' } })],
  'merge of an unknown field': [create(maps, map), patch('merge', `${maps}/a`, { colour: 'red' })],
  'merge of an unknown field, strictly': [
    create(maps, map),
    patch('merge', `${maps}/a?fieldValidation=Strict`, { colour: 'red' }),
  ],
  'merge at an old version': [create(maps, map), patch('merge', `${maps}/a`, { metadata: { resourceVersion: '1' } })],
  'merge of finalizers': [
    create(maps, map),
    patch('merge', `${maps}/a`, { metadata: { finalizers: ['example.com/a'] } }),
    patch('merge', `${maps}/a`, { metadata: { finalizers: [] } }),
  ],
  'force without apply': [create(maps, map), patch('merge', `${maps}/a?force=true`, {})],
  json: [
    create(maps, map),
    patch('json', `${maps}/a`, [
      { op: 'add', path: '/data/y', value: '2' },
      { op: 'remove', path: '/data/x' },
    ]),
  ],
  'json test fails': [create(maps, map), patch('json', `${maps}/a`, [{ op: 'test', path: '/data/x', value: '9' }])],
  'json of a missing path': [create(maps, map), patch('json', `${maps}/a`, [{ op: 'remove', path: '/data/z' }])],
  'json replace of a missing path': [
    create(maps, map),
    patch('json', `${maps}/a`, [{ op: 'replace', path: '/data/z', value: '1' }]),
  ],
  'json of an unknown operation': [create(maps, map), patch('json', `${maps}/a`, [{ op: 'twist', path: '/data/x' }])],
  'json that is no list': [create(maps, map), patch('json', `${maps}/a`, {})],
  'strategic of containers': [
    create(deployments, deployment),
    patch(
      'strategic',
      `${deployments}/d`,
      pod({
        containers: [
          { name: 'c', image: 'nginx:2' },
          { name: 'e', image: 'x' },
        ],
      }),
    ),
  ],
  'strategic of environment': [
    create(deployments, deployment),
    patch('strategic', `${deployments}/d`, pod({ containers: [{ name: 'c', env: [{ name: 'B', value: '2' }] }] })),
  ],
  'strategic deletion': [
    create(deployments, deployment),
    patch(
      'strategic',
      `${deployments}/d`,
      pod({ containers: [{ name: 'c', env: [{ name: 'A', $patch: 'delete' }] }] }),
    ),
  ],
  'strategic without key': [
    create(deployments, deployment),
    patch('strategic', `${deployments}/d`, pod({ containers: [{ image: 'nginx:2' }] })),
  ],
  'strategic of a custom resource': [
    create(widgets, widget),
    patch('strategic', `${widgets}/w`, { spec: { replicas: 2 } }),
  ],
  'of an unknown type': [create(maps, map), { method: 'PATCH', path: `${maps}/a`, body: {}, type: 'application/json' }],
  'of scale': [
    create(widgets, widget),
    patch('merge', `${widgets}/w/scale`, { spec: { replicas: 5 } }),
    get(`${widgets}/w`),
  ],
  'of scale below zero': [create(widgets, widget), patch('merge', `${widgets}/w/scale`, { spec: { replicas: -5 } })],
  'of scale to text': [create(widgets, widget), patch('merge', `${widgets}/w/scale`, { spec: { replicas: 'x' } })],
  'of status': [
    create(widgets, widget),
    patch('merge', `${widgets}/w/status`, {
      metadata: { labels: { a: 'b' } },
      spec: { replicas: 9 },
      status: { phase: 'Up' },
    }),
  ],
  'of status through the object': [
    create(widgets, widget),
    patch('merge', `${widgets}/w`, { status: { phase: 'Up' } }),
  ],
  generation: [
    create(widgets, widget),
    patch('merge', `${widgets}/w`, { metadata: { labels: { a: 'b' } } }),
    patch('merge', `${widgets}/w`, { spec: { replicas: 3 } }),
  ],
})
