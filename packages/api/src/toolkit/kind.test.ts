import { describe, expect, expectTypeOf, test } from 'vitest'

import { toCrdYaml, toCustomResourceDefinition } from './crd.ts'
import { withDefaults } from './defaults.ts'
import { defineKind, resourceOf, type ObjectOf } from './kind.ts'
import * as s from './schema.ts'

const widget = s.object('A widget.', {
  spec: s.object(
    'Wanted state.',
    {
      size: s.int32('How big.', { minimum: 1, default: 3 }),
      colour: s.optional(s.oneOf('Colour.', ['Red', 'Blue'], { default: 'Red' })),
      labels: s.optional(s.textMap('Labels.')),
      parts: s.optional(
        s.listMap(
          'Parts.',
          ['name'],
          s.object('A part.', { name: s.text('Name.'), count: s.optional(s.int32('Count.', { default: 1 })) }),
        ),
      ),
      surge: s.optional(s.intOrString('How many more.')),
      anything: s.optional(s.anyObject('Kept as it is.')),
    },
    { rules: [{ rule: 'self.size < 10', message: 'size must be less than 10' }] },
  ),
})

const widgetKind = defineKind({
  group: 'example.org',
  kind: 'Widget',
  scope: 'Cluster',
  versions: {
    v1alpha1: { schema: s.object('Old.', { spec: s.optional(s.anyObject('Any.')) }), served: false, deprecated: true },
    v1: { schema: widget, storage: true },
  },
})

describe('defineKind', () => {
  test('fills in the names that follow from the kind', () => {
    const { plural, singular, listKind, storageVersion } = widgetKind
    expect({ plural, singular, listKind, storageVersion }).toEqual({
      plural: 'widgets',
      singular: 'widget',
      listKind: 'WidgetList',
      storageVersion: 'v1',
    })
  })

  test('insists on one stored version', () => {
    const version = { schema: widget }
    expect(() => defineKind({ group: 'g', kind: 'K', versions: { v1: version } })).toThrow(/exactly one.*found 0/)
    const stored = { ...version, storage: true }
    expect(() => defineKind({ group: 'g', kind: 'K', versions: { v1: stored, v2: stored } })).toThrow(/found 2/)
  })

  test('gives objects their type', () => {
    type Widget = ObjectOf<typeof widget>
    expectTypeOf<Widget['spec']['size']>().toEqualTypeOf<number>()
    expectTypeOf<Widget['spec']['colour']>().toEqualTypeOf<'Red' | 'Blue' | undefined>()
    const resource = resourceOf(widgetKind)
    expectTypeOf<NonNullable<typeof resource.shape>['spec']>().toEqualTypeOf<Widget['spec']>()
  })
})

describe('resourceOf', () => {
  test('says where the stored version is served, or another one', () => {
    const expected = { group: 'example.org', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: false }
    expect(resourceOf(widgetKind)).toEqual(expected)
    expect(resourceOf(widgetKind, 'v1alpha1')).toEqual({ ...expected, version: 'v1alpha1' })
  })

  test('refuses a version the kind does not have', () => {
    // @ts-expect-error the type refuses it too
    expect(() => resourceOf(widgetKind, 'v7')).toThrow('Widget has no version v7; it has v1alpha1, v1')
  })
})

describe('toCustomResourceDefinition', () => {
  const crd = toCustomResourceDefinition(widgetKind)
  const spec = crd.spec.versions[1]?.schema.openAPIV3Schema.properties?.['spec']

  test('is structural: maps, enums, numbers or text, free objects', () => {
    expect(spec).toEqual({
      type: 'object',
      description: 'Wanted state.',
      required: ['size'],
      'x-kubernetes-validations': [{ rule: 'self.size < 10', message: 'size must be less than 10' }],
      properties: {
        size: { type: 'integer', format: 'int32', description: 'How big.', minimum: 1, default: 3 },
        colour: { type: 'string', description: 'Colour.', enum: ['Red', 'Blue'], default: 'Red' },
        labels: { type: 'object', description: 'Labels.', additionalProperties: { type: 'string' } },
        parts: {
          type: 'array',
          description: 'Parts.',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            description: 'A part.',
            required: ['name'],
            properties: {
              name: { type: 'string', description: 'Name.' },
              count: { type: 'integer', format: 'int32', description: 'Count.', default: 1 },
            },
          },
        },
        surge: {
          description: 'How many more.',
          anyOf: [{ type: 'integer' }, { type: 'string' }],
          'x-kubernetes-int-or-string': true,
        },
        anything: { type: 'object', description: 'Kept as it is.', 'x-kubernetes-preserve-unknown-fields': true },
      },
    })
  })

  test('carries names, scope and versions', () => {
    expect(crd.metadata.name).toBe('widgets.example.org')
    expect(crd.spec.scope).toBe('Cluster')
    expect(
      crd.spec.versions.map(({ name, served, storage, deprecated }) => [name, served, storage, deprecated]),
    ).toEqual([
      ['v1alpha1', false, false, true],
      ['v1', true, true, undefined],
    ])
  })

  test('names the conversion webhook when there is one', () => {
    const clientConfig = { url: 'https://127.0.0.1:9443/convert' }
    expect(toCustomResourceDefinition(widgetKind, { conversionWebhook: clientConfig }).spec.conversion).toEqual({
      strategy: 'Webhook',
      webhook: { clientConfig, conversionReviewVersions: ['v1'] },
    })
  })

  test('becomes YAML without anchors, one document each', () => {
    const yaml = toCrdYaml([crd, crd])
    expect(yaml.match(/^---$/gm)).toHaveLength(2)
    expect(yaml).not.toMatch(/[&*]a\d/)
  })
})

describe('withDefaults', () => {
  const object = { apiVersion: 'example.org/v1', kind: 'Widget', metadata: { name: 'w' } }

  test('fills in absent fields, also in items of lists', () => {
    const given = { ...object, spec: { parts: [{ name: 'a' }, { name: 'b', count: 5 }] } }
    expect(withDefaults(widgetKind, given).spec).toEqual({
      size: 3,
      colour: 'Red',
      parts: [
        { name: 'a', count: 1 },
        { name: 'b', count: 5 },
      ],
    })
    expect(given.spec).not.toHaveProperty('size')
  })

  test('keeps what is given and makes no objects', () => {
    expect(withDefaults(widgetKind, { ...object, spec: { size: 9, colour: 'Blue' } }).spec).toEqual({
      size: 9,
      colour: 'Blue',
    })
    expect(withDefaults(widgetKind, object)).not.toHaveProperty('spec')
  })
})
