import { create, type Step } from '../case.ts'

type Schema = Readonly<Record<string, unknown>>

const object = (properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema => ({
  type: 'object',
  properties,
  ...more,
})
const list = (items: Schema, more: Schema = {}): Schema => ({ type: 'array', items, maxItems: 6, ...more })
const text: Schema = { type: 'string', maxLength: 12 }

/** A kind whose schema uses what structural schemas offer. */
export const gadgetSpec: Schema = object(
  {
    size: { type: 'string', enum: ['small', 'medium', 'large'], default: 'small' },
    count: { type: 'integer', format: 'int32', minimum: 0, maximum: 10 },
    big: { type: 'integer', format: 'int64' },
    share: { type: 'number', minimum: 0, maximum: 1, exclusiveMaximum: true },
    step: { type: 'integer', multipleOf: 3 },
    on: { type: 'boolean', default: true },
    name: { type: 'string', minLength: 2, maxLength: 6, pattern: '^[a-z]+$' },
    port: { 'x-kubernetes-int-or-string': true },
    port2: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }], maxLength: 4 },
    maybe: { type: 'string', nullable: true },
    maybeDefault: { type: 'string', nullable: true, default: 'x' },
    when: { type: 'string', format: 'date-time' },
    day: { type: 'string', format: 'date' },
    wait: { type: 'string', format: 'duration' },
    mail: { type: 'string', format: 'email' },
    address: { type: 'string', format: 'ipv4' },
    network: { type: 'string', format: 'cidr' },
    id: { type: 'string', format: 'uuid' },
    place: { type: 'string', format: 'uri' },
    data: { type: 'string', format: 'byte' },
    open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    anything: { 'x-kubernetes-preserve-unknown-fields': true },
    half: object({ known: text }, { 'x-kubernetes-preserve-unknown-fields': true }),
    resource: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    labels: { type: 'object', maxProperties: 3, minProperties: 1, additionalProperties: text },
    members: {
      type: 'object',
      maxProperties: 4,
      additionalProperties: object({ level: { type: 'integer', default: 1 }, note: text }, { required: ['note'] }),
    },
    nested: object(
      {
        level: { type: 'string', default: 'low' },
        deep: object({ a: text, b: { type: 'integer' } }, { required: ['a'] }),
      },
      { default: {} },
    ),
    atom: object({ a: text, b: text }, { 'x-kubernetes-map-type': 'atomic' }),
    parts: list(
      object(
        {
          name: text,
          kind: { type: 'string', default: 'plain' },
          count: { type: 'integer', default: 1 },
          tags: list(text),
        },
        { required: ['name'] },
      ),
      { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name', 'kind'] },
    ),
    tags: list(text, { 'x-kubernetes-list-type': 'set' }),
    numbers: list({ type: 'integer' }, { 'x-kubernetes-list-type': 'set' }),
    steps: list(text, { minItems: 1, maxItems: 2 }),
    lists: list(list({ type: 'integer' })),
    choice: object({ a: text, b: text }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }),
    either: object({ a: text, b: text }, { anyOf: [{ required: ['a'] }, { required: ['b'] }] }),
    never: object({ a: text, b: text }, { not: { required: ['a', 'b'] } }),
    every: object(
      { a: { type: 'string' } },
      { allOf: [{ properties: { a: { maxLength: 3 } } }, { properties: { a: { pattern: '^x' } } }] },
    ),
    fixed: {
      type: 'string',
      maxLength: 10,
      'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'fixed cannot change' }],
    },
    grows: {
      type: 'integer',
      'x-kubernetes-validations': [
        { rule: 'self >= oldSelf', messageExpression: 'oldSelf > 5 ? "must not shrink" : "must grow"' },
      ],
    },
    once: {
      type: 'string',
      maxLength: 10,
      'x-kubernetes-validations': [
        {
          rule: 'oldSelf.hasValue() || self.startsWith("a")',
          optionalOldSelf: true,
          message: 'starts with an a at first',
        },
      ],
    },
    'a-dashed': { type: 'integer' },
    low: { type: 'integer' },
    high: { type: 'integer' },
    coloured: list(text, {
      'x-kubernetes-validations': [
        { rule: 'self.all(c, c in ["red", "green"])', reason: 'FieldValueForbidden', message: 'red or green' },
      ],
    }),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: '!has(self.low) || !has(self.high) || self.low <= self.high',
        message: 'low must not be above high',
        fieldPath: '.low',
      },
      {
        rule: '!has(self.a__dash__dashed) || self.a__dash__dashed > 0',
        message: 'dashed must be positive',
        reason: 'FieldValueForbidden',
        fieldPath: '.a-dashed',
      },
      { rule: 'has(self.fixed) == has(oldSelf.fixed)', message: 'fixed stays set or unset' },
    ],
  },
)

const version = (name: string, storage: boolean, more: Schema = {}): Schema => ({
  name,
  served: true,
  storage,
  subresources: {
    status: {},
    scale: {
      specReplicasPath: '.spec.count',
      statusReplicasPath: '.status.count',
      labelSelectorPath: '.status.selector',
    },
  },
  selectableFields: [{ jsonPath: '.spec.size' }, { jsonPath: '.spec.count' }, { jsonPath: '.spec.on' }],
  additionalPrinterColumns: [
    { name: 'Size', type: 'string', jsonPath: '.spec.size', description: 'how large' },
    { name: 'Tags', type: 'string', jsonPath: '.spec.tags[*]' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Count', type: 'integer', jsonPath: '.spec.count', priority: 1 },
    { name: 'Label', type: 'string', jsonPath: '.metadata.labels.a\\.b/c' },
    { name: 'When', type: 'date', jsonPath: '.spec.when' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  schema: {
    openAPIV3Schema: object({
      spec: gadgetSpec,
      status: object({
        count: { type: 'integer' },
        selector: text,
        phase: { type: 'string', enum: ['Up', 'Down'] },
        conditions: list(
          object(
            {
              type: text,
              status: text,
              reason: text,
              message: text,
              lastTransitionTime: { type: 'string', format: 'date-time' },
            },
            { required: ['type', 'status'] },
          ),
          { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] },
        ),
      }),
    }),
  },
  ...more,
})

export const gadgetGroup = 'random.example.com'

/** Installs the kind. */
export const prepareGadgets: readonly Step[] = [
  create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gadgets.${gadgetGroup}` },
    spec: {
      group: gadgetGroup,
      scope: 'Namespaced',
      names: { plural: 'gadgets', kind: 'Gadget', shortNames: ['gd'], categories: ['all'] },
      versions: [version('v1', true), version('v1beta1', false, { deprecated: true, deprecationWarning: 'use v1' })],
    },
  }),
]
