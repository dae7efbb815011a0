import { cases, create, get, patch, remove, update, type Step } from '../case.ts'
import { gadgetGroup } from '../random/gadget.ts'

const gadgets = `/apis/${gadgetGroup}/v1/namespaces/$ns/gadgets`
const older = `/apis/${gadgetGroup}/v1beta1/namespaces/$ns/gadgets`
const maps = '/api/v1/namespaces/$ns/configmaps'
const table = (version: string) => `application/json;as=Table;v=${version};g=meta.k8s.io`
const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
const partialList = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
const gadget = (spec: object, metadata: object = {}, more: object = {}) => ({
  apiVersion: `${gadgetGroup}/v1`,
  kind: 'Gadget',
  metadata: { name: 'g', ...metadata },
  spec,
  ...more,
})
const make = (spec: object, metadata: object = {}): Step => create(gadgets, gadget(spec, metadata))
const apply = (body: object, query = 'fieldManager=one', path = `${gadgets}/g`): Step =>
  patch('apply', `${path}?${query}`, body)
const merge = (body: object, path = `${gadgets}/g`): Step => patch('merge', path, body)

/** A kind that uses what schemas offer; most of these were found by random requests. */
export const gadgetCases = [
  ...cases('gadgets', {
    'a field whose name has a dash': [make({ 'a-dashed': 1 }), make({ 'a-dashed': 0 }, { name: 'h' })],
    'a value that may only be set once': [
      make({ fixed: 'a' }),
      merge({ spec: { fixed: 'b' } }),
      merge({ spec: { fixed: null } }),
    ],
    'a number that only grows': [
      make({ grows: 3 }),
      merge({ spec: { grows: 2 } }),
      merge({ spec: { grows: 9 } }),
      merge({ spec: { grows: 8 } }),
    ],
    'a rule for new values': [
      make({ once: 'b' }),
      make({ once: 'a' }, { name: 'h' }),
      merge({ spec: { once: 'b' } }, `${gadgets}/h`),
    ],
    'two bounds': [make({ low: 2, high: 1 }), make({ low: 1, high: 2 }, { name: 'h' })],
    'all of several': [
      make({ every: { a: 'xx' } }),
      make({ every: { a: 'y' } }, { name: 'h' }),
      make({ every: { a: 'yyyy' } }, { name: 'i' }),
    ],
    'any of several': [make({ either: {} }), make({ either: { a: '' } }, { name: 'h' })],
    'not both': [make({ never: { a: '', b: '' } }), make({ never: { a: '' } }, { name: 'h' })],
    formats: [
      make({
        mail: 'A B <a@b.c>',
        wait: 'P1D',
        when: '2026-01-02T03:04:05.123Z',
        id: '00000000000040008000000000000000',
      }),
      make(
        { mail: 'a', wait: 'soon', when: 'now', id: 'x', day: '2026-13-02', place: 'a b', data: '*', address: '::1' },
        { name: 'h' },
      ),
    ],
    'an embedded resource': [
      make({ resource: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', other: 1 }, free: 1 } }),
      make({ resource: { kind: 'no kind' } }, { name: 'h' }),
      make({ resource: { apiVersion: 'a/b/c', kind: '' } }, { name: 'i' }),
    ],
    'items that are no objects': [make({ parts: [{ name: 'a' }, 'abc'] })],
    'items of two keys': [
      make({ parts: [{ name: 'a' }, { name: 'a', kind: 'x' }] }),
      make({ parts: [{ name: 'a' }, { name: 'a', kind: 'plain' }] }, { name: 'h' }),
    ],
    'defaults in lists and maps': [make({ parts: [{ name: 'a' }], members: { k: { note: 'n' } } })],
    'a null with a default': [make({ on: null, maybeDefault: null, size: null })],
    'a null of an apply': [
      apply(gadget({ share: null })),
      apply(gadget({ on: null }, { name: 'h' }), 'fieldManager=one', `${gadgets}/h`),
    ],
    'replicas out of range': [make({ count: 2_147_483_648 }), make({ count: 'x' }, { name: 'h' })],
    'a spec of another type': [create(gadgets, gadget(false as unknown as object))],
    'an older version': [
      create(older, { ...gadget({ count: 1 }), apiVersion: `${gadgetGroup}/v1beta1` }),
      get(`${older}/g`),
      get(`${gadgets}/g`),
    ],
    'another kind': [create(gadgets, { ...gadget({}), kind: 'Other' })],
    'a finalizer of nobody': [make({}, { finalizers: ['x'] }), merge({ metadata: { finalizers: ['x', 'y'] } })],
    'metadata of wrong forms': [
      make({}, { annotations: { '/': 'x' } }),
      make({}, { labels: { 'a b': 'x', 'c/d/e': '-' } }),
      make({}, { creationTimestamp: 'x' }),
      make({}, { resourceVersion: 'x' }),
      merge({ metadata: { labels: { 'a b': 'x' } } }),
    ],
    'an unknown field inside of metadata': [
      create(`${gadgets}?fieldValidation=Strict`, gadget({ unknown: 1 }, { unknown: 1 })),
    ],
    'by selectable fields': [
      make({ count: 1 }),
      make({ count: 2, on: false }, { name: 'h' }),
      get(`${gadgets}?fieldSelector=spec.count=1`),
      get(`${gadgets}?fieldSelector=spec.on=false`),
      get(`${gadgets}?fieldSelector=spec.size!=small`),
      get(`${gadgets}?fieldSelector=spec.low=1`),
    ],
    scale: [
      make({ count: 3 }),
      get(`${gadgets}/g/scale`),
      merge({ status: { count: 2, selector: 'a=b' } }, `${gadgets}/g/status`),
      get(`${gadgets}/g/scale`),
      merge({ spec: { replicas: 5 } }, `${gadgets}/g/scale`),
      merge({ status: {} }, `${gadgets}/g/scale`),
    ],
    'scale of one that says nothing': [
      make({}),
      get(`${gadgets}/g/scale`),
      merge({ metadata: {} }, `${gadgets}/g/scale`),
      patch('strategic', `${gadgets}/g/scale`, { spec: { replicas: 1 } }),
      update(`${gadgets}/g/scale`, gadget({})),
    ],
    'what a status may say': [
      make({}),
      merge({ status: { count: 2_147_483_648 } }, `${gadgets}/g/status`),
      merge(
        { metadata: { labels: { a: 'b' }, finalizers: ['example.com/x'] }, status: { phase: 'Up' } },
        `${gadgets}/g/status`,
      ),
      merge({ spec: -1, status: { phase: 'Down' } }, `${gadgets}/g/status`),
    ],
    'a status that does not fit': [create(gadgets, gadget({}, {}, { status: { conditions: 1 } }))],
    'a status of another type through the object': [make({}), merge({ status: 1.5 })],
    'as a table': [
      make({ when: '2020-01-01T00:00:00Z', tags: ['a', 'b'], count: 1 }, { labels: { 'a.b/c': 'l' } }),
      get(gadgets, table('v1')),
      get(`${gadgets}/g`, table('v1beta1')),
      get(`${gadgets}?includeObject=Object`, table('v1')),
    ],
    'as metadata': [
      make({}),
      get(`${gadgets}/g`, partial),
      get(gadgets, partialList),
      get(gadgets, partial),
      get(`${gadgets}/g`, partialList),
    ],
    'as something else': [
      make({}),
      get(`${gadgets}/g`, 'text/plain'),
      get(`${gadgets}/g`, 'application/yaml'),
      get(`${gadgets}/none`, 'application/yaml'),
    ],
    'a collection deleted as a table': [
      make({}),
      remove(`${gadgets}?labelSelector=none`),
      { ...remove(gadgets), accept: table('v1') },
    ],
  }),
  ...cases('gadgets applied', {
    'by nobody': [patch('apply', `${gadgets}/g`, gadget({})), patch('apply', `${gadgets}/g/status`, gadget({}))],
    'under a name that is too long': [
      apply(gadget({}), `fieldManager=${'x'.repeat(129)}`),
      create(`${gadgets}?fieldManager=${'x'.repeat(129)}`, gadget({})),
    ],
    'of another version': [apply(gadget({}), 'fieldManager=one', `${older}/g`)],
    'with fields that do not fit': [
      apply(gadget({ either: { a: 1 } })),
      apply(gadget({ tags: {} })),
      apply(gadget({ on: 'x' })),
      apply(gadget({ count: 'x' })),
      apply(gadget({ parts: [{ name: 'a' }, { name: 'a' }] })),
      apply(gadget({ parts: [{ count: 1 }] })),
      apply(gadget({ tags: [{}] })),
      apply(gadget({ port: {} })),
      apply(gadget({ unknown: 1 })),
    ],
    'with a uid': [apply(gadget({}, { uid: '00000000-0000-4000-8000-000000000000' }))],
    'with nothing in its labels': [
      make({}, { labels: { p: '1' } }),
      apply(gadget({}, { labels: null, annotations: {}, finalizers: [] })),
      get(`${gadgets}/g`),
    ],
    'to a status of none': [apply(gadget({}), 'fieldManager=one', `${gadgets}/g/status`)],
    'to a status with labels': [
      make({}),
      apply(
        { ...gadget({}, { labels: { a: 'b' } }), status: { phase: 'Up' } },
        'fieldManager=one',
        `${gadgets}/g/status`,
      ),
      apply(gadget({}), 'fieldManager=two', `${gadgets}/g/status`),
    ],
    'to a scale': [make({ count: 1 }), patch('apply', `${gadgets}/g/scale`, {})],
    'in both versions': [
      apply(gadget({ count: 1 })),
      apply({ ...gadget({ count: 1 }), apiVersion: `${gadgetGroup}/v1beta1` }, 'fieldManager=one', `${older}/g`),
      apply({ ...gadget({ count: 2 }), apiVersion: `${gadgetGroup}/v1beta1` }, 'fieldManager=two', `${older}/g`),
    ],
  }),
  ...cases('ratcheting', ratcheted()),
  ...cases('forms', {
    'of metadata of a list': [
      create(maps, { metadata: { name: 'a', labels: { p: '1' } } }),
      get(`${maps}?labelSelector=p`, partial),
      get(`${maps}/a`, partialList),
    ],
    'of a limit that is none': [get(`${maps}?limit=x`), get(`${maps}?limit=-1&labelSelector=none`)],
    'of a page that ends with its match': [
      ...['a', 'b', 'c'].map((name) => create(maps, { metadata: { name, labels: { p: name } } })),
      get(`${maps}?labelSelector=p=a&limit=1`),
      get(`${maps}?fieldSelector=metadata.name=a&limit=1`),
    ],
    'of an older version': [
      create(maps, { metadata: { name: 'a', labels: { p: 'a' } } }),
      create(maps, { metadata: { name: 'b', labels: { p: 'b' } } }),
      patch('merge', `${maps}/a`, { data: { x: '1' } }),
      get(`${maps}?labelSelector=p&resourceVersion=$rv&resourceVersionMatch=Exact`),
    ],
    'of options in a body': [
      create(maps, { metadata: { name: 'a' } }),
      remove(`${maps}/a?propagationPolicy=X`, { preconditions: { uid: 'x' } }),
    ],
    'of one that is leaving': [
      create(maps, { metadata: { name: 'a', finalizers: ['example.com/x'] } }),
      remove(`${maps}/a`),
      create(maps, { metadata: { name: 'a' } }),
    ],
  }),
]

function list(items: object): object {
  return {
    type: 'array',
    maxItems: 5,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items,
  }
}

/** A definition becomes stricter than what is stored. */
function ratcheted(): Record<string, readonly Step[]> {
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const group = 'ratchet.example.com'
  const definition = (plural: string, properties: object, more: object = {}) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind: `Kind${plural}` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties, ...more } } },
          },
        },
      ],
    },
  })
  const text = { type: 'string', maxLength: 20 }
  const item = (more: object = {}) => ({
    type: 'object',
    required: ['name'],
    properties: { name: text, v: { type: 'integer', ...more } },
  })
  const story = (
    plural: string,
    before: object,
    after: object,
    more: object,
    steps: (path: string, kind: string) => readonly Step[],
  ): readonly Step[] => {
    const path = `/apis/${group}/v1/namespaces/$ns/${plural}`
    const kind = `Kind${plural}`
    const object = {
      apiVersion: `${group}/v1`,
      kind,
      metadata: { name: 'r' },
      spec: {
        a: 'UPPER',
        b: 1,
        l: [
          { name: 'x', v: 9 },
          { name: 'y', v: 1 },
        ],
      },
    }
    return [
      { ...create(definitions, definition(plural, before)), quiet: true },
      { ...get(path), until: 200, quiet: true },
      { ...create(path, object), quiet: true },
      {
        ...patch('merge', `${definitions}/${plural}.${group}`, {
          spec: { versions: definition(plural, after, more).spec.versions },
        }),
        quiet: true,
      },
      // In force when a new object is refused.
      {
        ...create(`${path}?dryRun=All`, { ...object, metadata: { name: 'probe' } }),
        until: 422,
        quiet: true,
        anyway: true,
      },
      ...steps(path, kind),
    ]
  }
  const loose = { a: text, b: { type: 'integer' }, l: list(item()) }
  return {
    'of values': story('values', loose, { ...loose, a: { ...text, pattern: '^[a-z]+$' } }, {}, (path) => [
      merge({ spec: { b: 2 } }, `${path}/r`),
      merge({ spec: { a: 'OTHER' } }, `${path}/r`),
      merge({ spec: { a: 'lower' } }, `${path}/r`),
      merge({ spec: { a: 'UPPER' } }, `${path}/r`),
    ]),
    'of items': story('items', loose, { ...loose, l: list(item({ maximum: 5 })) }, {}, (path) => [
      merge(
        {
          spec: {
            l: [
              { name: 'y', v: 2 },
              { name: 'x', v: 9 },
            ],
          },
        },
        `${path}/r`,
      ),
      merge({ spec: { l: [{ name: 'x', v: 8 }] } }, `${path}/r`),
    ]),
    'of rules': story(
      'rules',
      loose,
      { ...loose, a: { ...text, 'x-kubernetes-validations': [{ rule: 'self.size() < 3' }] } },
      {},
      (path) => [merge({ spec: { b: 2 } }, `${path}/r`), merge({ spec: { a: 'LARGER' } }, `${path}/r`)],
    ),
    'of defaults': story(
      'defaults',
      loose,
      {
        a: { ...text, maxLength: 3 },
        c: { type: 'integer', default: 7 },
        d: { type: 'object', default: {}, properties: { e: { type: 'string', default: 'f' } } },
      },
      {},
      (path) => [
        get(`${path}/r`),
        get(path),
        get(`${path}?watch=1&timeoutSeconds=1`),
        patch('merge', `${path}/r`, { metadata: { labels: { p: '1' } } }),
        get(`${path}/r`),
      ],
    ),
    'of required fields': story('requireds', loose, loose, { required: ['c'] }, (path) => [
      merge({ metadata: { labels: { p: '1' } } }, `${path}/r`),
      merge({ spec: { b: 2 } }, `${path}/r`),
    ]),
  }
}
