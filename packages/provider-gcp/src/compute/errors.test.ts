import { expect, test } from 'vitest'

import { ComputeFailure, credentialsFailure, failureOf, gcpError } from './errors.ts'

const translate = (failure: ComputeFailure) => gcpError(failure, { operation: 'test' })

test.each([
  [403, 'rateLimitExceeded', 'Throttled'],
  [403, 'forbidden', 'PermissionDenied'],
  [403, 'userRateLimitExceeded', 'Throttled'],
  [403, 'quotaExceeded', 'QuotaExceeded'],
  [403, 'limitExceeded', 'QuotaExceeded'],
  [403, 'dailyLimitExceeded', 'QuotaExceeded'],
  [403, 'accessNotConfigured', 'PermissionDenied'],
  [403, 'billingDisabled', 'PermissionDenied'],
  [429, 'rateLimitExceeded', 'Throttled'],
  [412, 'conditionNotMet', 'Conflict'],
  [409, 'alreadyExists', 'AlreadyExists'],
  [400, 'resourceInUseByAnotherResource', 'InProgress'],
  [400, 'resourceNotReady', 'InProgress'],
  [400, 'invalid', 'InvalidSpec'],
  [400, 'badRequest', 'InvalidSpec'],
  [400, 'required', 'InvalidSpec'],
  [401, 'authError', 'Unauthenticated'],
  // "Login Required", under the word that means a missing field elsewhere.
  [401, 'required', 'Unauthenticated'],
  [404, 'notFound', 'NotFound'],
  [500, 'somethingNew', 'Unavailable'],
  [503, 'backendError', 'Unavailable'],
])('%i %s is %s', (status, reason, code) => {
  const body = { error: { code: status, message: 'why', errors: [{ reason }] } }
  expect(translate(failureOf(status, body, new Headers()))).toMatchObject({
    code,
    message: expect.stringContaining('why'),
  })
})

test.each([
  ['ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS', 'InsufficientCapacity'],
  ['QUOTA_EXCEEDED', 'QuotaExceeded'],
  ['GPUS_ALL_REGIONS_QUOTA_REACHED', 'QuotaExceeded'],
  ['RESOURCE_NOT_FOUND', 'InvalidSpec'],
  ['RESOURCE_IN_USE_BY_ANOTHER_RESOURCE', 'InProgress'],
  ['RESOURCE_OPERATION_RATE_EXCEEDED', 'Throttled'],
  ['IP_SPACE_EXHAUSTED', 'InsufficientCapacity'],
  ['RESOURCE_ALREADY_EXISTS', 'AlreadyExists'],
  ['INVALID_FIELD_VALUE', 'InvalidSpec'],
  ['CONDITION_NOT_MET', 'PermissionDenied'],
])('code %s of an operation is %s', (operationCode, code) => {
  expect(translate(new ComputeFailure({ code: operationCode, message: '' })).code).toBe(code)
})

const headers = (values: Record<string, string> = {}) => new Headers(values)

function waits(retry: string): number | undefined {
  const date = 'Fri, 27 Nov 2026 10:00:00 GMT'
  return failureOf(503, undefined, headers({ 'retry-after': retry, date })).retryAfterMs
}

test('Retry-After is a number of seconds, or a date', () => {
  expect(waits('7')).toBe(7_000)
  expect(waits('Fri, 27 Nov 2026 10:00:30 GMT')).toBe(30_000)
  expect(waits('Fri, 27 Nov 2026 09:00:00 GMT')).toBeUndefined()
  expect(waits('soon')).toBeUndefined()
})

test.each([
  [404, 'Unavailable'],
  [409, 'Unavailable'],
  [400, 'Unavailable'],
  [401, 'Unauthenticated'],
  [403, 'PermissionDenied'],
  [429, 'Throttled'],
  [502, 'Unavailable'],
])('a %i that is not the API’s own answer is %s: nothing is gone because a proxy finds nothing', (status, code) => {
  expect(translate(failureOf(status, undefined, headers())).code).toBe(code)
})

const body = (status: string) => ({ error: { code: 403, message: 'm', status } })

test('a status without any reason is enough, as newer front ends answer', () => {
  expect(translate(failureOf(429, body('RESOURCE_EXHAUSTED'), headers())).code).toBe('Throttled')
  expect(translate(failureOf(403, body('PERMISSION_DENIED'), headers())).code).toBe('PermissionDenied')
  expect(translate(failureOf(503, body('UNAVAILABLE'), headers())).code).toBe('Unavailable')
})

test('of several reasons the one that is known counts', () => {
  const errors = [{ reason: 'global' }, { reason: 'rateLimitExceeded' }]
  expect(translate(failureOf(403, { error: { code: 403, message: 'm', errors } }, headers())).code).toBe('Throttled')
})

test.each<[string, Error & { status?: number; code?: string }, string]>([
  ['a refused grant', Object.assign(new Error('invalid_grant'), { status: 400 }), 'Unauthenticated'],
  ['a token endpoint that forbids', Object.assign(new Error('no'), { status: 403 }), 'Unauthenticated'],
  ['no credentials at all', new Error('Could not load the default credentials.'), 'Unauthenticated'],
  ['a file that is not there', Object.assign(new Error('x'), { code: 'ENOENT' }), 'Unauthenticated'],
  ['a token endpoint in trouble', Object.assign(new Error('x'), { status: 503 }), 'Unavailable'],
  ['a token endpoint that has enough', Object.assign(new Error('x'), { status: 429 }), 'Throttled'],
  ['a token endpoint that is not there', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'Unavailable'],
])('%s is %s', (_name, error, code) => {
  expect(gcpError(credentialsFailure(error), { operation: 'test' }).code).toBe(code)
})

test('an ErrorInfo says more than the old reason beside it', () => {
  const answer = {
    error: { code: 403, message: 'm', errors: [{ reason: 'forbidden' }], details: [{ reason: 'RATE_LIMIT_EXCEEDED' }] },
  }
  expect(translate(failureOf(403, answer, new Headers())).code).toBe('Throttled')
})
