import type { KubeObject } from '@machinepool/kube'
import { describe, expect, test } from 'vitest'

import { serveKindRules, type FieldRefusal, type RuleRequest } from './kind-rules.ts'
import type { AdmissionRequest, Admit, Convert } from './review.ts'
import type { WebhookServer } from './server.ts'

interface Refusal extends FieldRefusal {
  readonly message: string
}

/** Serves rules for things with a size, and keeps what they were asked. */
function serve() {
  const asked: RuleRequest[] = []
  const admissions = new Map<string, Admit>()
  const conversions = new Map<string, Convert>()
  const server: WebhookServer = {
    name: 'webhooks',
    run: () => Promise.resolve(),
    listening: Promise.resolve(''),
    isListening: () => true,
    addAdmission: (path, admit) => void admissions.set(path, admit),
    addConversion: (path, convert) => void conversions.set(path, convert),
  }
  serveKindRules<Refusal>(server, {
    admit(request) {
      asked.push(request)
      const size = (request.object as KubeObject & { size?: number }).size ?? 1
      return size < 0
        ? { errors: [{ field: 'size', type: 'Invalid', message: 'must not be negative' }] }
        : { object: { ...request.object, size } as KubeObject, warnings: ['small'] }
    },
    convert: (object, apiVersion) => ({ ...object, apiVersion }),
    explain: (object, errors) => `${object.kind} is wrong: ${errors.map(({ field }) => field).join(', ')}`,
    explainField: ({ message }) => message,
  })
  return {
    asked,
    conversions,
    admit: async (path: string, request: AdmissionRequest) => admissions.get(path)?.(request),
  }
}

function thing(fields: object = {}): KubeObject {
  return { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a' }, ...fields }
}

describe('rules behind webhooks', () => {
  test('/mutate answers with the defaults, /validate does not', async () => {
    const { admit } = serve()
    const request = { uid: '1', operation: 'CREATE', object: thing(), oldObject: null } as const
    expect(await admit('/mutate', request)).toEqual({ allowed: true, warnings: ['small'], object: thing({ size: 1 }) })
    expect(await admit('/validate', request)).toEqual({ allowed: true, warnings: ['small'] })
  })

  test.each(['/mutate', '/validate'])('%s refuses with the fields that are wrong', async (path) => {
    const { admit } = serve()
    expect(
      await admit(path, { uid: '1', operation: 'UPDATE', object: thing({ size: -1 }), oldObject: thing() }),
    ).toEqual({
      allowed: false,
      message: 'Thing is wrong: size',
      causes: [{ reason: 'FieldValueInvalid', message: 'must not be negative', field: 'size' }],
    })
  })

  test('rules see the object that is deleted, what was there before an update, and the subresource', async () => {
    const { admit, asked } = serve()
    await admit('/validate', { uid: '1', operation: 'DELETE', object: null, oldObject: thing() })
    await admit('/validate', {
      uid: '2',
      operation: 'UPDATE',
      object: thing(),
      oldObject: thing({ size: 2 }),
      subResource: '',
    })
    await admit('/validate', {
      uid: '3',
      operation: 'UPDATE',
      object: thing(),
      oldObject: thing(),
      subResource: 'status',
    })
    expect(asked).toEqual([
      { operation: 'DELETE', object: thing() },
      { operation: 'UPDATE', object: thing(), old: thing({ size: 2 }) },
      { operation: 'UPDATE', object: thing(), old: thing(), subresource: 'status' },
    ])
  })

  test('what rules have no say in is let through', async () => {
    const { admit, asked } = serve()
    expect(await admit('/validate', { uid: '1', operation: 'CONNECT', object: thing() })).toEqual({ allowed: true })
    expect(asked).toEqual([])
  })

  test('/convert converts', () => {
    const { conversions } = serve()
    expect(conversions.get('/convert')?.(thing(), 'example.com/v2')).toEqual(thing({ apiVersion: 'example.com/v2' }))
  })
})
