import { cases, create, get, patch, remove, type Step } from '../case.ts'

const maps = '/api/v1/namespaces/$ns/configmaps'
const widgets = '/apis/oracle.example.com/v1/namespaces/$ns/widgets'
const labelled = 'labelSelector=p'
const map = (name: string, labels: object = { p: '1' }, more: object = {}) => ({ metadata: { name, labels, ...more } })
const three: readonly Step[] = ['a', 'b', 'c'].map((name, index) => create(maps, map(name, { p: String(index) })))
const widget = (name: string, replicas: number) => ({
  apiVersion: 'oracle.example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec: { size: 'small', replicas },
})

export const collectionCases = [
  ...cases('pages', {
    'of one': [
      ...three,
      get(`${maps}?${labelled}&limit=1`),
      get(`${maps}?${labelled}&limit=1&continue=$continue`),
      get(`${maps}?${labelled}&limit=1&continue=$continue`),
    ],
    'of custom resources': [
      ...['a', 'b', 'c'].map((name) => create(widgets, widget(name, 1))),
      get(`${widgets}?limit=2`),
      get(`${widgets}?limit=2&continue=$continue`),
    ],
    'keep the state of the first': [
      ...three,
      get(`${maps}?${labelled}&limit=1`),
      remove(`${maps}/c?propagationPolicy=Background`),
      get(`${maps}?${labelled}`),
    ],
    'larger than all': [...three, get(`${maps}?${labelled}&limit=10`)],
    'of all namespaces': [
      ...three,
      get(`/api/v1/configmaps?${labelled}&limit=500&fieldSelector=metadata.namespace=$ns`),
    ],
    'with a version and a token': [
      ...three,
      get(`${maps}?${labelled}&limit=1`),
      get(`${maps}?${labelled}&limit=1&continue=$continue&resourceVersion=$rv`),
    ],
    'with a match and a token': [
      ...three,
      get(`${maps}?${labelled}&limit=1`),
      get(`${maps}?${labelled}&continue=$continue&resourceVersion=$rv&resourceVersionMatch=Exact`),
    ],
    'of any version': [...three, get(`${maps}?${labelled}&resourceVersion=0`)],
    'of at least a version': [
      ...three,
      get(`${maps}?${labelled}&resourceVersion=$rv&resourceVersionMatch=NotOlderThan`),
    ],
    'with an unknown match': [get(`${maps}?resourceVersion=1&resourceVersionMatch=Roughly`)],
    'with a match of zero': [get(`${maps}?resourceVersion=0&resourceVersionMatch=Exact`)],
  }),
  ...cases('selectors', {
    equal: [...three, get(`${maps}?labelSelector=p=1`)],
    'equal twice': [...three, get(`${maps}?labelSelector=p==1`)],
    unequal: [...three, get(`${maps}?labelSelector=p,p!=1`)],
    'one of': [...three, get(`${maps}?labelSelector=p+in+(0,2)`)],
    'none of': [...three, get(`${maps}?labelSelector=p,p+notin+(0,2)`)],
    absent: [...three, get(`${maps}?labelSelector=!p,q`)],
    greater: [...three, get(`${maps}?labelSelector=p>0`)],
    less: [...three, get(`${maps}?labelSelector=p<1`)],
    'greater than text': [get(`${maps}?labelSelector=p>x`)],
    'without an operator': [get(`${maps}?labelSelector=a+b`)],
    'with an open list': [get(`${maps}?labelSelector=a+in+(b`)],
    'with no list': [get(`${maps}?labelSelector=a+in+b`)],
    'with a bad key': [get(`${maps}?labelSelector=-a=b`)],
    'with a bad value': [get(`${maps}?labelSelector=a=-b`)],
    'ending in a comma': [get(`${maps}?labelSelector=a,`)],
    'of nothing before a comma': [get(`${maps}?labelSelector=,a`)],
    'by field, unequal': [...three, get(`${maps}?${labelled}&fieldSelector=metadata.name!=a`)],
    'by two fields': [...three, get(`${maps}?fieldSelector=metadata.name=a,metadata.namespace=$ns`)],
    'by a broken field': [get(`${maps}?fieldSelector=a`)],
    'by a field of a custom resource': [get(`${widgets}?fieldSelector=spec.size=small`)],
    'by the name of a custom resource': [
      create(widgets, widget('a', 1)),
      create(widgets, widget('b', 1)),
      get(`${widgets}?fieldSelector=metadata.name=b`),
    ],
  }),
  ...cases('deletion', {
    'in the foreground': [create(maps, map('a')), remove(`${maps}/a`, { propagationPolicy: 'Foreground' })],
    'that leaves dependents': [create(maps, map('a')), remove(`${maps}/a`, { propagationPolicy: 'Orphan' })],
    'that leaves dependents, as it was said once': [
      create(maps, map('a')),
      remove(`${maps}/a`, { orphanDependents: true }),
    ],
    'in the background': [create(maps, map('a')), remove(`${maps}/a?propagationPolicy=Background`)],
    'by policy and orphans': [
      create(maps, map('a')),
      remove(`${maps}/a`, { propagationPolicy: 'Orphan', orphanDependents: true }),
    ],
    'of a custom resource': [create(widgets, widget('a', 1)), remove(`${widgets}/a`), get(`${widgets}/a`)],
    'of a held custom resource': [
      create(widgets, { ...widget('a', 1), metadata: { name: 'a', finalizers: ['example.com/x'] } }),
      remove(`${widgets}/a`),
      patch('merge', `${widgets}/a`, { spec: { replicas: 2 } }),
      patch('merge', `${widgets}/a`, { metadata: { finalizers: ['example.com/x', 'example.com/y'] } }),
      patch('merge', `${widgets}/a`, { metadata: { finalizers: null } }),
      get(`${widgets}/a`),
    ],
    'with the right uid': [create(maps, map('a')), remove(`${maps}/a`, { preconditions: { uid: '$uid' } })],
    'with the right version': [
      create(maps, map('a')),
      remove(`${maps}/a`, { preconditions: { resourceVersion: '$rv' } }),
    ],
    'of a collection of custom resources': [
      create(widgets, widget('a', 1)),
      create(widgets, widget('b', 1)),
      remove(widgets),
      get(widgets),
    ],
    'of a collection by name': [...three, remove(`${maps}?fieldSelector=metadata.name=b`), get(`${maps}?${labelled}`)],
    'of a collection, dry': [...three, remove(`${maps}?${labelled}&dryRun=All`), get(`${maps}?${labelled}`)],
    'of a subresource': [create(widgets, widget('a', 1)), remove(`${widgets}/a/status`)],
  }),
]
