import { ProviderError, type Operation, type RemoveInstances } from '@machinepool/contract'
import { createManualClock } from '@machinepool/contract/testing'
import { describe, expect, it } from 'vitest'

import { pollOperations, startedOperation, type Poll } from './operations.ts'

const action: RemoveInstances = {
  type: 'RemoveInstances',
  instances: [{ providerID: 'x:///1', incarnation: '1' }],
  keepSize: false,
  reason: 'scale down',
  changes: [],
  idempotencyKey: 'key-1',
  parameters: {},
}

function operation(): Operation {
  return startedOperation(action, { clock: createManualClock(1_000), handle: { name: 'op-9' } }).operation
}

describe('startedOperation', () => {
  it('is found again by the key of its action and survives JSON', () => {
    const made = operation()
    expect(made).toEqual({
      id: 'key-1',
      action: 'RemoveInstances',
      idempotencyKey: 'key-1',
      startedAt: 1_000,
      instances: action.instances,
      handle: { name: 'op-9' },
    })
    expect(JSON.parse(JSON.stringify(made))).toEqual(made)
  })
})

const error = (code: 'NotFound' | 'Throttled' | 'QuotaExceeded' | 'Unauthenticated') =>
  new ProviderError({ code, message: 'said so' })
const stateAfter = async (poll: () => Promise<Poll>, whenForgotten: 'done' | 'failed' = 'done') =>
  (await pollOperations([operation()], poll, { whenForgotten }))[0]

const forgotten = async (): Promise<never> => Promise.reject(error('NotFound'))

describe('pollOperations', () => {
  it('reports running, done and failed', async () => {
    expect(await stateAfter(async () => ({ done: false, percent: 40 }))).toEqual({
      id: 'key-1',
      status: 'running',
      percent: 40,
    })
    expect(await stateAfter(async () => ({ done: true }))).toEqual({ id: 'key-1', status: 'done' })
    expect(await stateAfter(async () => ({ done: true, error: error('QuotaExceeded') }))).toEqual({
      id: 'key-1',
      status: 'failed',
      code: 'QuotaExceeded',
      message: 'said so',
    })
  })

  it('takes an operation it could not ask for as running', async () => {
    expect(await stateAfter(async () => Promise.reject(error('Throttled')))).toMatchObject({ status: 'running' })
  })

  it('takes a forgotten operation as the cloud means it', async () => {
    expect(await stateAfter(forgotten, 'done')).toMatchObject({ status: 'done' })
    expect(await stateAfter(forgotten, 'failed')).toMatchObject({ status: 'failed', code: 'NotFound' })
  })

  it('does not hide wrong credentials or a defect', async () => {
    await expect(stateAfter(async () => Promise.reject(error('Unauthenticated')))).rejects.toMatchObject({
      code: 'Unauthenticated',
    })
    await expect(stateAfter(async () => Promise.reject(new TypeError('defect')))).rejects.toThrow('defect')
  })
})
