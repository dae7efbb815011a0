import { connect } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import fc from 'fast-check'
import { Agent } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'

const requests = 10_000
const connections = 200
const failures: string[] = []
let server: ApiServer
let agent: Agent

beforeAll(async () => {
  server = await createApiServer({ log: (error, request) => failures.push(`${request}: ${String(error)}`) })
  agent = new Agent({ connect: { ca: server.certificateAuthority }, connections: 16 })
})

afterAll(async () => {
  await agent.destroy()
  await server.close()
})

const paths = [
  '/api/v1/namespaces/default/configmaps',
  '/api/v1/namespaces/default/configmaps/a',
  '/api/v1/namespaces/default/pods/p/eviction',
  '/api/v1/nodes/n/status',
  '/apis/apps/v1/namespaces/default/deployments',
  '/apis/apps/v1/namespaces/default/deployments/d/scale',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  '/apis/policy/v1/namespaces/default/poddisruptionbudgets',
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  '/openapi/v2',
]
const types = [
  'application/json',
  'application/yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/vnd.kubernetes.protobuf',
]
/** Words that make a body look as if it meant something. */
const words = [
  'metadata',
  'name',
  'spec',
  'status',
  'kind',
  'apiVersion',
  'template',
  'containers',
  'labels',
  'op',
  'path',
  'value',
  '$patch',
  'versions',
  'names',
  'managedFields',
  'finalizers',
  'a',
]
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, '', 'a', 'ConfigMap', 'v1', 0, -1, 1e308, true, '/a/b', 'replace'),
  fc.string(),
  fc.double(),
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...words), fc.string()), tie('tree'), { maxKeys: 5 }),
  ),
}))
const body = fc.oneof(
  tree.map((value) => JSON.stringify(value) ?? ''),
  tree.map((value) => (JSON.stringify(value) ?? '').slice(0, -1)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes])),
  fc.string({ maxLength: 300 }),
)
const option = fc.constantFrom(
  'dryRun',
  'fieldManager',
  'fieldValidation',
  'force',
  'limit',
  'continue',
  'labelSelector',
  'fieldSelector',
  'resourceVersion',
  'resourceVersionMatch',
  'timeoutSeconds',
  'propagationPolicy',
)
const malformed = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
  path: fc.oneof(fc.constantFrom(...paths), fc.webPath()),
  query: fc.dictionary(option, fc.string({ maxLength: 20 }), { maxKeys: 3 }),
  type: fc.oneof(fc.constantFrom(...types), fc.constantFrom('text/plain', 'application/xml')),
  accept: fc.constantFrom(
    'application/json',
    'application/json;as=Table;v=v1;g=meta.k8s.io',
    '*/*',
    'application/yaml',
    'a/b',
  ),
  body,
})

type Malformed = typeof malformed extends fc.Arbitrary<infer T> ? T : never

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes that are still referred to. */
function heapInUse(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

async function send({ method, path, query, type, accept, body: bytes }: Malformed): Promise<number> {
  const answer = await agent.request({
    origin: server.url,
    path: `${path === '' ? '/' : path}?${new URLSearchParams(query).toString()}`,
    method: method as 'GET',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': type, accept },
    ...(method === 'GET' ? {} : { body: bytes }),
  })
  await answer.body.dump()
  return answer.statusCode
}

test(`${requests} malformed requests are all answered, none by a failure of the server itself, and leave nothing behind`, async () => {
  const seed = 20260101
  const codes = new Map<number, number>()
  const sample = fc.sample(malformed, { numRuns: requests, seed })
  const play = async (items: readonly Malformed[]) => {
    let next = 0
    const worker = async () => {
      for (let item = items[next++]; item !== undefined; item = items[next++]) {
        const code = await send(item)
        codes.set(code, (codes.get(code) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: 16 }, worker))
    return heapInUse()
  }
  const before = await play(sample.slice(0, requests / 2))
  const after = await play(sample.slice(requests / 2))
  // 2 KB kept of each would show.
  expect(after - before).toBeLessThan(requests * 1024)
  expect(failures).toEqual([])
  expect([...codes.values()].reduce((total, count) => total + count, 0)).toBe(requests)
  // Not all can be refused for the same reason, or nothing was tried.
  expect([...codes.keys()].length).toBeGreaterThan(4)
  expect(await send({ method: 'GET', path: '/readyz', query: {}, type: '', accept: '*/*', body: '' })).toBe(200)
}, 120_000)

test(`${connections} connections that speak no HTTP are closed and leave nothing`, async () => {
  const { port } = new URL(server.url)
  const noises = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 500 }), { numRuns: connections, seed: 1 })
  for (const noise of noises) {
    await new Promise<void>((resolve) => {
      const socket = connect({ port: Number(port), host: '127.0.0.1', ca: server.certificateAuthority }, () => {
        socket.end(Buffer.concat([Buffer.from('G\0T / HTTP/9\r\n'), noise, Buffer.from('\r\n\r\n')]))
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve())
      socket.resume()
    })
  }
  expect(await send({ method: 'GET', path: '/readyz', query: {}, type: '', accept: '*/*', body: '' })).toBe(200)
}, 120_000)
