import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:https'
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'

import { ConnectionError, createClient, loadKubeconfig, type Client } from '@machinepool/kube'
import { createManualClock } from '@machinepool/runtime/testing'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'

import { createTestCertificate, type TestCertificate } from './test-certificate.ts'

let authority: TestCertificate
beforeAll(async () => {
  authority = await createTestCertificate({ commonName: 'authority' })
})

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

/** What the server saw of one request. */
interface Visit {
  readonly serverName: string | false
  /** Common name of the client's certificate. */
  readonly client: string | undefined
}

interface Target {
  readonly port: number
  readonly visits: Visit[]
}

async function listen(server: Server | ReturnType<typeof createHttpServer> | TcpServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A server that only has a version. */
async function serve(names: readonly string[], mutual = false): Promise<Target> {
  const certificate = await createTestCertificate({ commonName: 'server', names, issuer: authority })
  const visits: Visit[] = []
  const server = createServer(
    { ...certificate, ca: authority.cert, requestCert: mutual, rejectUnauthorized: mutual },
    ({ socket }, response) => {
      const tls = socket as TLSSocket
      const subject = tls.getPeerCertificate().subject as { CN?: string } | undefined
      visits.push({ serverName: (tls as { servername?: string | false }).servername ?? false, client: subject?.CN })
      response.end('{"major":"1"}')
    },
  )
  closing.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return { port: await listen(server), visits }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function kubeconfig(cluster: object, user: object = {}): string {
  return stringify({
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    clusters: [{ name: 'k', cluster }],
    users: [{ name: 'u', user }],
  })
}

async function clientOf(...args: Parameters<typeof kubeconfig>): Promise<Client> {
  const client = createClient(await loadKubeconfig({ text: kubeconfig(...args) }))
  closing.push(() => client.close())
  return client
}

function trusted(port: number): Record<string, unknown> {
  return { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': base64(authority.cert) }
}

/** The code of the connection error with which the version cannot be had. */
async function refusal(client: Client): Promise<string> {
  const error: unknown = await client.request('GET', '/version').catch((reason: unknown) => reason)
  if (!(error instanceof ConnectionError)) throw new Error('expected a ConnectionError', { cause: error })
  return error.code
}

describe('the server’s certificate', () => {
  test('is checked against certificate-authority-data', async () => {
    const { port } = await serve(['127.0.0.1'])
    expect(await (await clientOf(trusted(port))).request('GET', '/version')).toEqual({ major: '1' })
    expect(await refusal(await clientOf({ server: `https://127.0.0.1:${port}` }))).toBe('unreachable')
    const stranger = await createTestCertificate({ commonName: 'stranger' })
    const wrong = { ...trusted(port), 'certificate-authority-data': base64(stranger.cert) }
    expect(await refusal(await clientOf(wrong))).toBe('unreachable')
  })

  test('must be for the host, or for tls-server-name, which is also asked for', async () => {
    const { port, visits } = await serve(['api.test'])
    expect(await refusal(await clientOf(trusted(port)))).toBe('unreachable')
    const named = await clientOf({ ...trusted(port), 'tls-server-name': 'api.test' })
    expect(await named.request('GET', '/version')).toEqual({ major: '1' })
    expect(visits).toMatchObject([{ serverName: 'api.test' }])
    expect(await refusal(await clientOf({ ...trusted(port), 'tls-server-name': 'other.test' }))).toBe('unreachable')
  })

  test('is not checked with insecure-skip-tls-verify', async () => {
    const { port } = await serve(['elsewhere.test'])
    const careless = await clientOf({ server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true })
    expect(await careless.request('GET', '/version')).toEqual({ major: '1' })
  })
})

describe('client certificates', () => {
  test('from the kubeconfig itself', async () => {
    const { port, visits } = await serve(['127.0.0.1'], true)
    const { cert, key } = await createTestCertificate({ commonName: 'somebody', issuer: authority })
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) }
    expect(await (await clientOf(trusted(port), user)).request('GET', '/version')).toEqual({ major: '1' })
    expect(visits).toMatchObject([{ client: 'somebody' }])
    expect(['broken', 'unreachable']).toContain(await refusal(await clientOf(trusted(port))))
  })

  test('from files, which are read again when they rotate', async () => {
    const { port, visits } = await serve(['127.0.0.1'], true)
    const folder = await mkdtemp(join(tmpdir(), 'kube-tls-'))
    closing.push(() => rm(folder, { recursive: true, force: true }))
    const write = async (commonName: string) => {
      const { cert, key } = await createTestCertificate({ commonName, issuer: authority })
      await writeFile(join(folder, 'tls.crt'), cert)
      await writeFile(join(folder, 'tls.key'), key)
    }
    await write('first')
    const path = join(folder, 'config')
    await writeFile(path, kubeconfig(trusted(port), { 'client-certificate': 'tls.crt', 'client-key': 'tls.key' }))
    const clock = createManualClock()
    const client = createClient(await loadKubeconfig({ path, clock }))
    closing.push(() => client.close())
    await client.request('GET', '/version')
    await write('second')
    await client.request('GET', '/version')
    await clock.advance(61_000)
    await client.request('GET', '/version')
    expect(visits.map((visit) => visit.client)).toEqual(['first', 'first', 'second'])
  })
})

/** An HTTP proxy that only tunnels. */
async function proxy(): Promise<{ readonly port: number; readonly tunnels: { to: string; authorization?: string }[] }> {
  const tunnels: { to: string; authorization?: string }[] = []
  const open = new Set<Socket>()
  const server = createHttpServer()
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const authorization = request.headers['proxy-authorization']
    tunnels.push({ to: request.url ?? '', ...(authorization === undefined ? {} : { authorization }) })
    const [host = '', port] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(upstream).pipe(socket)
    })
    for (const one of [socket, upstream]) {
      open.add(one)
      one.on('error', () => undefined)
    }
  })
  closing.push(async () => {
    for (const socket of open) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return { port: await listen(server), tunnels }
}

/** A SOCKS5 proxy without authentication (RFC 1928), for IPv4 addresses and names. */
async function socksProxy(): Promise<{ readonly port: number; readonly tunnels: string[] }> {
  const tunnels: string[] = []
  const open = new Set<Socket>()
  const server = createTcpServer((socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]))
      socket.once('data', (request: Buffer) => {
        const named = request[3] === 3
        const end = named ? 5 + (request[4] ?? 0) : 8
        const host = named ? request.subarray(5, end).toString() : [...request.subarray(4, end)].join('.')
        const port = request.readUInt16BE(end)
        tunnels.push(`${host}:${port}`)
        const upstream = connect(port, host, () => {
          socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
          socket.pipe(upstream).pipe(socket)
        })
        open.add(upstream)
        upstream.on('error', () => undefined)
      })
    })
  })
  closing.push(async () => {
    for (const socket of open) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return { port: await listen(server), tunnels }
}

describe('proxy-url', () => {
  test('carries the request through a tunnel, end to end encrypted, with the proxy’s own credentials', async () => {
    const { port, visits } = await serve(['api.test'], true)
    const { cert, key } = await createTestCertificate({ commonName: 'somebody', issuer: authority })
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) }
    const { port: proxyPort, tunnels } = await proxy()
    const cluster = {
      ...trusted(port),
      'tls-server-name': 'api.test',
      'proxy-url': `http://me:secret@127.0.0.1:${proxyPort}`,
    }
    expect(await (await clientOf(cluster, user)).request('GET', '/version')).toEqual({ major: '1' })
    expect(visits).toEqual([{ serverName: 'api.test', client: 'somebody' }])
    expect(tunnels).toEqual([{ to: `127.0.0.1:${port}`, authorization: `Basic ${base64('me:secret')}` }])
  })

  test('may be a SOCKS5 one', async () => {
    const { port, visits } = await serve(['api.test'], true)
    const { cert, key } = await createTestCertificate({ commonName: 'somebody', issuer: authority })
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) }
    const { port: socksPort, tunnels } = await socksProxy()
    const cluster = {
      ...trusted(port),
      'tls-server-name': 'api.test',
      'proxy-url': `socks5://127.0.0.1:${socksPort}`,
    }
    expect(await (await clientOf(cluster, user)).request('GET', '/version')).toEqual({ major: '1' })
    expect(visits).toEqual([{ serverName: 'api.test', client: 'somebody' }])
    expect(tunnels).toEqual([`127.0.0.1:${port}`])
  })

  test('that nobody listens at is an unreachable cluster', async () => {
    const { port } = await serve(['127.0.0.1'])
    const gone = createHttpServer()
    const free = await listen(gone)
    gone.close()
    await once(gone, 'close')
    expect(await refusal(await clientOf({ ...trusted(port), 'proxy-url': `http://127.0.0.1:${free}` }))).toBe(
      'unreachable',
    )
  })
})
