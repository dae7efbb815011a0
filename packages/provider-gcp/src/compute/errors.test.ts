import { expect, test } from 'vitest'

import { ComputeFailure, failureOf, gcpError } from './errors.ts'

const translate = (failure: ComputeFailure) => gcpError(failure, { operation: 'test' })

test.each([
  [403, 'rateLimitExceeded', 'Throttled'],
  [403, 'forbidden', 'PermissionDenied'],
  [403, 'quotaExceeded', 'QuotaExceeded'],
  [429, 'rateLimitExceeded', 'Throttled'],
  [412, 'conditionNotMet', 'Conflict'],
  [409, 'alreadyExists', 'AlreadyExists'],
  [400, 'resourceInUseByAnotherResource', 'InProgress'],
  [400, 'resourceNotReady', 'InProgress'],
  [400, 'invalid', 'InvalidSpec'],
  [401, 'authError', 'Unauthenticated'],
  [404, 'notFound', 'NotFound'],
  [500, 'somethingNew', 'Unavailable'],
])('%i %s is %s', (status, reason, code) => {
  const body = { error: { code: status, message: 'why', errors: [{ reason }] } }
  expect(translate(failureOf(status, body, null))).toMatchObject({ code, message: expect.stringContaining('why') })
})

test.each([
  ['ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS', 'InsufficientCapacity'],
  ['QUOTA_EXCEEDED', 'QuotaExceeded'],
  ['IP_SPACE_EXHAUSTED', 'InsufficientCapacity'],
  ['RESOURCE_ALREADY_EXISTS', 'AlreadyExists'],
  ['INVALID_FIELD_VALUE', 'InvalidSpec'],
  ['CONDITION_NOT_MET', 'PermissionDenied'],
])('code %s of an operation is %s', (operationCode, code) => {
  expect(translate(new ComputeFailure({ code: operationCode, message: '' })).code).toBe(code)
})

test('a page that is no JSON is an outage, and Retry-After counts', () => {
  expect(translate(failureOf(502, undefined, '7'))).toMatchObject({ code: 'Unavailable', retryAfterMs: 7_000 })
})

test('an ErrorInfo says more than the old reason beside it', () => {
  const body = {
    error: { code: 403, message: 'm', errors: [{ reason: 'forbidden' }], details: [{ reason: 'RATE_LIMIT_EXCEEDED' }] },
  }
  expect(translate(failureOf(403, body, null)).code).toBe('Throttled')
})
