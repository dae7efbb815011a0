import { cases, create, get, patch, remove, update, watch } from '../case.ts'

const maps = '/api/v1/namespaces/$ns/configmaps'
const widgets = '/apis/oracle.example.com/v1/namespaces/$ns/widgets'
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
const map = (name: string, labels: object = {}, data: object = {}) => ({ metadata: { name, labels }, data })
const widget = (spec: object) => ({
  apiVersion: 'oracle.example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  spec,
})
const labelled = (value: string | null) => patch('merge', `${maps}/a`, { metadata: { labels: { p: value } } })
/** Of the namespace's own maps: a real cluster may put one into every namespace. */
const mine = 'fieldSelector=metadata.name!=kube-root-ca.crt'

export const watchCases = cases('watches', {
  changes: [
    create(maps, map('first')),
    watch(`${maps}?watch=1&resourceVersion=$rv&${mine}`, 3, [
      create(maps, map('a', {}, { x: '1' })),
      update(`${maps}/a`, map('a', {}, { x: '2' })),
      remove(`${maps}/a`),
    ]),
  ],
  'of a custom resource': [
    create(maps, map('first')),
    watch(`${widgets}?watch=1&resourceVersion=$rv`, 3, [
      create(widgets, widget({ size: 'small' })),
      patch('merge', `${widgets}/w/status`, { status: { phase: 'Up' } }),
      remove(`${widgets}/w`),
    ]),
  ],
  'of another version': [
    create(maps, map('first')),
    watch('/apis/oracle.example.com/v2/namespaces/$ns/widgets?watch=1&resourceVersion=$rv', 1, [
      create(widgets, widget({ size: 'small' })),
    ]),
  ],
  'start with what is there': [create(maps, map('a')), watch(`${maps}?watch=1&${mine}`, 1, [])],
  'start with anything': [
    create(maps, map('a')),
    watch(`${maps}?watch=1&resourceVersion=0&fieldSelector=metadata.name=a`, 1, []),
  ],
  'initial events and their end': [
    create(maps, map('a')),
    create(maps, map('b')),
    watch(
      `${maps}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&${mine}`,
      3,
      [],
    ),
  ],
  'initial events of a custom resource': [
    create(widgets, widget({ size: 'small' })),
    watch(
      `${widgets}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`,
      2,
      [],
    ),
  ],
  'initial events without bookmarks': [
    create(maps, map('a')),
    watch(`${maps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&${mine}`, 2, [
      create(maps, map('b')),
    ]),
  ],
  'no initial events': [
    create(maps, map('a')),
    watch(`${maps}?watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=$rv&${mine}`, 1, [
      create(maps, map('b')),
    ]),
  ],
  'initial events at a wrong match': [get(`${maps}?watch=1&sendInitialEvents=true&resourceVersionMatch=Exact`)],
  'into a selection': [
    create(maps, map('a')),
    watch(`${maps}?watch=1&resourceVersion=$rv&labelSelector=p=1`, 1, [labelled('2'), labelled('1')]),
  ],
  'out of a selection': [
    create(maps, map('a', { p: '1' })),
    watch(`${maps}?watch=1&resourceVersion=$rv&labelSelector=p=1`, 1, [labelled('2')]),
  ],
  'within a selection': [
    create(maps, map('a', { p: '1' })),
    watch(`${maps}?watch=1&resourceVersion=$rv&labelSelector=p`, 1, [labelled('2')]),
  ],
  'out and in again': [
    create(maps, map('a', { p: '1' })),
    watch(`${maps}?watch=1&resourceVersion=$rv&labelSelector=p=1`, 2, [labelled(null), labelled('1')]),
  ],
  'deleted outside of a selection': [
    create(maps, map('a', { p: '2' })),
    watch(`${maps}?watch=1&resourceVersion=$rv&labelSelector=p=1`, 1, [
      remove(`${maps}/a`),
      create(maps, map('b', { p: '1' })),
    ]),
  ],
  'one object': [
    create(maps, map('a')),
    watch(`${maps}?watch=1&resourceVersion=$rv&fieldSelector=metadata.name=b`, 1, [
      update(`${maps}/a`, map('a', {}, { x: '1' })),
      create(maps, map('b')),
    ]),
  ],
  'one object by its path': [create(maps, map('a')), get(`${maps}/a?watch=1`)],
  'in all namespaces': [
    create(maps, map('a')),
    watch('/api/v1/configmaps?watch=1&resourceVersion=$rv&labelSelector=case=$ns', 1, [
      create(maps, map('b', { case: '$ns' })),
    ]),
  ],
  'as table': [
    create(maps, map('a')),
    watch(
      `${maps}?watch=1&resourceVersion=$rv&fieldSelector=metadata.name!=a&includeObject=None`,
      2,
      [create(maps, map('b', {}, { x: '1' })), create(maps, map('c'))],
      table,
    ),
  ],
  'of metadata': [
    create(maps, map('a')),
    watch(`${maps}?watch=1&resourceVersion=$rv`, 1, [create(maps, map('b', {}, { x: '1' }))], partial),
  ],
  'held by a finalizer': [
    create(maps, { metadata: { name: 'a', finalizers: ['example.com/x'] } }),
    watch(`${maps}?watch=1&resourceVersion=$rv`, 2, [
      remove(`${maps}/a`),
      patch('merge', `${maps}/a`, { metadata: { finalizers: null } }),
    ]),
  ],
  'end after their time': [
    create(maps, map('a')),
    watch(`${maps}?watch=1&resourceVersion=$rv&timeoutSeconds=1`, 9, []),
  ],
  'from a broken version': [get(`${maps}?watch=1&resourceVersion=x`)],
  'of an unknown resource': [get('/api/v1/namespaces/$ns/things?watch=1')],
  'by a broken selector': [get(`${maps}?watch=1&labelSelector=a==b==c`)],
  'by an unknown field': [get(`${maps}?watch=1&fieldSelector=spec.x=1`)],
})
