import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  kubeadmConfigKind,
  machineKind,
  machinePoolKind,
  clusterKind,
  toCustomResourceDefinition,
} from '@machinepool/api'
import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { coreManager } from '@machinepool/core-manager'
import { runManagerProgram } from '@machinepool/runtime'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'
import { createTestCertificate } from './test-certificate.ts'

const token = 'token-of-prometheus'
let folder: string
let server: ApiServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'managers-'))
  const kinds = [clusterKind, kubeadmConfigKind, machineKind, machinePoolKind]
  const crds = kinds.map((kind) => toCustomResourceDefinition(kind))
  server = await createApiServer({ crds, token, certificate: await createTestCertificate({ names: ['127.0.0.1'] }) })
  await writeFile(join(folder, 'kubeconfig'), server.kubeconfig(), { mode: 0o600 })
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

test('the arguments of upstream’s Deployment start the core manager; only the permitted read its metrics', async () => {
  const [diagnostics, health] = [await freePort(), await freePort()]
  const stop = new AbortController()
  let said = ''
  const ended = runManagerProgram(coreManager({}), {
    args: [
      '--leader-elect',
      `--diagnostics-address=127.0.0.1:${diagnostics}`,
      '--insecure-diagnostics=false',
      '--feature-gates=MachinePool=true,ClusterTopology=false,RuntimeSDK=false,PriorityQueue=false',
      `--kubeconfig=${join(folder, 'kubeconfig')}`,
      `--health-addr=127.0.0.1:${health}`,
      '--webhook-port=0',
      '--kube-api-qps=100',
      '--kube-api-burst=200',
      '--leader-elect-namespace=kube-system',
    ],
    env: {},
    signal: stop.signal,
    write: (text) => (said += text),
  })
  const agent = new Agent({ connect: { rejectUnauthorized: false } })
  const metrics = async (authorization?: string): Promise<[code: number, text: string]> => {
    const { statusCode, body } = await request(`https://127.0.0.1:${diagnostics}/metrics`, {
      dispatcher: agent,
      headers: authorization === undefined ? {} : { authorization },
    })
    return [statusCode, await body.text()]
  }
  try {
    await eventually(async () => {
      const { statusCode, body } = await request(`http://127.0.0.1:${health}/readyz`)
      expect([statusCode, await body.text()]).toEqual([200, 'ok'])
    })
    expect(await metrics()).toEqual([401, 'unauthorized\n'])
    expect(await metrics('Bearer wrong')).toEqual([401, 'unauthorized\n'])
    await eventually(async () => {
      const [code, text] = await metrics(`Bearer ${token}`)
      expect(code).toBe(200)
      expect(text).toContain('leader_election_master_status{name="core-manager.machinepool.dev"} 1')
      expect(text).toContain('controller_runtime_max_concurrent_reconciles{controller="machinepool"} 50')
    })
  } finally {
    stop.abort()
    await agent.close()
  }
  expect([await ended, said]).toEqual([0, ''])
})
