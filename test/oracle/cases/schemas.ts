import { cases, create, get, patch, update, type Step } from '../case.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const widgets = '/apis/oracle.example.com/v1/namespaces/$ns/widgets'

const spec = {
  type: 'object',
  required: ['size'],
  'x-kubernetes-validations': [
    { rule: '!has(self.min) || !has(self.max) || self.min <= self.max', message: 'min must not be above max' },
    { rule: 'self.size == oldSelf.size', message: 'size cannot be changed' },
    {
      rule: '!has(self.even) || self.even % 2 == 0',
      message: 'even must be even',
      fieldPath: '.even',
    },
  ],
  properties: {
    size: { type: 'string', enum: ['small', 'large'] },
    replicas: { type: 'integer', minimum: 0, maximum: 100, default: 1 },
    min: { type: 'integer' },
    max: { type: 'integer', format: 'int32' },
    even: { type: 'integer' },
    text: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z]+$' },
    ratio: { type: 'number', minimum: 0, exclusiveMinimum: true },
    port: { 'x-kubernetes-int-or-string': true },
    maybe: { type: 'string', nullable: true },
    when: { type: 'string', format: 'date-time' },
    open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    labels: { type: 'object', maxProperties: 2, additionalProperties: { type: 'string' } },
    nested: {
      type: 'object',
      default: {},
      properties: {
        level: { type: 'string', default: 'low' },
        deep: { type: 'object', required: ['a'], properties: { a: { type: 'string' } } },
      },
    },
    choice: {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      oneOf: [{ required: ['a'] }, { required: ['b'] }],
    },
    parts: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, count: { type: 'integer' } },
      },
    },
    tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    steps: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string' } },
  },
}

const version = (name: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
  additionalPrinterColumns: [
    { name: 'Size', type: 'string', jsonPath: '.spec.size' },
    { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', priority: 1 },
    { name: 'Since', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  schema: {
    openAPIV3Schema: {
      type: 'object',
      required: ['spec'],
      properties: {
        spec,
        status: { type: 'object', properties: { phase: { type: 'string' }, replicas: { type: 'integer' } } },
      },
    },
  },
})

const definition = (plural: string, kind: string, more: object = {}) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.oracle.example.com` },
  spec: {
    group: 'oracle.example.com',
    scope: 'Namespaced',
    names: { plural, kind },
    versions: [version('v1', true), version('v2', false)],
    ...more,
  },
})

/** What every case may use. */
export const prepare: readonly Step[] = [create(definitions, definition('widgets', 'Widget'))]

const make = (fields: object): Step =>
  create(widgets, {
    apiVersion: 'oracle.example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w' },
    spec: { size: 'small', ...fields },
  })
const oneVersion = (schema: object) => ({
  versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
})

export const schemaCases = [
  ...cases('schemas', {
    defaults: [make({})],
    'missing spec': [create(widgets, { apiVersion: 'oracle.example.com/v1', kind: 'Widget', metadata: { name: 'w' } })],
    'missing size': [make({ size: undefined })],
    enum: [make({ size: 'huge' })],
    minimum: [make({ replicas: -1 })],
    maximum: [make({ replicas: 101 })],
    'text for a number': [make({ replicas: 'x' })],
    'number for a text': [make({ text: 1 })],
    'fraction for an integer': [make({ min: 1.5 })],
    'list for an object': [make({ nested: [] })],
    'object for a list': [make({ tags: {} })],
    null: [make({ text: null, maybe: null, replicas: null })],
    'too short': [make({ text: 'a' })],
    'too long': [make({ text: 'abcde' })],
    pattern: [make({ text: 'AB' })],
    'exclusive minimum': [make({ ratio: 0 })],
    'integer for a number': [make({ ratio: 2 })],
    'int or string': [make({ port: '80%' })],
    'int or string of neither': [make({ port: true })],
    date: [make({ when: 'yesterday' })],
    int32: [make({ max: 5_000_000_000 })],
    'too few items': [make({ steps: [] })],
    'too many items': [make({ steps: ['a', 'b', 'c'] })],
    'too many properties': [make({ labels: { a: '1', b: '2', c: '3' } })],
    'property of a wrong type': [make({ labels: { a: 1 } })],
    'item of a wrong type': [make({ steps: [1] })],
    'nested requirement': [make({ nested: { deep: {} } })],
    'one of none': [make({ choice: {} })],
    'one of two': [make({ choice: { a: 'x', b: 'y' } })],
    'duplicate of a set': [make({ tags: ['a', 'a'] })],
    'duplicate of a map': [make({ parts: [{ name: 'a' }, { name: 'a' }] })],
    rule: [make({ min: 5, max: 1 })],
    'rule with an expression': [make({ even: 3 })],
    'rule over a change': [make({}), patch('merge', `${widgets}/w`, { spec: { size: 'large' } })],
    'several at once': [make({ size: 'huge', replicas: -1, text: 'A' })],
    pruning: [make({ colour: 'red', open: { any: [1] }, nested: { more: 1 } })],
    'pruning, strictly': [
      create(`${widgets}?fieldValidation=Strict`, {
        apiVersion: 'oracle.example.com/v1',
        kind: 'Widget',
        metadata: { name: 'w', colour: 'red' },
        spec: { size: 'small', colour: 'red' },
      }),
    ],
    'a field twice, strictly': [
      {
        method: 'POST',
        path: `${widgets}?fieldValidation=Strict`,
        body: '{"apiVersion":"oracle.example.com/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"size":"small","parts":[{"name":"a","name":"b"}]}}',
      },
    ],
    'status at creation': [
      create(widgets, {
        apiVersion: 'oracle.example.com/v1',
        kind: 'Widget',
        metadata: { name: 'w' },
        spec: { size: 'small' },
        status: { phase: 'Up' },
      }),
    ],
    'update without version': [
      make({}),
      update(`${widgets}/w`, {
        apiVersion: 'oracle.example.com/v1',
        kind: 'Widget',
        metadata: { name: 'w' },
        spec: { size: 'small' },
      }),
    ],
    'another version': [
      make({}),
      get('/apis/oracle.example.com/v2/namespaces/$ns/widgets/w'),
      get('/apis/oracle.example.com/v2/namespaces/$ns/widgets'),
    ],
    'an unserved version': [get('/apis/oracle.example.com/v3/namespaces/$ns/widgets')],
    scale: [
      make({}),
      get(`${widgets}/w/scale`),
      update(`${widgets}/w/scale`, { metadata: { name: 'w', namespace: '$ns' }, spec: { replicas: 7 } }),
    ],
    'unknown subresource': [make({}), get(`${widgets}/w/log`)],
    table: [make({}), get(`${widgets}?includeObject=None`, 'application/json;as=Table;v=v1;g=meta.k8s.io')],
    resources: [get('/apis/oracle.example.com/v1')],
    group: [get('/apis/oracle.example.com')],
  }),
  ...cases('definitions', {
    'wrong name': [create(definitions, { ...definition('gadgets', 'Gadget'), metadata: { name: 'gadgets' } })],
    'no schema': [
      create(definitions, definition('nones', 'None', { versions: [{ name: 'v1', served: true, storage: true }] })),
    ],
    'no type': [
      create(definitions, definition('nones', 'None', oneVersion({ type: 'object', properties: { a: {} } }))),
    ],
    'root of another type': [create(definitions, definition('nones', 'None', oneVersion({ type: 'string' })))],
    'no items': [
      create(
        definitions,
        definition('nones', 'None', oneVersion({ type: 'object', properties: { a: { type: 'array' } } })),
      ),
    ],
    'two storage versions': [
      create(definitions, definition('nones', 'None', { versions: [version('v1', true), version('v2', true)] })),
    ],
    'no storage version': [create(definitions, definition('nones', 'None', { versions: [version('v1', false)] }))],
    'a scope of its own': [create(definitions, definition('nones', 'None', { scope: 'Galaxy' }))],
    'a rule that does not parse': [
      create(
        definitions,
        definition(
          'nones',
          'None',
          oneVersion({
            type: 'object',
            properties: { spec: { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.' }] } },
          }),
        ),
      ),
    ],
  }),
]
