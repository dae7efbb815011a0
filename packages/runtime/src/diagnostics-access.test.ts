import type { Client } from '@machinepool/kube'
import { expect, test } from 'vitest'

import { createDiagnosticsAccess } from './diagnostics-access.ts'
import { createManualClock } from '@machinepool/kube/testing'

interface Asked {
  readonly kind: string
  readonly spec: object
}

/** An API server that knows two tokens, of which one may read metrics. */
function reviewer(): { readonly client: Client; readonly asked: Asked[] } {
  const asked: Asked[] = []
  const request = (_method: string, _path: string, body: object) => {
    const { kind, spec } = body as Asked & { spec: { token?: string; user?: string } }
    asked.push({ kind, spec })
    if (kind === 'TokenReview') {
      const authenticated = spec.token === 'prometheus' || spec.token === 'stranger'
      return Promise.resolve({ status: { authenticated, user: { username: spec.token, groups: ['all'] } } })
    }
    return Promise.resolve({ status: { allowed: spec.user === 'prometheus' } })
  }
  return { client: { request } as unknown as Client, asked }
}

test('those whom the API server knows and permits have access; its word counts for a minute', async () => {
  const { client, asked } = reviewer()
  const clock = createManualClock()
  const access = createDiagnosticsAccess(client, clock)
  expect(await access('prometheus', '/metrics')).toBe('allowed')
  expect(asked).toEqual([
    { kind: 'TokenReview', spec: { token: 'prometheus' } },
    {
      kind: 'SubjectAccessReview',
      spec: { user: 'prometheus', groups: ['all'], nonResourceAttributes: { path: '/metrics', verb: 'get' } },
    },
  ])
  expect(await access('stranger', '/metrics')).toBe('denied')
  expect(await access('nobody', '/metrics')).toBe('unauthenticated')
  expect(await access(undefined, '/metrics')).toBe('unauthenticated')
  const before = asked.length
  expect(await access('prometheus', '/metrics')).toBe('allowed')
  expect(asked).toHaveLength(before)
  await access('prometheus', '/other')
  expect(asked).toHaveLength(before + 2)
  await clock.advance(60_000)
  await access('prometheus', '/metrics')
  expect(asked).toHaveLength(before + 4)
})
