import { cases, create, get, patch, remove, update, watch, type Step } from '../case.ts'

const maps = '/api/v1/namespaces/$ns/configmaps'
const registrations = '/apis/admissionregistration.k8s.io/v1'
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const map = (name: string, more: object = {}, metadata: object = {}) => ({ metadata: { name, ...metadata }, ...more })

const rule = {
  operations: ['*'],
  apiGroups: [''],
  apiVersions: ['v1'],
  resources: ['configmaps'],
}
/** A webhook for the namespace of the case only. */
const hook = (path: string, more: object = {}) => ({
  name: `${path.slice(1).replaceAll('/', '')}.example.com`,
  clientConfig: { url: `$hooks${path}`, caBundle: '$ca' },
  rules: [rule],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': '$ns' } },
  ...more,
})
const register = (sort: 'mutating' | 'validating', ...webhooks: readonly object[]): Step => ({
  ...create(`${registrations}/${sort}webhookconfigurations`, { metadata: { name: '$ns' }, webhooks }),
  quiet: true,
})
const validating = (...webhooks: readonly object[]): Step => register('validating', ...webhooks)
const mutating = (...webhooks: readonly object[]): Step => register('mutating', ...webhooks)
/** Tried until a text is in the answer, for the servers to have heard of the webhooks. */
const until = (shows: string, name = 'probe'): Step => ({
  ...create(`${maps}?dryRun=All`, map(name, {}, { labels: { probe: 'yes' } })),
  shows,
  quiet: true,
  anyway: true,
})
const put = (name: string, more: object = {}, metadata: object = {}): Step => create(maps, map(name, more, metadata))

export const webhookCases = [
  ...cases('webhooks', {
    'configurations are completed': [
      create(`${registrations}/validatingwebhookconfigurations`, {
        metadata: { name: '$ns' },
        webhooks: [hook('/allow', { rules: undefined, namespaceSelector: undefined })],
      }),
      create(`${registrations}/mutatingwebhookconfigurations`, {
        metadata: { name: '$ns' },
        webhooks: [hook('/allow')],
      }),
    ],
    'configurations that are wrong': [
      create(`${registrations}/validatingwebhookconfigurations`, {
        metadata: { name: '$ns' },
        webhooks: [{ name: 'short' }],
      }),
      create(`${registrations}/validatingwebhookconfigurations`, {
        metadata: { name: '$ns' },
        webhooks: [hook('/allow', { sideEffects: 'Some' })],
      }),
      create(`${registrations}/validatingwebhookconfigurations`, {
        metadata: { name: '$ns' },
        webhooks: [hook('/allow', { admissionReviewVersions: ['v9'] })],
      }),
      create(`${registrations}/validatingwebhookconfigurations`, {
        metadata: { name: '$ns' },
        webhooks: [hook('/allow', { timeoutSeconds: 31 })],
      }),
      create(`${registrations}/validatingwebhookconfigurations`, {
        metadata: { name: '$ns' },
        webhooks: [hook('/allow', { clientConfig: {} })],
      }),
      create(`${registrations}/validatingwebhookconfigurations`, {
        metadata: { name: '$ns' },
        webhooks: [hook('/allow', { clientConfig: { url: 'http://example.com' } })],
      }),
      create(`${registrations}/validatingwebhookconfigurations`, {
        metadata: { name: '$ns' },
        webhooks: [hook('/allow'), hook('/allow')],
      }),
      create(`${registrations}/validatingwebhookconfigurations`, {
        metadata: { name: '$ns' },
        webhooks: [hook('/allow', { failurePolicy: 'Maybe' })],
      }),
    ],
    denied: [validating(hook('/deny')), until('denied'), put('a'), get(`${maps}/a`)],
    'denied with a reason': [validating(hook('/deny-why')), until('denied'), put('a')],
    'denied with no code': [validating(hook('/deny-reason')), until('denied'), put('a')],
    'denied by the second': [validating(hook('/allow'), hook('/deny')), until('denied'), put('a')],
    'warnings of an allowed write': [
      validating(hook('/warn'), hook('/deny', { objectSelector: { matchLabels: { probe: 'yes' } } })),
      until('denied'),
      put('a'),
    ],
    'what a creation tells': [
      validating(hook('/tell')),
      until('CREATE'),
      put('a', { data: { x: '1' } }),
      create(maps, { metadata: { generateName: 'g-' } }),
    ],
    'what a change tells': [
      put('a', { data: { x: '1' } }),
      validating(hook('/tell')),
      until('CREATE'),
      update(`${maps}/a`, map('a', { data: { x: '2' } })),
      patch('merge', `${maps}/a`, { data: { y: '1' } }),
      patch('apply', `${maps}/a?fieldManager=m`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        ...map('a', { data: { z: '1' } }),
      }),
    ],
    'what a deletion tells': [
      put('a'),
      validating(hook('/tell')),
      until('CREATE'),
      remove(`${maps}/a`),
      remove(`${maps}?fieldSelector=metadata.name=a`),
    ],
    'what a dry run tells': [validating(hook('/tell')), until('CREATE'), create(`${maps}?dryRun=All`, map('a'))],
    'only some operations': [
      put('a'),
      validating(
        hook('/deny', { rules: [{ ...rule, operations: ['UPDATE'] }] }),
        hook('/deny-why', { objectSelector: { matchLabels: { probe: 'yes' } } }),
      ),
      until('denied'),
      put('b'),
      update(`${maps}/a`, map('a', { data: { x: '1' } })),
      remove(`${maps}/a`),
    ],
    'only some objects': [
      validating(hook('/deny', { objectSelector: { matchExpressions: [{ key: 'probe', operator: 'Exists' }] } })),
      until('denied'),
      put('a'),
      put('b', {}, { labels: { probe: 'no' } }),
      update(`${maps}/a`, map('a', {}, { labels: { probe: 'no' } })),
    ],
    'only under conditions': [
      validating(
        hook('/deny', {
          matchConditions: [
            { name: 'named', expression: "object.metadata.name != 'a' && request.operation == 'CREATE'" },
          ],
        }),
      ),
      until('denied'),
      put('a'),
      put('b'),
    ],
    'under conditions that fail': [
      validating(
        hook('/deny', { matchConditions: [{ name: 'probe', expression: "object.metadata.labels['probe'] == 'yes'" }] }),
      ),
      until('denied'),
      { ...put('a'), anyway: true, quiet: true },
      get(`${maps}/a`),
    ],
    'no answer': [validating(hook('/fails')), until('failed calling'), put('a')],
    'an unknown path': [validating(hook('/none')), until('failed calling'), put('a')],
    'an answer to another question': [
      validating(hook('/other-uid')),
      until('failed calling'),
      { ...put('a'), anyway: true, quiet: true },
      get(`${maps}/a`),
    ],
    'an answer without a response': [validating(hook('/nothing')), until('failed calling'), put('a')],
    'an answer that may not patch': [validating(hook('/patch-of-validating')), until('failed calling'), put('a')],
    'nobody there': [
      validating(hook('/allow', { clientConfig: { url: 'https://127.0.0.1:1/x', caBundle: '$ca' } })),
      until('failed calling'),
      put('a'),
    ],
    'an authority of somebody else': [
      validating(hook('/allow', { clientConfig: { url: '$hooks/allow' } })),
      until('failed calling'),
      put('a'),
    ],
    'a failure that does not matter': [
      validating(
        hook('/fails', { failurePolicy: 'Ignore' }),
        hook('/deny', { objectSelector: { matchLabels: { probe: 'yes' } } }),
      ),
      until('denied'),
      put('a'),
    ],
    'side effects': [
      validating(
        hook('/deny', { objectSelector: { matchLabels: { probe: 'yes' } } }),
        hook('/allow', { sideEffects: 'NoneOnDryRun' }),
      ),
      until('denied'),
      create(`${maps}?dryRun=All`, map('a')),
    ],
    'of a service that is not there': [
      validating(hook('/allow', { clientConfig: { service: { namespace: '$ns', name: 'none' }, caBundle: '$ca' } })),
      until('failed calling'),
      put('a'),
    ],
    mutated: [
      mutating(hook('/note')),
      until('note'),
      put('a', { data: { x: '1' } }, { labels: { p: '1' } }),
      create(maps, { metadata: { generateName: 'g-' } }),
      get(`${maps}/a`),
    ],
    'mutated when changed': [
      put('a', {}, { annotations: { own: '1' } }),
      mutating(hook('/note')),
      until('note'),
      patch('merge', `${maps}/a`, { data: { x: '1' } }),
      patch('apply', `${maps}/a?fieldManager=m`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        ...map('a', { data: { z: '1' } }),
      }),
    ],
    'mutated by two': [mutating(hook('/count'), hook('/other')), until('other'), put('a')],
    'mutated again': [
      mutating(hook('/count', { reinvocationPolicy: 'IfNeeded' }), hook('/other')),
      until('other'),
      put('a'),
    ],
    'mutated and denied': [mutating(hook('/note'), hook('/deny-why')), until('denied'), put('a')],
    'mutated into what is unknown': [mutating(hook('/unknown-field'), hook('/other')), until('other'), put('a')],
    'mutated by a patch that does not fit': [
      mutating(hook('/bad-patch')),
      until('Internal'),
      { ...put('a'), quiet: true, anyway: true },
      get(`${maps}/a`),
    ],
    'mutated by a patch of no type': [mutating(hook('/patch-without-type')), until('failed calling'), put('a')],
    'mutated when deleted': [
      put('a'),
      mutating(hook('/note', { rules: [{ ...rule, operations: ['DELETE', 'CREATE'] }] })),
      until('note'),
      remove(`${maps}/a`),
    ],
    'in an older form of review': [
      validating(hook('/tell', { admissionReviewVersions: ['v1beta1'] })),
      until('v1beta1'),
      put('a'),
    ],
    'of namespaces': [
      validating(hook('/deny-why', { rules: [{ ...rule, resources: ['namespaces'] }] }), hook('/deny')),
      until('denied'),
      patch('merge', '/api/v1/namespaces/$ns', { metadata: { labels: { x: 'y' } } }),
    ],
    'of all resources and what is below them': [
      {
        ...create('/api/v1/namespaces/$ns/resourcequotas', { metadata: { name: 'q' }, spec: { hard: { pods: '5' } } }),
        quiet: true,
      },
      validating(hook('/tell', { rules: [{ ...rule, resources: ['*/*'], scope: 'Namespaced' }] })),
      until('CREATE'),
      patch('merge', '/api/v1/namespaces/$ns/resourcequotas/q/status', { status: { hard: { pods: '5' } } }),
    ],
  }),
  ...conversions(),
]

/** Every case has a kind of its own. */
function conversions() {
  const group = 'converted.example.com'
  const definition = (plural: string, path: string) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind: `Kind${plural}` },
      conversion: {
        strategy: 'Webhook',
        webhook: { clientConfig: { url: `$hooks${path}`, caBundle: '$ca' }, conversionReviewVersions: ['v1'] },
      },
      versions: ['v1', 'v2'].map((name) => ({
        name,
        served: true,
        storage: name === 'v2',
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  n: { type: 'integer' },
                  ...(name === 'v1'
                    ? { host: { type: 'string' } }
                    : { hosts: { type: 'array', items: { type: 'string' } } }),
                },
              },
              status: { type: 'object', properties: { phase: { type: 'string' } } },
            },
          },
        },
      })),
    },
  })
  const story = (
    plural: string,
    path: string,
    steps: (v1: string, v2: string, object: (version: string, name: string, spec: object) => object) => readonly Step[],
  ): readonly Step[] => {
    const at = (version: string) => `/apis/${group}/${version}/namespaces/$ns/${plural}`
    const object = (version: string, name: string, spec: object) => ({
      apiVersion: `${group}/${version}`,
      kind: `Kind${plural}`,
      metadata: { name },
      spec,
    })
    return [
      { ...create(definitions, definition(plural, path)), quiet: true },
      { ...get(at('v1')), until: 200, quiet: true },
      { ...get(at('v2')), until: 200, quiet: true },
      ...steps(at('v1'), at('v2'), object),
    ]
  }
  return cases('conversions', {
    'read and written in both versions': story('boths', '/convert', (v1, v2, object) => [
      create(v1, object('v1', 'a', { host: 'x', n: 1 })),
      create(v2, object('v2', 'b', { hosts: ['y'] })),
      get(`${v1}/a`),
      get(`${v2}/a`),
      get(`${v1}/b`),
      get(v1),
      get(v2),
      patch('merge', `${v1}/b`, { spec: { host: 'z' } }),
      get(`${v2}/b`),
      patch('merge', `${v1}/a/status`, { status: { phase: 'Up' } }),
      patch('json', `${v2}/a`, [{ op: 'add', path: '/spec/hosts/-', value: 'w' }]),
      get(`${v1}/a`),
      remove(`${v1}/a`),
      remove(v1),
      get(v2),
    ]),
    'watched in the other version': story('watcheds', '/convert', (v1, v2, object) => [
      create(v2, object('v2', 'first', { hosts: ['y'] })),
      watch(`${v1}?watch=1&resourceVersion=$rv`, 4, [
        create(v1, object('v1', 'a', { host: 'x' })),
        patch('merge', `${v2}/a`, { spec: { hosts: ['z'] } }),
        remove(`${v2}/a`),
        create(v2, object('v2', 'b', { hosts: ['q'] })),
      ]),
      watch(`${v1}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`, 3, []),
    ]),
    'applied in both versions': story('applieds', '/convert', (v1, v2, object) => [
      patch('apply', `${v2}/a?fieldManager=one`, object('v2', 'a', { hosts: ['x'], n: 1 })),
      patch('apply', `${v2}/a?fieldManager=one`, object('v2', 'a', { hosts: ['x'] })),
      get(`${v1}/a`),
    ]),
    'that fail': story('failings', '/convert-fails', (v1, v2, object) => [
      create(v2, object('v2', 'a', { hosts: ['y'] })),
      get(`${v1}/a`),
      create(v1, object('v1', 'b', { host: 'y' })),
      get(`${v2}/a`),
    ]),
    'that change the name': story('renameds', '/convert-to-another-name', (v1, v2, object) => [
      create(v2, object('v2', 'a', { hosts: ['y'] })),
      get(`${v1}/a`),
      get(v1),
    ]),
    'that lose an object': story('losts', '/convert-to-nothing', (v1, v2, object) => [
      create(v2, object('v2', 'a', { hosts: ['y'] })),
      get(`${v1}/a`),
    ]),
  })
}
