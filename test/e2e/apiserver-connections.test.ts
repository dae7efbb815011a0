import { connect as connectTcp } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'

import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { Agent } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'

let server: ApiServer
let agent: Agent

beforeAll(async () => {
  server = await createApiServer({
    connections: {
      handshakeTimeout: 3000,
      headersTimeout: 1500,
      requestTimeout: 2500,
      connectionsCheckingInterval: 50,
    },
  })
  agent = new Agent({ connect: { ca: server.certificateAuthority } })
})

afterAll(async () => {
  await agent.destroy()
  await server.close()
})

const port = () => Number(new URL(server.url).port)

function open(): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: port(), host: '127.0.0.1', ca: server.certificateAuthority }, () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Everything that the server sends until it closes the connection. */
function untilClosed(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
  })
}

async function get(path: string): Promise<number> {
  const answer = await agent.request({
    origin: server.url,
    path,
    method: 'GET',
    headers: { authorization: `Bearer ${server.token}` },
  })
  await answer.body.dump()
  return answer.statusCode
}

test('a client that does not come to the end of its headers is sent away, and holds up nobody', async () => {
  const sockets = await Promise.all(Array.from({ length: 50 }, open))
  const closed = sockets.map(untilClosed)
  for (const socket of sockets) socket.write('GET /api/v1/nodes HTTP/1.1\r\nHost: x\r\nX-A: ')
  expect(await get('/api/v1/nodes')).toBe(200)
  for (const text of await Promise.all(closed)) expect(text).toMatch(/^HTTP\/1\.1 408 /)
  expect(await get('/api/v1/nodes')).toBe(200)
})

test('so is one that trickles its body', async () => {
  const socket = await open()
  const closed = untilClosed(socket)
  socket.write(
    [
      'POST /api/v1/namespaces/default/configmaps HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${server.token}`,
      'Content-Type: application/json',
      'Content-Length: 1000',
      '',
      '{"metadata":',
    ].join('\r\n'),
  )
  expect(await closed).toMatch(/^HTTP\/1\.1 408 /)
})

test('and one that never begins to speak TLS', async () => {
  const socket = connectTcp(port(), '127.0.0.1')
  await new Promise<void>((resolve) => {
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })
  expect(await get('/readyz')).toBe(200)
})

test('headers are read up to a limit', async () => {
  const flood = await open()
  const refused = untilClosed(flood)
  flood.write(`GET /readyz HTTP/1.1\r\nHost: x\r\n${`X-Filler: ${'x'.repeat(100)}\r\n`.repeat(400)}\r\n`)
  expect(await refused).toMatch(/^HTTP\/1\.1 431 /)
  expect(await get('/readyz')).toBe(200)
})

test('what cannot be a request is refused', async () => {
  const socket = await open()
  const refused = untilClosed(socket)
  socket.write('HELO example.com\r\n\r\n')
  expect(await refused).toMatch(/^HTTP\/1\.1 400 /)
})

test('a watch may take longer than a request', async () => {
  const answer = await agent.request({
    origin: server.url,
    path: '/api/v1/nodes?watch=true&timeoutSeconds=2&allowWatchBookmarks=true&resourceVersion=1',
    method: 'GET',
    headers: { authorization: `Bearer ${server.token}` },
  })
  expect(await answer.body.text()).toContain('"BOOKMARK"')
})
