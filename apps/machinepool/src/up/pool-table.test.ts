import { describe, expect, test } from 'vitest'

import { happening, isRunning, poolTable, type ShownPool } from './pool-table.ts'

function pool(status: ShownPool['status'], replicas = 2, namespace = 'default'): ShownPool {
  return { metadata: { namespace, name: 'workers' }, spec: { clusterName: 'c', replicas }, ...(status && { status }) }
}

const scaling = { type: 'ScalingUp', status: 'True', reason: 'ScalingUp', message: '1 of 2 nodes is ready' }
const capacity = { type: 'InfrastructureReady', status: 'False', reason: 'InsufficientCapacity', message: 'no t3 in a' }

test('poolTable shows one line per pool', () => {
  const table = poolTable([pool({ phase: 'Running', readyReplicas: 2 }), pool({ conditions: [scaling] }, 2, 'team')])
  expect(table.split('\n')).toEqual([
    'POOL           CLUSTER   DESIRED   READY   PHASE     NOW',
    'workers        c         2         2       Running',
    'team/workers   c         2         0       Pending   1 of 2 nodes is ready',
  ])
})

describe('isRunning', () => {
  test.each([
    [pool({ phase: 'Running', readyReplicas: 2 }), true],
    [pool({ phase: 'Running', readyReplicas: 1 }), false],
    [pool({ phase: 'ScalingUp', readyReplicas: 2 }), false],
    [pool({ phase: 'Running' }, 0), true],
    [pool(undefined), false],
  ])('%j', (shown, expected) => {
    expect(isRunning(shown)).toBe(expected)
  })
})

describe('happening', () => {
  test('prefers trouble with the infrastructure to progress', () => {
    expect(happening(pool({ conditions: [scaling, capacity] }))).toBe('no t3 in a')
  })

  test('falls back to the reason, then to the type', () => {
    expect(happening(pool({ conditions: [{ ...capacity, message: '' }] }))).toBe('InsufficientCapacity')
    expect(happening(pool({ conditions: [{ type: 'Paused', status: 'True' }] }))).toBe('Paused')
  })

  test('folds bullets into one line', () => {
    const message = '* A: waiting\n* B: too'
    expect(happening(pool({ conditions: [{ ...capacity, message }] }))).toBe('A: waiting; B: too')
  })

  test('is silent about a pool that runs', () => {
    expect(happening(pool({ phase: 'Running', readyReplicas: 2 }))).toBe('')
  })
})
