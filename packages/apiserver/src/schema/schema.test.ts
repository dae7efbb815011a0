import { describe, expect, test } from 'vitest'

import { fieldErrorBody, type FieldError } from '../failure.ts'
import { clone } from '../json.ts'
import { metadataSchema } from '../kinds/builtin/shapes.ts'
import { compileCelRules } from './cel.ts'
import { applyDefaults } from './default.ts'
import { validateListTypes } from './list-types.ts'
import { prune } from './prune.ts'
import type { Schema } from './schema.ts'
import { compileValidator } from './validate.ts'

function spec(schema: Schema): Schema {
  return { type: 'object', properties: { spec: schema } }
}

function lines(errors: readonly FieldError[]): string[] {
  return errors.map((error) => `${error.field}: ${fieldErrorBody(error)}`)
}

describe('validation', () => {
  test.each<[Schema, unknown, ...string[]]>([
    [{ type: 'integer' }, 'x', 'spec: Invalid value: "string": spec in body must be of type integer: "string"'],
    [{ type: 'string' }, 1, 'spec: Invalid value: "integer": spec in body must be of type string: "integer"'],
    [{ type: 'object' }, [], 'spec: Invalid value: "array": spec in body must be of type object: "array"'],
    [{ type: 'string' }, null, 'spec: Invalid value: "null": spec in body must be of type string: "null"'],
    [
      { 'x-kubernetes-int-or-string': true },
      true,
      'spec: Invalid value: "boolean": spec in body must be of type integer,string: "boolean"',
    ],
    [{ type: 'integer', minimum: 0 }, -1, 'spec: Invalid value: -1: spec in body should be greater than or equal to 0'],
    [
      { type: 'integer', minimum: 0, exclusiveMinimum: true },
      0,
      'spec: Invalid value: 0: spec in body should be greater than 0',
    ],
    [{ type: 'integer', maximum: 5 }, 6, 'spec: Invalid value: 6: spec in body should be less than or equal to 5'],
    [{ type: 'integer', multipleOf: 2 }, 3, 'spec: Invalid value: 3: spec in body should be a multiple of 2'],
    [{ type: 'string', enum: ['a', 'b'] }, 'c', 'spec: Unsupported value: "c": supported values: "a", "b"'],
    [{ type: 'string', pattern: '^a$' }, 'b', `spec: Invalid value: "b": spec in body should match '^a$'`],
    [{ type: 'string', minLength: 1 }, '', 'spec: Invalid value: "": spec in body should be at least 1 chars long'],
    [{ type: 'string', maxLength: 2 }, 'abc', 'spec: Too long: may not be more than 2 bytes'],
    [{ type: 'string', format: 'ipv4' }, 'x', 'spec: Invalid value: "x": spec in body must be of type ipv4: "x"'],
    [
      { type: 'array', minItems: 1, items: {} },
      [],
      'spec: Invalid value: 0: spec in body should have at least 1 items',
    ],
    [{ type: 'array', maxItems: 1, items: {} }, [1, 2], 'spec: Too many: 2: must have at most 1 item'],
    [{ type: 'object', required: ['a'] }, {}, 'spec.a: Required value'],
    [{ type: 'array', items: { type: 'object', required: ['a'] } }, [{}], 'spec[0].a: Required value'],
    [
      { type: 'object', additionalProperties: { type: 'string' } },
      { '0': 1 },
      'spec.0: Invalid value: "integer": spec.0 in body must be of type string: "integer"',
    ],
    [
      { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      {},
      'spec.a: Required value',
      '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid',
    ],
    [
      { type: 'object', anyOf: [{ required: ['a'] }] },
      {},
      'spec.a: Required value',
      '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
    ],
    [
      { type: 'string', not: { enum: ['a'] } },
      'a',
      '<nil>: Invalid value: "": "spec" must not validate the schema (not)',
    ],
  ])('%j on %j', (schema, value, ...expected) => {
    expect(lines(compileValidator(spec(schema))({ spec: value }))).toEqual(expected)
  })

  test.each<[Schema, unknown]>([
    [{ type: 'string', nullable: true, enum: ['a'] }, null],
    [{ 'x-kubernetes-int-or-string': true }, '50%'],
    [{ 'x-kubernetes-int-or-string': true }, 5],
    [{ type: 'number' }, 5],
    [{ type: 'string', format: 'of-its-own' }, 'x'],
    [{ type: 'string', maxLength: 1 }, '😀'],
  ])('%j takes %j', (schema, value) => {
    expect(compileValidator(spec(schema))({ spec: value })).toEqual([])
  })

  test('items of sets and list-maps are unique', () => {
    const schema = spec({
      type: 'object',
      properties: {
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        map: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['a'],
          items: { type: 'object' },
        },
      },
    })
    const errors = validateListTypes(
      {
        spec: {
          set: ['x', 'y', 'x'],
          map: [
            { a: 1, b: 1 },
            { a: 1, b: 2 },
          ],
        },
      },
      schema,
    )
    expect(lines(errors)).toEqual(['spec.set[2]: Duplicate value: "x"', 'spec.map[1]: Duplicate value: {"a":1}'])
  })
})

test('pruning drops what the schema does not know', () => {
  const schema = spec({
    type: 'object',
    properties: {
      known: { type: 'string' },
      open: {
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: { closed: { type: 'object' } },
      },
      list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
      embedded: {
        type: 'object',
        'x-kubernetes-embedded-resource': true,
        'x-kubernetes-preserve-unknown-fields': true,
      },
    },
  })
  const object = {
    apiVersion: 'v1',
    kind: 'K',
    metadata: { name: 'n', colour: 'red' },
    spec: {
      known: 'k',
      lost: 1,
      open: { any: 1, closed: { lost: 1 } },
      list: [{ a: 'x', b: 1 }],
      embedded: { kind: 'E', metadata: { name: 'e', lost: 1 } },
    },
    status: {},
  }
  expect(prune(object, schema, metadataSchema).toSorted()).toEqual([
    'metadata.colour',
    'spec.embedded.metadata.lost',
    'spec.list[0].b',
    'spec.lost',
    'spec.open.closed.lost',
    'status',
  ])
  expect(object.spec).toEqual({
    known: 'k',
    open: { any: 1, closed: {} },
    list: [{ a: 'x' }],
    embedded: { kind: 'E', metadata: { name: 'e' } },
  })
})

test('defaults fill what is absent or null', () => {
  const schema = spec({
    type: 'object',
    properties: {
      a: { type: 'integer', default: 1 },
      b: { type: 'integer', nullable: true, default: 2 },
      c: { type: 'object', default: {}, properties: { d: { type: 'string', default: 'x' } } },
      list: { type: 'array', items: { type: 'object', properties: { e: { type: 'boolean', default: false } } } },
      none: { type: 'string' },
    },
  })
  const object = { spec: { a: null, b: null, list: [{}], none: null } }
  applyDefaults(object, schema)
  expect(object).toEqual({ spec: { a: 1, b: null, c: { d: 'x' }, list: [{ e: false }] } })
  const again = clone(object)
  applyDefaults(again, schema)
  expect(again).toEqual(object)
})

const rules = (rule: string, more: Partial<Schema> = {}, extra: object = {}) =>
  compileCelRules(
    spec({
      type: 'object',
      properties: { n: { type: 'integer' }, s: { type: 'string' }, l: { type: 'array', items: { type: 'string' } } },
      'x-kubernetes-validations': [{ rule, ...extra }],
      ...more,
    }),
  )

describe('CEL rules', () => {
  test.each([
    ['self.n + 1 > 1', { n: 1 }, true],
    ['self.n > 1', { n: 1 }, false],
    ['!has(self.s) || self.s.startsWith("a")', {}, true],
    ['self.l.all(x, x.size() < 3)', { l: ['aa', 'bbb'] }, false],
    ['self.s.matches("^[a-z]+$")', { s: 'abc' }, true],
    ['self.l.exists(x, isIP(x))', { l: ['10.0.0.1'] }, true],
    ['isCIDR(self.s)', { s: '10.0.0.0/33' }, false],
  ])('%s on %j: %s', (rule, value, holds) => {
    const errors = rules(rule).validate({ spec: value }, undefined)
    expect(lines(errors)).toEqual(holds ? [] : [`spec: Invalid value: "object": failed rule: ${rule}`])
  })

  test('messages can be computed, and point elsewhere', () => {
    const extra = { messageExpression: '"n is " + string(self.n)', fieldPath: '.n', reason: 'FieldValueForbidden' }
    expect(lines(rules('self.n > 1', {}, extra).validate({ spec: { n: 0 } }, undefined))).toEqual([
      'spec.n: Forbidden: n is 0',
    ])
  })

  test('transition rules compare with the former value, where there is one', () => {
    const fixed = rules('self.n == oldSelf.n', {}, { message: 'n is fixed' })
    expect(fixed.validate({ spec: { n: 1 } }, undefined)).toEqual([])
    expect(fixed.validate({ spec: { n: 1 } }, { spec: { n: 1 } })).toEqual([])
    expect(lines(fixed.validate({ spec: { n: 2 } }, { spec: { n: 1 } }))).toEqual([
      'spec: Invalid value: "object": n is fixed',
    ])
  })

  test('items of list-maps are compared by key', () => {
    const items: Schema = {
      type: 'object',
      properties: { k: { type: 'string' }, v: { type: 'integer' } },
      'x-kubernetes-validations': [{ rule: 'self.v >= oldSelf.v' }],
    }
    const schema = spec({ type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items })
    const errors = compileCelRules(schema).validate(
      {
        spec: [
          { k: 'b', v: 1 },
          { k: 'a', v: 0 },
        ],
      },
      {
        spec: [
          { k: 'a', v: 1 },
          { k: 'b', v: 1 },
        ],
      },
    )
    expect(lines(errors)).toEqual(['spec[1]: Invalid value: "object": failed rule: self.v >= oldSelf.v'])
  })

  test('a rule that cannot be evaluated fails', () => {
    expect(lines(rules('self.s > "a"').validate({ spec: {} }, undefined))[0]).toContain('no such key: s')
  })

  test('a rule that does not parse is told', () => {
    expect(() => compileCelRules({ type: 'object', 'x-kubernetes-validations': [{ rule: 'self.' }] }).check()).toThrow(
      /self\./,
    )
  })
})
