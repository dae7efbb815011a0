import { expect, test } from 'vitest'

import type { ManagedInstance } from '../compute/resources.ts'
import { instanceProblems } from './problems.ts'

const failing = (more: ManagedInstance): ManagedInstance => ({
  instance: 'https://www.googleapis.com/compute/v1/projects/p1/zones/us-central1-a/instances/np-1',
  lastAttempt: { errors: { errors: [{ code: 'ZONE_RESOURCE_POOL_EXHAUSTED', message: 'Nothing left.' }] } },
  ...more,
})

test.each<[name: string, managed: ManagedInstance, reasons: readonly string[]]>([
  ['being made', failing({ currentAction: 'CREATING' }), ['ZONE_RESOURCE_POOL_EXHAUSTED']],
  ['being made again', failing({ currentAction: 'RECREATING' }), ['ZONE_RESOURCE_POOL_EXHAUSTED']],
  ['up', failing({ currentAction: 'NONE', instanceStatus: 'RUNNING' }), []],
  ['up, and being looked at', failing({ currentAction: 'VERIFYING', instanceStatus: 'RUNNING' }), []],
  ['on its way out', failing({ currentAction: 'DELETING' }), []],
])('the last error of an instance that is %s', (_name, managed, reasons) => {
  expect(instanceProblems([managed]).map(({ reason }) => reason)).toEqual(reasons)
})

test('the same error of many instances in a zone is one problem', () => {
  const problems = instanceProblems([failing({ currentAction: 'CREATING' }), failing({ currentAction: 'CREATING' })])
  expect(problems).toEqual([
    {
      code: 'InsufficientCapacity',
      reason: 'ZONE_RESOURCE_POOL_EXHAUSTED',
      zone: 'us-central1-a',
      message: 'us-central1-a: Nothing left.',
    },
  ])
})

test('an error that nobody knows is shown under its own name, and is no defect of ours', () => {
  const lastAttempt = { errors: { errors: [{ code: 'NEW_TROUBLE', message: 'm' }] } }
  const [problem] = instanceProblems([failing({ currentAction: 'CREATING', lastAttempt })])
  expect(problem).toMatchObject({ code: 'Unavailable', reason: 'NEW_TROUBLE' })
})
