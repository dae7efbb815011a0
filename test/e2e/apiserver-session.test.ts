import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { prepare } from '../oracle/cases/schemas.ts'
import { playSession } from '../oracle/kubectl-session.ts'

let server: ApiServer

beforeAll(async () => {
  server = await createApiServer({ crds: prepare.map(({ body }) => body as object) })
})

afterAll(() => server.close())

// That every command also prints what it prints against a real server is compared by `npm run test:oracle`.
test('a session with kubectl ends every command as it has to', async () => {
  const outcomes = await playSession(server.kubeconfig())
  expect(outcomes.length).toBeGreaterThanOrEqual(60)
  const wrong = outcomes.filter(({ command, code }) => code !== command.code)
  expect(wrong.map(({ command, code, text }) => `kubectl ${command.args.join(' ')}: ${code} ${text}`)).toEqual([])
})
