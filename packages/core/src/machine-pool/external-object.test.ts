import type { UnknownObject } from '@machinepool/kube'
import { describe, expect, it } from 'vitest'

import { readBootstrap, readInfrastructure } from './external-object.ts'

function objectOf(status: Record<string, unknown>, spec: Record<string, unknown> = {}): UnknownObject {
  return {
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1',
    kind: 'AnyMachinePool',
    metadata: { name: 'np' },
    spec,
    status,
  }
}

const ready = (status: string, reason: string) => [
  { type: 'Other', status: 'True', reason: 'Other' },
  { type: 'Ready', status, reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
]

describe('the condition Ready', () => {
  it.each([
    // Contract v1beta1: one form.
    [{ conditions: ready('False', 'Old') }, 'Old', 'Old'],
    // On the way: the new form in a place of its own.
    [{ conditions: ready('False', 'Old'), v1beta2: { conditions: ready('False', 'New') } }, 'New', 'Old'],
    // Contract v1beta2: the old form in a place of its own.
    [
      { conditions: ready('False', 'New'), deprecated: { v1beta1: { conditions: ready('False', 'Old') } } },
      'New',
      'Old',
    ],
    [{}, undefined, undefined],
    [{ conditions: [{ type: 'Ready', status: 'perhaps' }] }, undefined, undefined],
    [{ conditions: 'none' }, undefined, undefined],
  ])('of %j is %s, and %s in v1beta1', (status, now, before) => {
    const report = readInfrastructure(objectOf(status))
    expect([report.ready?.reason, report.v1beta1Ready?.reason]).toEqual([now, before])
    expect(readBootstrap(objectOf(status)).ready).toEqual(report.ready)
  })
})

it.each([
  [
    { failureReason: 'A', failureMessage: 'a' },
    { reason: 'A', message: 'a' },
  ],
  [{ deprecated: { v1beta1: { failureMessage: 'b' } } }, { message: 'b' }],
  [{ failureReason: '', failureMessage: null }, undefined],
])('reads the failure of %j', (status, failure) => {
  expect(readInfrastructure(objectOf(status)).failure).toEqual(failure)
})

it.each([
  [{ providerIDList: ['a', 'b'] }, ['a', 'b']],
  [{ providerIDList: ['a', '', 7, null] }, ['a']],
  [{ providerIDList: 'a' }, []],
  [{}, []],
])('reads the instances of %j', (spec, ids) => {
  expect(readInfrastructure(objectOf({}, spec)).providerIDList).toEqual(ids)
})

it('reads what counts instances and their kind, and nothing from what is no number or name', () => {
  const good = readInfrastructure(objectOf({ replicas: 0, infrastructureMachineKind: 'AnyMachine' }))
  expect(good).toMatchObject({ replicas: 0, machineKind: 'AnyMachine' })
  const bad = readInfrastructure(objectOf({ replicas: '3', infrastructureMachineKind: '' }))
  expect([bad.replicas, bad.machineKind]).toEqual([undefined, undefined])
})
