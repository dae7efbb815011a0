import { describe, expect, test } from 'vitest'

import type { Condition } from '../toolkit/shapes.ts'
import { mirrorCondition, removeCondition, setCondition, setConditions, summarizeConditions } from './condition.ts'

const t0 = new Date('2026-01-01T00:00:00.900Z')
const t1 = new Date('2026-01-01T00:01:00Z')
const ready = { type: 'Ready', status: 'True', reason: 'Ready', message: '' } as const
const at = (condition: Omit<Condition, 'lastTransitionTime'>, time = '2026-01-01T00:00:00Z'): Condition => ({
  ...condition,
  lastTransitionTime: time,
})

describe('setCondition', () => {
  test('adds one with the time in whole seconds', () => {
    expect(setCondition(undefined, ready, t0)).toEqual([at(ready)])
  })

  test('keeps the time and the list when nothing changed', () => {
    const list = setCondition(undefined, ready, t0)
    expect(setCondition(list, ready, t1)).toBe(list)
  })

  test('keeps the time when only the message changed', () => {
    const list = setCondition(undefined, ready, t0)
    expect(setCondition(list, { ...ready, message: 'm' }, t1)).toEqual([at({ ...ready, message: 'm' })])
  })

  test('moves the time with the status and does not change the list it was given', () => {
    const list = setCondition(undefined, ready, t0)
    const changed = setCondition(list, { ...ready, status: 'False', reason: 'Broken' }, t1)
    expect(changed).toEqual([at({ ...ready, status: 'False', reason: 'Broken' }, '2026-01-01T00:01:00Z')])
    expect(list).toEqual([at(ready)])
  })

  test('a new observedGeneration is a change', () => {
    const list = setCondition(undefined, { ...ready, observedGeneration: 1 }, t0)
    expect(setCondition(list, { ...ready, observedGeneration: 2 }, t1)[0]?.observedGeneration).toBe(2)
  })

  test('orders by importance, whatever the order of setting', () => {
    const types = ['Paused', 'ScalingUp', 'Ready', 'Deleting', 'Available', 'MachinesReady', 'UpToDate']
    const list = setConditions(
      [],
      types.map((type) => ({ ...ready, type })),
      t0,
    )
    expect(list.map(({ type }) => type)).toEqual([
      'Available',
      'Ready',
      'UpToDate',
      'MachinesReady',
      'ScalingUp',
      'Deleting',
      'Paused',
    ])
  })
})

test('removeCondition leaves the list alone when there is none', () => {
  const list = [at(ready)]
  expect(removeCondition(list, 'Other')).toBe(list)
  expect(removeCondition(list, 'Ready')).toEqual([])
})

describe('mirrorCondition', () => {
  const fallback = { reason: 'NotReported', message: 'waiting for it' }

  test('takes over status, reason and message', () => {
    expect(mirrorCondition(at({ ...ready, message: 'fine' }), 'InfrastructureReady', fallback)).toEqual({
      type: 'InfrastructureReady',
      status: 'True',
      reason: 'Ready',
      message: 'fine',
    })
  })

  test('is Unknown with the fallback when there is nothing to mirror', () => {
    expect(mirrorCondition(undefined, 'InfrastructureReady', fallback)).toEqual({
      type: 'InfrastructureReady',
      status: 'Unknown',
      ...fallback,
    })
  })

  test('never has an empty reason', () => {
    expect(mirrorCondition({ status: 'True' }, 'InfrastructureReady', fallback).reason).toBe('InfrastructureReadyTrue')
    expect(mirrorCondition({ status: 'odd', reason: '' }, 'X', fallback)).toMatchObject({
      status: 'Unknown',
      reason: 'XUnknown',
    })
  })
})

const condition = (type: string, status: Condition['status'], message = '') =>
  at({ type, status, reason: 'Why', message })

describe('summarizeConditions', () => {
  const options = { type: 'Ready', of: ['A', 'B', 'Deleting'], negative: ['Deleting'], optional: ['Deleting'] }

  test('is True when all is well', () => {
    const list = [condition('A', 'True'), condition('B', 'True'), condition('Deleting', 'False')]
    expect(summarizeConditions(list, options)).toEqual({ type: 'Ready', status: 'True', reason: 'Ready', message: '' })
  })

  test('False wins over Unknown, and both are told', () => {
    const list = [condition('A', 'Unknown', 'do not know'), condition('B', 'False')]
    expect(summarizeConditions(list, options)).toEqual({
      type: 'Ready',
      status: 'False',
      reason: 'NotReady',
      message: '* B: Why\n* A: do not know',
    })
  })

  test('True of a negative one is bad', () => {
    const list = [condition('A', 'True'), condition('B', 'True'), condition('Deleting', 'True', 'going')]
    expect(summarizeConditions(list, options)).toMatchObject({ status: 'False', message: '* Deleting: going' })
  })

  test('a missing one is Unknown', () => {
    expect(summarizeConditions([condition('A', 'True')], options)).toMatchObject({
      status: 'Unknown',
      reason: 'ReadyUnknown',
      message: '* B: Condition not yet reported',
    })
  })
})
