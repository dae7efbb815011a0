import fc from 'fast-check'
import { Value } from 'typebox/value'
import { describe, expect, test } from 'vitest'

import { clusterKind } from '../kinds/cluster.ts'
import { kubeadmConfigKind } from '../kinds/kubeadm-config.ts'
import { machineKind } from '../kinds/machine.ts'
import { machinePoolKind } from '../kinds/machine-pool.ts'
import { toOpenApiSchema, type StructuralSchema } from '../toolkit/crd.ts'
import { apiVersionOf, type Kind } from '../toolkit/kind.ts'
import type { UnknownApiObject } from '../toolkit/object.ts'
import { convert } from './registry.ts'

const kinds: readonly Kind[] = [machinePoolKind, machineKind, clusterKind, kubeadmConfigKind]
const annotation = 'cluster.x-k8s.io/conversion-data'
const runs = { numRuns: 150 }

// Inside the bounds that v1beta2 has and v1beta1 has not.
const lowest = 1
const highest = 1000

describe.each(kinds.map((kind) => ({ name: kind.kind, kind })))('$name', ({ kind }) => {
  const v1beta1 = apiVersionOf(kind, 'v1beta1')
  const v1beta2 = apiVersionOf(kind, 'v1beta2')

  test('CAPI-071 v1beta2 -> v1beta1 -> v1beta2 loses nothing', () => {
    fc.assert(
      fc.property(objectOf(kind, 'v1beta2'), (object) => {
        expect(convert(convert(object, v1beta1), v1beta2)).toEqual(object)
      }),
      runs,
    )
  })

  test('CAPI-071 v1beta1 -> v1beta2 -> v1beta1 loses nothing', () => {
    fc.assert(
      fc.property(objectOf(kind, 'v1beta1'), (object) => {
        expect(convert(convert(object, v1beta2), v1beta1)).toEqual(object)
      }),
      runs,
    )
  })

  test('going round twice changes nothing more', () => {
    fc.assert(
      fc.property(objectOf(kind, 'v1beta1'), (object) => {
        const stored = convert(object, v1beta2)
        expect(convert(convert(stored, v1beta1), v1beta2)).toEqual(stored)
      }),
      runs,
    )
  })

  test('an object valid in v1beta1 is valid in v1beta2', () => {
    const schema = kind.versions['v1beta2']?.schema
    fc.assert(
      fc.property(objectOf(kind, 'v1beta1'), (object) => {
        const stored = convert(object, v1beta2)
        // A v1beta1 object without a spec is legal and has no counterpart.
        fc.pre(object['spec'] !== undefined && stored['spec'] !== undefined)
        expect(schema === undefined ? ['no schema'] : Value.Errors(schema, stored)).toEqual([])
      }),
      runs,
    )
  })

  test('does not change the object it is given, nor leave annotations of its own behind', () => {
    fc.assert(
      fc.property(objectOf(kind, 'v1beta2'), (object) => {
        const before = structuredClone(object)
        const back = convert(convert(object, v1beta1), v1beta2)
        expect(object).toEqual(before)
        expect(back.metadata.annotations?.[annotation]).toBeUndefined()
      }),
      { numRuns: 25 },
    )
  })
})

function objectOf(kind: Kind, version: string): fc.Arbitrary<UnknownApiObject> {
  const definition = kind.versions[version]
  if (definition === undefined) throw new Error(`${kind.kind} has no ${version}`)
  const { spec, status } = toOpenApiSchema(definition).properties ?? {}
  return fc.record(
    {
      apiVersion: fc.constant(apiVersionOf(kind, version)),
      kind: fc.constant(kind.kind),
      metadata: fc.constantFrom(
        { name: 'np' },
        { name: 'np', namespace: 'default', labels: { a: 'b' }, annotations: { kept: 'yes' } },
      ),
      spec: valueOf(spec ?? {}, 'spec'),
      status: valueOf(status ?? {}, 'status'),
    },
    {
      requiredKeys: definition.schema.required?.includes('spec')
        ? ['apiVersion', 'kind', 'metadata', 'spec']
        : ['apiVersion', 'kind', 'metadata'],
    },
  )
}

/** Values that a structural schema accepts. */
function valueOf(schema: StructuralSchema, name: string): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema['x-kubernetes-int-or-string'] === true) return fc.constantFrom(1, '10')
  switch (schema.type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: schema.minimum ?? lowest, max: schema.maximum ?? highest })
    case 'string':
      return textOf(schema, name)
    case 'array':
      return listOf(schema, name)
    default:
      return objectValue(schema, name)
  }
}

function textOf(schema: StructuralSchema, name: string): fc.Arbitrary<string> {
  if (schema.format === 'date-time') return fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z')
  if (/(Timeout|timeout|ttl|timeoutForControlPlane)$/.test(name))
    return fc.constantFrom('0s', '90s', '1h', '1m30s', '2.6s')
  if (name === 'apiVersion')
    return fc.constantFrom('infrastructure.cluster.x-k8s.io/v1beta1', 'bootstrap.cluster.x-k8s.io/v1beta2')
  if (name === 'partitionType') return fc.constant('Linux')
  const words = ['a', 'b7', 'zeta']
  if (name === 'token') return fc.constant('abcdef.0123456789abcdef')
  return (schema.minLength ?? 0) > 0 || schema.pattern !== undefined
    ? fc.constantFrom(...words)
    : fc.constantFrom('', ...words)
}

function listOf(schema: StructuralSchema, name: string): fc.Arbitrary<unknown> {
  const keys = schema['x-kubernetes-list-map-keys']
  const bounds = { minLength: name === 'endpoints' ? 1 : (schema.minItems ?? 0), maxLength: 3 }
  const items = valueOf(schema.items ?? {}, '')
  if (keys === undefined) return fc.array(items, bounds)
  // Arguments may not repeat a name, which is stricter than their merge key.
  const selector = (item: unknown) => JSON.stringify((item as Record<string, unknown>)[keys[0] ?? ''])
  return fc.uniqueArray(items, { ...bounds, selector })
}

function objectValue(schema: StructuralSchema, name: string): fc.Arbitrary<unknown> {
  if (typeof schema.additionalProperties === 'object') {
    return fc.dictionary(fc.constantFrom('x', 'y', 'zone-a'), valueOf(schema.additionalProperties, ''), { maxKeys: 2 })
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) {
    return fc.constantFrom({ version: 'v1.34.0', variables: [{ name: 'a' }] })
  }
  const properties = Object.entries(schema.properties ?? {})
  const model = Object.fromEntries(properties.map(([key, property]) => [key, valueOf(property, key)]))
  // References that name nothing are legal in v1beta1 and have no counterpart.
  const isReference = 'fieldPath' in model
  const requiredKeys = [...(schema.required ?? []), ...(isReference ? ['apiVersion', 'kind', 'name'] : [])]
  // Optional in v1beta1, although a pool without it means nothing.
  if (name === 'template') requiredKeys.push('spec')
  if (isReference) {
    model['kind'] = fc.constantFrom('AWSMachinePool', 'KubeadmConfig')
    model['name'] = fc.constantFrom('np', 'other')
  }
  if (name === 'partitions' || 'diskLayout' in model)
    return fc.record(model, { requiredKeys }).map(oneLayout(requiredKeys.includes('layout')))
  return fc
    .record(model, { requiredKeys })
    .filter((value) => Object.keys(value).length >= (name === 'user' ? 1 : (schema.minProperties ?? 0)))
}

/** v1beta2 wants exactly one of layout and diskLayout. */
function oneLayout(layoutRequired: boolean): (value: Record<string, unknown>) => unknown {
  return ({ layout, diskLayout, ...rest }) => {
    if (layoutRequired) return { ...rest, layout, ...(diskLayout === undefined ? {} : { diskLayout }) }
    return diskLayout === undefined ? { ...rest, layout: layout ?? true } : { ...rest, diskLayout }
  }
}
