import { ProviderError } from '@machinepool/contract'
import { describe, expect, it } from 'vitest'

import { createErrorTable, type CloudFailure } from './error-table.ts'

class CloudError extends Error {
  readonly failure: CloudFailure
  constructor(failure: CloudFailure, cause?: unknown) {
    super(failure.message, { cause })
    this.failure = failure
  }
}

const table = createErrorTable({
  cloud: 'Cumulus',
  read: (error) => (error instanceof CloudError ? error.failure : undefined),
  codes: {
    LimitExceeded: { code: 'QuotaExceeded', reason: 'VcpuLimit', hint: 'Ask for more vCPUs.' },
    'Invalid*': 'InvalidSpec',
    'InvalidImage*': { code: 'NotFound', reason: 'ImageNotFound', field: 'spec.image' },
    'InvalidImage.Locked': 'InProgress',
    'DeleteGroup/InvalidGroup': 'NotFound',
  },
})
const cloud = (code: string | undefined, httpStatus?: number) =>
  new CloudError({
    message: 'no',
    ...(code === undefined ? {} : { code }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
  })

describe('createErrorTable', () => {
  it.each([
    ['CreateGroup', cloud('LimitExceeded'), 'QuotaExceeded', 'VcpuLimit'],
    ['CreateGroup', cloud('InvalidGroup'), 'InvalidSpec', 'InvalidSpec'],
    ['DeleteGroup', cloud('InvalidGroup'), 'NotFound', 'NotFound'],
    ['CreateGroup', cloud('InvalidImage.Gone'), 'NotFound', 'ImageNotFound'],
    ['CreateGroup', cloud('InvalidImage.Locked'), 'InProgress', 'InProgress'],
    ['CreateGroup', cloud('Unheard', 429), 'Throttled', 'Throttled'],
    ['CreateGroup', cloud('Unheard', 503), 'Unavailable', 'CloudUnavailable'],
    ['CreateGroup', cloud('Unheard', 403), 'PermissionDenied', 'PermissionDenied'],
    ['CreateGroup', cloud('Unheard'), 'Internal', 'InternalError'],
    ['CreateGroup', Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'Unavailable', 'CloudUnavailable'],
    [
      'CreateGroup',
      new Error('wrapped', { cause: Object.assign(new Error('x'), { code: 'ETIMEDOUT' }) }),
      'Unavailable',
      'CloudUnavailable',
    ],
    ['CreateGroup', new TypeError('x is not a function'), 'Internal', 'InternalError'],
    ['CreateGroup', 'a string', 'Internal', 'InternalError'],
  ])('%s %s -> %s', (operation, error, code, reason) => {
    const result = table(error, { operation })
    expect(ProviderError.is(result)).toBe(true)
    expect(result).toMatchObject({ code, reason })
  })

  it('keeps what a person needs: the call, the code, the hint, the field, the request', () => {
    const error = new CloudError({
      code: 'LimitExceeded',
      message: '32 of 32 used.',
      requestId: 'r-1',
      retryAfterMs: 5,
    })
    const result = table(error, { operation: 'CreateGroup', field: 'spec.instanceType', zone: 'a' })
    expect(result.message).toBe('Cumulus CreateGroup LimitExceeded: 32 of 32 used. Ask for more vCPUs.')
    expect(result).toMatchObject({
      field: 'spec.instanceType',
      zone: 'a',
      requestId: 'r-1',
      retryAfterMs: 5,
      cause: error,
    })
  })

  it('passes a ProviderError through', () => {
    const error = new ProviderError({ code: 'Conflict', message: 'mine' })
    expect(table(error, { operation: 'x' })).toBe(error)
  })
})
