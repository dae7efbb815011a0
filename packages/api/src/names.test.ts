import { describe, expect, test } from 'vitest'

import { isPaused, isPoolNameLabelValue, poolNameLabelValue, replicasAreManagedExternally } from './names.ts'

describe('poolNameLabelValue', () => {
  test('is the name while that is a label value', () => {
    const longest = 'a'.repeat(63)
    expect(poolNameLabelValue('workers')).toBe('workers')
    expect(poolNameLabelValue(longest)).toBe(longest)
  })

  test('is a hash of a longer name', () => {
    // FNV-1a 32 of 64 and of 100 times "a", big endian, in base64url.
    expect(poolNameLabelValue('a'.repeat(64))).toBe(`hash_${fnvOfAs(64)}_z`)
    expect(poolNameLabelValue('a'.repeat(100))).toBe(`hash_${fnvOfAs(100)}_z`)
  })

  test('is a label value for any name', () => {
    expect(poolNameLabelValue(`${'x'.repeat(70)}.é`)).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/)
  })

  test('both forms stand for the pool', () => {
    const name = 'b'.repeat(80)
    expect(isPoolNameLabelValue(poolNameLabelValue(name), name)).toBe(true)
    expect(isPoolNameLabelValue(name, name)).toBe(true)
    expect(isPoolNameLabelValue('other', name)).toBe(false)
  })
})

describe('isPaused', () => {
  const annotated = { metadata: { annotations: { 'cluster.x-k8s.io/paused': '' } } }
  test.each([
    ['nothing', undefined, { metadata: {} }, false],
    ['a running Cluster', { spec: {} }, { metadata: {} }, false],
    ['a paused Cluster', { spec: { paused: true } }, { metadata: {} }, true],
    ['the annotation, even empty', { spec: { paused: false } }, annotated, true],
  ])('%s', (_, cluster, object, expected) => {
    expect(isPaused(cluster, object)).toBe(expected)
  })
})

test.each([
  [undefined, false],
  ['', true],
  ['true', true],
  ['external-autoscaler', true],
  ['false', false],
])('replicas-managed-by: %j -> %s', (value, expected) => {
  const annotations = value === undefined ? {} : { 'cluster.x-k8s.io/replicas-managed-by': value }
  expect(replicasAreManagedExternally({ metadata: { annotations } })).toBe(expected)
})

/** With big integers, as the algorithm is defined: independent of the implementation's 32-bit arithmetic. */
function fnvOfAs(count: number): string {
  let hash = 0x811c9dc5n
  for (let i = 0; i < count; i++) hash = ((hash ^ 0x61n) * 0x01000193n) % 2n ** 32n
  return Buffer.from(hash.toString(16).padStart(8, '0'), 'hex').toString('base64url')
}
