import { expect, test } from 'vitest'

import { outcomeOf } from './long-operations.ts'
import type { Operation } from './resources.ts'

const method = 'instanceGroupManagers.patch'
const failed = (code: string, message: string): Operation => ({
  status: 'DONE',
  error: { errors: [{ code, message }] },
})

test.each<[name: string, operation: Operation, outcome: object]>([
  ['pending', { status: 'PENDING', progress: 0 }, { done: false, percent: 0 }],
  ['running', { status: 'RUNNING', progress: 40 }, { done: false, percent: 40 }],
  ['done', { status: 'DONE', progress: 100 }, { done: true }],
  ['done with an empty error', { status: 'DONE', error: { errors: [] } }, { done: true }],
])('an operation that is %s', (_name, operation, outcome) => {
  expect(outcomeOf(operation, method)).toEqual(outcome)
})

test.each<[name: string, operation: Operation, code: string]>([
  ['an error', failed('QUOTA_EXCEEDED', 'Limit: 5'), 'QuotaExceeded'],
  ['an error that names no template', failed('RESOURCE_NOT_FOUND', 'gone'), 'InvalidSpec'],
  ['an HTTP status alone', { status: 'DONE', httpErrorStatusCode: 503, httpErrorMessage: 'SERVICE' }, 'Unavailable'],
  ['an error that nobody knows, with a status', { ...failed('NEW', 'm'), httpErrorStatusCode: 409 }, 'Conflict'],
])('DONE with %s is a failure', (_name, operation, code) => {
  expect(outcomeOf(operation, method)).toMatchObject({ done: true, error: { code } })
})

test('all errors are told', () => {
  const errors = [
    { code: 'QUOTA_EXCEEDED', message: 'one' },
    { code: 'OTHER', message: 'two' },
  ]
  expect(outcomeOf({ status: 'DONE', error: { errors } }, method)).toMatchObject({
    error: { message: expect.stringContaining('QUOTA_EXCEEDED: one; OTHER: two') as string },
  })
})
