import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { TLSSocket } from 'node:tls'

import { createClient, loadKubeconfig } from '@machinepool/kube'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { buildGoClient, type GoClient } from './go-client.ts'
import { createTestCertificate, type TestCertificate } from './test-certificate.ts'

/** What a server learns from one request about who makes it, and how. */
interface Visit {
  readonly path: string
  readonly serverName: string
  /** Common name of the client's certificate. */
  readonly certificate: string
  /** `Authorization` and headers of impersonation, sorted; repeated ones one by one. */
  readonly headers: readonly string[]
}

let folder: string
let go: GoClient
let authority: TestCertificate
let user: TestCertificate
let visits: Visit[]
let secure: number
let plain: number
const closing: (() => Promise<unknown>)[] = []

function record(request: IncomingMessage): void {
  const { socket, rawHeaders } = request
  const tls = socket as Partial<TLSSocket> & { servername?: string | false }
  const headers: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    if (name === 'authorization' || name.startsWith('impersonate-')) headers.push(`${name}: ${rawHeaders[index + 1]}`)
  }
  const subject = tls.getPeerCertificate?.().subject as { CN?: string } | undefined
  visits.push({
    path: request.url ?? '',
    serverName: tls.servername || '',
    certificate: subject?.CN ?? '',
    headers: headers.toSorted(),
  })
}

function answer(request: IncomingMessage, response: { end(text: string): void }): void {
  record(request)
  response.end('{}')
}

async function listen(server: ReturnType<typeof createHttpServer> | ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  go = await buildGoClient()
  authority = await createTestCertificate({ commonName: 'authority' })
  user = await createTestCertificate({ commonName: 'somebody', issuer: authority })
  const certificate = await createTestCertificate({ names: ['127.0.0.1', 'api.test'], issuer: authority })
  secure = await listen(
    createServer({ ...certificate, ca: authority.cert, requestCert: true, rejectUnauthorized: false }, answer),
  )
  plain = await listen(createHttpServer(answer))
}, 900_000)

afterAll(async () => {
  await Promise.all(closing.map((close) => close()))
  await rm(folder, { recursive: true, force: true })
})

beforeEach(() => {
  visits = []
})

const base64 = (text: string) => Buffer.from(text).toString('base64')

interface Config {
  readonly cluster?: object
  readonly user?: object
  readonly context?: object
  readonly current?: string
  readonly names?: { readonly cluster?: string; readonly user?: string; readonly context?: string }
}

function kubeconfig({ cluster, user: who = {}, context = {}, current = 'c', names = {} }: Config): string {
  const { cluster: k = 'k', user: u = 'u', context: c = 'c' } = names
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    ...(current === '' ? {} : { 'current-context': current }),
    contexts: [{ name: c, context: { cluster: k, user: u, ...context } }],
    clusters: cluster === undefined ? [] : [{ name: k, cluster }],
    users: [{ name: u, user: who }],
  })
}

/** Files to write, `KUBECONFIG` first to last, and other variables. */
interface Case {
  readonly files: Readonly<Record<string, string>>
  readonly list?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

function https(more: object = {}): object {
  return { server: `https://127.0.0.1:${secure}`, 'certificate-authority-data': base64(authority.cert), ...more }
}

function one(config: Config, files: Readonly<Record<string, string>> = {}): Case {
  return { files: { ...files, config: kubeconfig(config) }, list: ['config'] }
}

function execUser(more: object = {}): object {
  const show = `
    const { spec, apiVersion } = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
    const token = Buffer.from(JSON.stringify([spec.cluster ?? null, process.argv.slice(1), process.env.WHO ?? ''])).toString('hex')
    console.log(JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } }))`
  const apiVersion = 'client.authentication.k8s.io/v1'
  const args = ['-e', show, 'argument']
  return { exec: { apiVersion, command: process.execPath, args, interactiveMode: 'Never', ...more } }
}

const cases: Readonly<Record<string, () => Case>> = {
  'a token': () => one({ cluster: https(), user: { token: 'secret' } }),
  'a token file and a token': () =>
    one({ cluster: https(), user: { token: 'inline', tokenFile: 'token' } }, { token: 'of the file\n' }),
  'a token file that is missing, and a token': () =>
    one({ cluster: https(), user: { token: 'inline', tokenFile: 'missing' } }),
  'a name and a password': () => one({ cluster: https(), user: { username: 'jane', password: 'p:ä' } }),
  'a certificate and a token': () =>
    one({
      cluster: https(),
      user: {
        token: 'secret',
        'client-certificate-data': base64(user.cert),
        'client-key-data': base64(user.key),
      },
    }),
  'certificates in files, from the place of the kubeconfig': () =>
    one(
      {
        cluster: { server: `https://127.0.0.1:${secure}`, 'certificate-authority': 'ca.crt' },
        user: { 'client-certificate': 'user.crt', 'client-key': './user.key' },
      },
      { 'ca.crt': authority.cert, 'user.crt': user.cert, 'user.key': user.key },
    ),
  'another server name': () => one({ cluster: https({ 'tls-server-name': 'api.test' }), user: { token: 'secret' } }),
  'a wrong server name': () => one({ cluster: https({ 'tls-server-name': 'other.test' }), user: { token: 'secret' } }),
  'no authority': () => one({ cluster: { server: `https://127.0.0.1:${secure}` }, user: { token: 'secret' } }),
  'no verification': () =>
    one({
      cluster: { server: `https://127.0.0.1:${secure}`, 'insecure-skip-tls-verify': true },
      user: { token: 'secret' },
    }),
  'a server with a path': () => one({ cluster: https({ server: `https://127.0.0.1:${secure}/k8s/clusters/c-1` }) }),
  'a server without a scheme, and an authority': () => one({ cluster: https({ server: `127.0.0.1:${secure}` }) }),
  'a server without a scheme': () => one({ cluster: { server: `127.0.0.1:${plain}` } }),
  impersonation: () =>
    one({
      cluster: https(),
      user: {
        token: 'secret',
        as: 'jane',
        'as-uid': '42',
        'as-groups': ['one', 'two'],
        'as-user-extra': { scopes: ['read', 'write'], 'example.com/why not%': ['x'] },
      },
    }),
  'groups of nobody': () => one({ cluster: https(), user: { token: 'secret', 'as-groups': ['one'] } }),
  'a credential plugin': () => one({ cluster: https(), user: execUser({ env: [{ name: 'WHO', value: 'me' }] }) }),
  'a credential plugin that is shown the cluster': () =>
    one(
      {
        cluster: {
          server: `https://127.0.0.1:${secure}`,
          'certificate-authority': 'ca.crt',
          'tls-server-name': 'api.test',
          extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }],
        },
        user: execUser({ provideClusterInfo: true }),
      },
      { 'ca.crt': authority.cert },
    ),
  'a credential plugin and a token': () => one({ cluster: https(), user: { token: 'secret', ...execUser() } }),
  'a credential plugin of an old version': () =>
    one({ cluster: https(), user: execUser({ apiVersion: 'client.authentication.k8s.io/v1alpha1' }) }),
  'a credential plugin that gives half of a certificate': () =>
    one({
      cluster: https(),
      user: execUser({
        args: [
          '-p',
          JSON.stringify(
            JSON.stringify({
              apiVersion: 'client.authentication.k8s.io/v1',
              kind: 'ExecCredential',
              status: { clientCertificateData: user.cert },
            }),
          ),
        ],
      }),
    }),
  'a plugin beside the kubeconfig': () =>
    one(
      { cluster: https(), user: execUser({ command: './plugin', args: [] }) },
      {
        plugin: `#!/bin/sh\necho '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"near"}}'\n`,
      },
    ),
  'a certificate without its key': () =>
    one({ cluster: https(), user: { 'client-certificate-data': base64(user.cert) } }),
  'a context without a user': () => one({ cluster: https(), context: { user: '' } }),
  'a cluster that there is not': () => one({ user: { token: 'secret' } }),
  'no current context': () => one({ cluster: https(), user: { token: 'secret' }, current: '' }),
  'several files: the first to name something wins, paths start at each': () => ({
    files: {
      'a/config': kubeconfig({ current: '', names: { user: 'u' }, user: { tokenFile: 'token' } }),
      'a/token': 'of a',
      'b/config': kubeconfig({
        cluster: { server: `https://127.0.0.1:${secure}`, 'certificate-authority': 'ca.crt' },
        user: { token: 'of b' },
      }),
      'b/ca.crt': authority.cert,
      'c/config': kubeconfig({ cluster: { server: 'https://127.0.0.1:1' }, user: { token: 'of c' }, current: 'other' }),
    },
    list: ['a/config', 'missing/config', 'b/config', 'c/config'],
  }),
}

interface Outcome {
  readonly succeeded: boolean
  readonly visits: readonly Visit[]
}

async function outcome(call: () => Promise<unknown>): Promise<Outcome> {
  visits = []
  const succeeded = await call().then(
    () => true,
    () => false,
  )
  return { succeeded, visits: visits.splice(0) }
}

/**
 * Where this project does otherwise on purpose: the same request, or none, whatever client-go does. A user that does not exist is a
 * mistake and not everybody; data and a file together are data and not a mistake; the loopback is told tokens in the clear.
 */
const otherwise: Readonly<Record<string, { readonly make: () => Case; readonly succeeds: boolean }>> = {
  'a user that there is not': {
    make: () => one({ cluster: https(), context: { user: 'nobody' } }),
    succeeds: false,
  },
  'data and a file': {
    make: () => one({ cluster: https({ 'certificate-authority': 'missing' }), user: { token: 'secret' } }),
    succeeds: true,
  },
  'a token over plain HTTP on the loopback': {
    make: () => one({ cluster: { server: `http://127.0.0.1:${plain}` }, user: { token: 'secret' } }),
    succeeds: true,
  },
}

describe('a kubeconfig leads to the same request as with client-go', () => {
  test.each(Object.keys(cases))('%s', async (name) => {
    const { ours, theirs } = await both(cases[name]?.() ?? { files: {} })
    expect(ours).toEqual(theirs)
    expect(theirs.visits.length).toBe(theirs.succeeded ? 1 : 0)
  })

  test.each(Object.keys(otherwise))('but for %s', async (name) => {
    const { make, succeeds } = otherwise[name] ?? { make: () => ({ files: {} }), succeeds: false }
    const { ours, theirs } = await both(make())
    expect(ours.succeeded).toBe(succeeds)
    expect(ours).not.toEqual(theirs)
  })
})

async function both({ files, list = [], environment = {} }: Case): Promise<{ ours: Outcome; theirs: Outcome }> {
  const place = await mkdtemp(join(folder, 'case-'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(place, path, '..'), { recursive: true })
    await writeFile(join(place, path), text, { mode: 0o700 })
  }
  const paths = list.map((path) => join(place, path)).join(delimiter)
  const theirs = await outcome(() => go.start('visit', [], paths, environment).done)
  const ours = await outcome(async () => {
    const variables = { KUBECONFIG: paths, PATH: process.env['PATH'], ...environment }
    const client = createClient(await loadKubeconfig({ environment: variables }))
    try {
      await client.request('GET', '/version')
    } finally {
      await client.close()
    }
  })
  return { ours, theirs }
}
