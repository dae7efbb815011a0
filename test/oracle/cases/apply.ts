import { cases, create, get, patch, remove, type Step } from '../case.ts'

const widgets = '/apis/oracle.example.com/v1/namespaces/$ns/widgets'
const maps = '/api/v1/namespaces/$ns/configmaps'
const deployments = '/apis/apps/v1/namespaces/$ns/deployments'
const widget = (spec: object, metadata: object = {}) => ({
  apiVersion: 'oracle.example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w', ...metadata },
  spec,
})
const apply = (manager: string, spec: object, force = false, metadata: object = {}): Step =>
  patch('apply', `${widgets}/w?fieldManager=${manager}${force ? '&force=true' : ''}`, widget(spec, metadata))
const map = (data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data })
const deployment = (containers: object[], more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: { labels: { app: 'a' } }, spec: { containers } },
    ...more,
  },
})

export const applyCases = cases('apply', {
  creates: [apply('one', { size: 'small', parts: [{ name: 'a', count: 1 }], tags: ['x'] }), get(`${widgets}/w`)],
  'without manager': [patch('apply', `${widgets}/w`, widget({ size: 'small' }))],
  'without kind': [patch('apply', `${widgets}/w?fieldManager=one`, { metadata: { name: 'w' } })],
  'with managed fields': [apply('one', { size: 'small' }, false, { managedFields: [{ manager: 'x' }] })],
  'under another name': [patch('apply', `${widgets}/other?fieldManager=one`, widget({ size: 'small' }))],
  'of an invalid object': [apply('one', { size: 'huge', replicas: -1 })],
  again: [apply('one', { size: 'small' }), apply('one', { size: 'small' })],
  'shares a value': [apply('one', { size: 'small', replicas: 2 }), apply('two', { size: 'small', replicas: 2 })],
  conflicts: [apply('one', { size: 'small', replicas: 2 }), apply('two', { size: 'small', replicas: 3 })],
  'conflicts twice': [
    apply('one', { size: 'small', replicas: 2, min: 1 }),
    apply('two', { size: 'small', replicas: 3, min: 2 }),
  ],
  'conflicts with a plain write': [
    create(`${widgets}?fieldManager=cli`, widget({ size: 'small', replicas: 2 })),
    apply('two', { size: 'small', replicas: 3 }),
  ],
  'conflicts with scale': [
    apply('one', { size: 'small' }),
    patch('merge', `${widgets}/w/scale?fieldManager=scaler`, { spec: { replicas: 4 } }),
    get(`${widgets}/w`),
    apply('two', { size: 'small', replicas: 3 }),
  ],
  forced: [apply('one', { size: 'small', replicas: 2 }), apply('two', { size: 'small', replicas: 3 }, true)],
  'removes what is not stated any more': [
    apply('one', { size: 'small', min: 1, max: 5, tags: ['x', 'y'], parts: [{ name: 'a' }, { name: 'b' }] }),
    apply('one', { size: 'small', min: 1, tags: ['y'], parts: [{ name: 'b' }] }),
  ],
  'keeps what another states': [
    apply('one', { size: 'small', min: 1 }),
    apply('two', { size: 'small', min: 1 }),
    apply('one', { size: 'small' }),
  ],
  'leaves a list empty': [apply('one', { size: 'small', parts: [{ name: 'a' }] }), apply('one', { size: 'small' })],
  'adds to a list': [
    apply('one', { size: 'small', parts: [{ name: 'a' }] }),
    apply('two', { size: 'small', parts: [{ name: 'b' }] }),
  ],
  'orders a list': [
    apply('one', { size: 'small', parts: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] }),
    apply('one', { size: 'small', parts: [{ name: 'c' }, { name: 'a' }] }),
  ],
  'adds to a set': [
    apply('one', { size: 'small', tags: ['a', 'b'] }),
    apply('two', { size: 'small', tags: ['c', 'a'] }),
  ],
  'replaces an atomic list': [
    apply('one', { size: 'small', steps: ['a'] }),
    apply('two', { size: 'small', steps: ['b'] }),
    apply('two', { size: 'small', steps: ['b'] }, true),
  ],
  'item without key': [apply('one', { size: 'small', parts: [{ count: 1 }] })],
  'duplicate items': [apply('one', { size: 'small', parts: [{ name: 'a' }, { name: 'a' }] })],
  labels: [
    apply('one', { size: 'small' }, false, { labels: { a: '1' } }),
    apply('two', { size: 'small' }, false, { labels: { b: '1' } }),
    apply('one', { size: 'small' }),
  ],
  'after a plain write': [
    create(`${widgets}?fieldManager=cli`, widget({ size: 'small', replicas: 2 })),
    apply('one', { size: 'small', min: 3 }),
  ],
  'taken over by a plain write': [
    apply('one', { size: 'small', replicas: 2 }),
    patch('merge', `${widgets}/w?fieldManager=cli`, { spec: { replicas: 5 } }),
  ],
  'emptied by a plain write': [
    apply('one', { size: 'small', min: 2 }),
    patch('merge', `${widgets}/w?fieldManager=cli`, { spec: { min: null } }),
  ],
  dry: [patch('apply', `${widgets}/w?fieldManager=one&dryRun=All`, widget({ size: 'small' })), get(`${widgets}/w`)],
  'to status': [
    apply('one', { size: 'small' }),
    patch('apply', `${widgets}/w/status?fieldManager=s`, { ...widget({}), spec: undefined, status: { phase: 'Up' } }),
  ],
  'status through the object': [
    patch('apply', `${widgets}/w?fieldManager=one`, { ...widget({ size: 'small' }), status: { phase: 'Up' } }),
  ],
  'unknown field': [apply('one', { size: 'small', colour: 'red' })],
  'unknown field, strictly': [
    patch('apply', `${widgets}/w?fieldManager=one&fieldValidation=Strict`, widget({ size: 'small', colour: 'red' })),
  ],
  'as YAML': [
    {
      method: 'PATCH',
      path: `${widgets}/w?fieldManager=one`,
      type: 'application/apply-patch+yaml',
      body: 'apiVersion: oracle.example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: small}\n',
    },
  ],
  'reset of managers': [
    apply('one', { size: 'small' }),
    patch('merge', `${widgets}/w`, { metadata: { managedFields: [{}] } }),
  ],
  'config map': [
    patch('apply', `${maps}/a?fieldManager=one`, map({ x: '1', y: '2' })),
    patch('apply', `${maps}/a?fieldManager=one`, map({ y: '2' })),
  ],
  deployment: [
    patch(
      'apply',
      `${deployments}/d?fieldManager=one`,
      deployment([{ name: 'c', image: 'nginx', ports: [{ containerPort: 80 }], env: [{ name: 'A', value: '1' }] }]),
    ),
  ],
  'deployment with less': [
    patch(
      'apply',
      `${deployments}/d?fieldManager=one`,
      deployment(
        [
          { name: 'c', image: 'nginx', ports: [{ containerPort: 80 }] },
          { name: 'e', image: 'x' },
        ],
        { replicas: 3 },
      ),
    ),
    patch('apply', `${deployments}/d?fieldManager=one`, deployment([{ name: 'c', image: 'nginx' }])),
  ],
  'deployment created plainly': [
    create(`${deployments}?fieldManager=cli`, deployment([{ name: 'c', image: 'nginx' }])),
  ],
  'deleted and applied': [apply('one', { size: 'small' }), remove(`${widgets}/w`), apply('one', { size: 'large' })],
})
