import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { accepted, isAccepted } from './accepted.ts'
import { withDifferences } from './differences.ts'
import { differences, normalise } from './normalise.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'apiserver.md'), 'utf8')

test('the documentation lists every difference that is meant: node test/oracle/write-differences.ts', () => {
  expect(page).toBe(withDifferences(page))
  expect(accepted.length).toBeGreaterThan(0)
})

test('a difference is accepted only where it is meant', () => {
  expect(isAccepted('objects: node', '[0].body.spec.taints: real [{"key":"node.kubernetes.io/not-ready"}]')).toBe(true)
  expect(isAccepted('objects: node', '[0].body.spec.podCIDR: real "10.0.0.0/24", embedded nothing')).toBe(false)
  expect(isAccepted('rules: a costly message', 'anything')).toBe(true)
  expect(isAccepted('rules: another', 'anything')).toBe(false)
})

const uid = '00000000-0000-4000-8000-000000000000'
function answer(version: string, replicas: number): unknown {
  return normalise({ metadata: { resourceVersion: version, uid }, spec: { replicas } })
}

test('answers are compared without what differs between any two servers', () => {
  expect(differences(answer('1', 1), answer('2', 1))).toEqual([])
  expect(differences(answer('1', 1), answer('2', 2))).toEqual(['.spec.replicas: real 1, embedded 2'])
  expect(differences({ a: [1] }, { a: [1, 2] })).toEqual(['.a[1]: real nothing, embedded 2'])
})
