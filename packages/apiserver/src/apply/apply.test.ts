import { describe, expect, test } from 'vitest'

import { ApiFailure } from '../failure.ts'
import type { KubeObject } from '../object.ts'
import type { Schema } from '../schema/schema.ts'
import { serverSideApply, trackUpdate } from './apply.ts'
import { FieldSet, formatFieldPath } from './field-set.ts'
import { compare, merge, toFieldSet } from './typed.ts'

const schema: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        replicas: { type: 'integer' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        atomic: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { a: { type: 'string' } } },
        zones: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: {
            type: 'object',
            properties: {
              port: { type: 'integer' },
              protocol: { type: 'string', default: 'TCP' },
              name: { type: 'string' },
            },
          },
        },
      },
    },
  },
}

function object(spec: object): KubeObject {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec }
}

function apply(live: KubeObject | undefined, spec: object, manager: string, force = false): KubeObject {
  const writer = { manager, apiVersion: 'example.com/v1', subresource: '', time: '2026-01-01T00:00:00Z' }
  return serverSideApply(live, object(spec), { writer, force, hasStatus: true }, schema)
}

function owned(result: KubeObject, manager: string): unknown {
  return result.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1
}

test('field sets read what they write', () => {
  const json = {
    'f:spec': {
      'f:labels': { '.': {}, 'f:a': {} },
      'f:ports': { 'k:{"port":1,"protocol":"TCP"}': { '.': {}, 'f:name': {} } },
    },
  }
  expect(FieldSet.fromJson(json).toJson()).toEqual(json)
  expect([...FieldSet.fromJson(json).paths()].map(formatFieldPath)).toEqual([
    '.spec.labels',
    '.spec.labels.a',
    '.spec.ports[port=1,protocol="TCP"]',
    '.spec.ports[port=1,protocol="TCP"].name',
  ])
})

test('a configuration states its leaves, and items by their keys with defaults', () => {
  const set = toFieldSet(
    { spec: { replicas: 1, labels: { a: 'b' }, atomic: { a: 'x' }, zones: ['z'], ports: [{ port: 80, name: 'web' }] } },
    schema,
  )
  expect(set.toJson()).toEqual({
    'f:spec': {
      'f:replicas': {},
      'f:labels': { 'f:a': {} },
      'f:atomic': {},
      'f:zones': { 'v:"z"': {} },
      'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:name': {} } },
    },
  })
})

test('comparison tells added, modified and removed apart', () => {
  const { added, modified, removed } = compare(
    { spec: { replicas: 1, zones: ['a', 'b'], labels: { x: '1' } } },
    { spec: { replicas: 2, zones: ['b', 'c'] } },
    schema,
  )
  expect(added.toJson()).toEqual({ 'f:spec': { 'f:zones': { 'v:"c"': {} } } })
  expect(modified.toJson()).toEqual({ 'f:spec': { 'f:replicas': {} } })
  expect(removed.toJson()).toEqual({ 'f:spec': { 'f:zones': { 'v:"a"': {} }, 'f:labels': { '.': {}, 'f:x': {} } } })
})

test('merging keeps what the configuration does not name', () => {
  const live = {
    spec: {
      replicas: 1,
      ports: [
        { port: 1, name: 'a' },
        { port: 2, name: 'b' },
      ],
      zones: ['x'],
    },
  }
  const config = { spec: { ports: [{ port: 3 }, { port: 2, name: 'c' }], zones: ['y'] } }
  expect(merge(live, config, schema)).toEqual({
    spec: { replicas: 1, ports: [{ port: 1, name: 'a' }, { port: 3 }, { port: 2, name: 'c' }], zones: ['x', 'y'] },
  })
})

describe('server-side apply', () => {
  test('removes what its manager stops stating', () => {
    const first = apply(
      undefined,
      { replicas: 1, labels: { a: '1', b: '2' }, ports: [{ port: 1 }, { port: 2 }] },
      'one',
    )
    const second = apply(first, { labels: { a: '1' }, ports: [{ port: 2 }] }, 'one')
    expect(second['spec']).toEqual({ labels: { a: '1' }, ports: [{ port: 2 }] })
  })

  test('leaves what another manager states too', () => {
    const first = apply(undefined, { replicas: 1, labels: { a: '1' } }, 'one')
    const shared = apply(first, { replicas: 1 }, 'two')
    const left = apply(shared, { labels: { a: '1' } }, 'one')
    expect(left['spec']).toEqual({ replicas: 1, labels: { a: '1' } })
    expect(owned(left, 'two')).toEqual({ 'f:spec': { 'f:replicas': {} } })
  })

  test('conflicts over other values, until forced', () => {
    const first = apply(undefined, { replicas: 1, labels: { a: '1' } }, 'one')
    const attempt = () => apply(first, { replicas: 2, labels: { a: '2' } }, 'two')
    expect(attempt).toThrow(ApiFailure)
    expect(attempt).toThrow('Apply failed with 2 conflicts: conflicts with "one":\n- .spec.labels.a\n- .spec.replicas')
    const forced = apply(first, { replicas: 2, labels: { a: '2' } }, 'two', true)
    expect(forced['spec']).toEqual({ replicas: 2, labels: { a: '2' } })
    expect(owned(forced, 'one')).toBeUndefined()
  })

  test('of the same changes nothing', () => {
    const first = apply(undefined, { replicas: 1 }, 'one')
    expect(apply(first, { replicas: 1 }, 'one')).toEqual(first)
  })

  test('an atomic value is one field', () => {
    const first = apply(undefined, { atomic: { a: '1' } }, 'one')
    expect(() => apply(first, { atomic: { b: '1' } }, 'two')).toThrow('conflict with "one": .spec.atomic')
  })
})

test('a plain write takes the fields it changes from whoever had them', () => {
  const before = apply(undefined, { replicas: 1, labels: { a: '1' } }, 'one')
  const after = structuredClone(before)
  after['spec'] = { replicas: 5, labels: { a: '1' } }
  trackUpdate(
    before,
    after,
    { manager: 'kubectl-scale', apiVersion: 'example.com/v1', subresource: 'scale', time: '2026-01-02T00:00:00Z' },
    schema,
  )
  expect(owned(after, 'one')).toEqual({ 'f:spec': { 'f:labels': { 'f:a': {} } } })
  expect(after.metadata.managedFields?.at(-1)).toMatchObject({
    manager: 'kubectl-scale',
    operation: 'Update',
    subresource: 'scale',
    fieldsV1: { 'f:spec': { 'f:replicas': {} } },
  })
  expect(() => apply(after, { replicas: 1 }, 'one')).toThrow(
    'conflict with "kubectl-scale" with subresource "scale" using example.com/v1: .spec.replicas',
  )
})
