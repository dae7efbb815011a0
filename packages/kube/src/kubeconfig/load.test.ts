import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { Clock } from '../clock.ts'
import { loadInClusterConfig } from './in-cluster.ts'
import { loadKubeconfig } from './load.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
})

afterEach(() => rm(directory, { recursive: true }))

const base64 = (text: string) => Buffer.from(text).toString('base64')

function kubeconfig(cluster: object, user: object, context: object = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', ...context } }],
    clusters: [{ name: 'k', cluster: { server: 'https://example.test:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  })
}

async function authorizationAt(server: string): Promise<string | undefined> {
  const { credentials } = await loadKubeconfig({ text: kubeconfig({ server }, { token: 't' }) })
  return (await credentials.current()).authorization
}

function clockAt(now: number): Clock & { set(next: number): void } {
  let at = now
  return { now: () => at, after: () => () => undefined, set: (next) => (at = next) }
}

describe('what it says', () => {
  test('inline material, server name, proxy, namespace', async () => {
    const text = kubeconfig(
      { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'other', 'proxy-url': 'http://proxy:3128' },
      { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
      { namespace: 'ns' },
    )
    const config = await loadKubeconfig({ text })
    expect(config).toMatchObject({
      server: 'https://example.test:6443',
      certificateAuthority: 'CA',
      tlsServerName: 'other',
      proxyUrl: 'http://proxy:3128',
      namespace: 'ns',
    })
    expect(await config.credentials.current()).toMatchObject({ clientCertificate: { certificate: 'CERT', key: 'KEY' } })
  })

  test('a certificate and a token together, and impersonation', async () => {
    const text = kubeconfig(
      {},
      {
        'client-certificate-data': base64('CERT'),
        'client-key-data': base64('KEY'),
        token: 't',
        as: 'jane',
        'as-groups': ['a', 'b'],
        'as-uid': '42',
        'as-user-extra': { 'example.com/Über%': ['x', 'y'], scopes: ['z'] },
      },
    )
    const { credentials } = await loadKubeconfig({ text })
    expect(await credentials.current()).toEqual({
      clientCertificate: { certificate: 'CERT', key: 'KEY' },
      authorization: 'Bearer t',
      headers: {
        'Impersonate-User': 'jane',
        'Impersonate-Uid': '42',
        'Impersonate-Group': ['a', 'b'],
        'Impersonate-Extra-example.com%2F%C3%9Cber%25': ['x', 'y'],
        'Impersonate-Extra-scopes': ['z'],
      },
    })
  })

  test('credentials do not go over a network in the clear', async () => {
    expect(await authorizationAt('http://example.test')).toBeUndefined()
    expect(await authorizationAt('example.test:8080')).toBeUndefined()
    expect(await authorizationAt('https://example.test')).toBe('Bearer t')
    expect(await authorizationAt('http://127.0.0.1:8080')).toBe('Bearer t')
    expect(await authorizationAt('http://[::1]:8080')).toBe('Bearer t')
  })

  test('basic authentication', async () => {
    const { credentials } = await loadKubeconfig({ text: kubeconfig({}, { username: 'u', password: 'p:w' }) })
    expect(await credentials.current()).toEqual({ authorization: `Basic ${base64('u:p:w')}` })
  })

  test('another context', async () => {
    const text = kubeconfig({}, {}).replace('"current-context":"c"', '"current-context":"none"')
    await expect(loadKubeconfig({ text })).rejects.toThrow('there is no context "none"')
    expect(await loadKubeconfig({ text, context: 'c' })).toMatchObject({ server: 'https://example.test:6443' })
  })
})

describe('files', () => {
  test('relative paths start at the kubeconfig', async () => {
    await writeFile(join(directory, 'ca.crt'), 'CA')
    await writeFile(join(directory, 'config'), kubeconfig({ 'certificate-authority': 'ca.crt' }, {}))
    expect(await loadKubeconfig({ path: join(directory, 'config') })).toMatchObject({ certificateAuthority: 'CA' })
  })

  test('a token file is read again after a minute and after a refusal', async () => {
    const path = join(directory, 'token')
    await writeFile(path, 'one\n')
    await writeFile(join(directory, 'config'), kubeconfig({}, { tokenFile: 'token', token: 'inline' }))
    const clock = clockAt(0)
    const { credentials } = await loadKubeconfig({ path: join(directory, 'config'), clock })
    expect(await credentials.current()).toEqual({ authorization: 'Bearer one' })
    await writeFile(path, 'two')
    expect(await credentials.current()).toEqual({ authorization: 'Bearer one' })
    clock.set(60_000)
    expect(await credentials.current()).toEqual({ authorization: 'Bearer two' })
    await writeFile(path, 'three')
    expect(credentials.invalidate()).toBe(true)
    expect(await credentials.current()).toEqual({ authorization: 'Bearer three' })
    await rm(path)
    clock.set(200_000)
    expect(await credentials.current()).toEqual({ authorization: 'Bearer three' })
  })

  test('a token that is written down is good until the token file can be read, and no longer', async () => {
    await writeFile(join(directory, 'config'), kubeconfig({}, { tokenFile: 'token', token: 'inline' }))
    const clock = clockAt(0)
    const { credentials } = await loadKubeconfig({ path: join(directory, 'config'), clock })
    expect(await credentials.current()).toEqual({ authorization: 'Bearer inline' })
    await writeFile(join(directory, 'token'), 'file')
    clock.set(60_000)
    expect(await credentials.current()).toEqual({ authorization: 'Bearer file' })
    await rm(join(directory, 'token'))
    clock.set(120_000)
    expect(await credentials.current()).toEqual({ authorization: 'Bearer file' })
  })

  test('KUBECONFIG is a list whose first mention wins and whose members may be missing', async () => {
    const paths = ['missing', 'one', 'two'].map((name) => join(directory, name))
    await writeFile(join(directory, 'one'), kubeconfig({ server: 'https://one' }, {}))
    await writeFile(join(directory, 'two'), kubeconfig({ server: 'https://two' }, {}))
    const config = await loadKubeconfig({ environment: { KUBECONFIG: paths.join(delimiter) } })
    expect(config.server).toBe('https://one')
  })

  test('in a pod', async () => {
    await writeFile(join(directory, 'ca.crt'), 'CA')
    await writeFile(join(directory, 'token'), 'T')
    await writeFile(join(directory, 'namespace'), 'system\n')
    const config = await loadInClusterConfig({ host: 'fd00::1', port: '443', directory })
    expect(config).toMatchObject({ server: 'https://[fd00::1]:443', certificateAuthority: 'CA', namespace: 'system' })
    expect(await config.credentials.current()).toEqual({ authorization: 'Bearer T' })
  })
})

function printing(status: object, apiVersion = 'client.authentication.k8s.io/v1'): object {
  const credential = JSON.stringify({ apiVersion, kind: 'ExecCredential', status })
  return { args: ['-p', JSON.stringify(credential)] }
}

describe('credential plugins', () => {
  const script = `
    const { appendFileSync } = require('node:fs')
    appendFileSync(process.env.COUNT, 'x')
    const { spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
    console.log(JSON.stringify({
      apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential',
      status: { token: 'from ' + (spec.cluster ? spec.cluster.server : '') + ' ' + process.argv[2], expirationTimestamp: process.env.UNTIL || undefined },
    }))`

  async function plugin(extra: object, clock: Clock) {
    await writeFile(join(directory, 'plugin.cjs'), script)
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: [join(directory, 'plugin.cjs'), 'argument'],
      env: [{ name: 'COUNT', value: join(directory, 'count') }],
      provideClusterInfo: true,
      ...extra,
    }
    await writeFile(join(directory, 'config'), kubeconfig({}, { exec }))
    return loadKubeconfig({ path: join(directory, 'config'), clock, environment: { UNTIL: '2026-01-01T00:01:00Z' } })
  }

  test('run once for everybody, and again when what they gave expires', async () => {
    const clock = clockAt(Date.parse('2026-01-01T00:00:00Z'))
    const { credentials } = await plugin({}, clock)
    const [first] = await Promise.all([credentials.current(), credentials.current()])
    expect(first).toEqual({ authorization: 'Bearer from https://example.test:6443 argument' })
    expect(await readFile(join(directory, 'count'), 'utf8')).toBe('x')
    clock.set(Date.parse('2026-01-01T00:00:49Z'))
    await credentials.current()
    expect(await readFile(join(directory, 'count'), 'utf8')).toBe('x')
    clock.set(Date.parse('2026-01-01T00:00:51Z'))
    await credentials.current()
    expect(await readFile(join(directory, 'count'), 'utf8')).toBe('xx')
  })

  test('are shown the cluster without paths, with what the kubeconfig keeps for them', async () => {
    await writeFile(join(directory, 'ca.crt'), 'CA')
    const name = 'client.authentication.k8s.io/exec'
    const cluster = {
      'certificate-authority': 'ca.crt',
      'tls-server-name': 'other',
      extensions: [
        { name: 'else', extension: {} },
        { name, extension: { audience: 'x' } },
      ],
    }
    const show = `const { spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
      console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential',
        status: { token: JSON.stringify(spec) } }))`
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', show],
      provideClusterInfo: true,
    }
    await writeFile(join(directory, 'config'), kubeconfig(cluster, { exec }))
    const { credentials } = await loadKubeconfig({ path: join(directory, 'config') })
    const { authorization = '' } = await credentials.current()
    expect(JSON.parse(authorization.replace('Bearer ', ''))).toEqual({
      interactive: false,
      cluster: {
        server: 'https://example.test:6443',
        'tls-server-name': 'other',
        'certificate-authority-data': base64('CA'),
        config: { audience: 'x' },
      },
    })
  })

  test.each([
    [{ args: ['-e', 'console.error("no login"); process.exit(3)'] }, 'failed (3): no login'],
    [{ args: ['-e', 'console.log("hi")'] }, 'did not print JSON'],
    [{ args: ['-e', 'console.log("{}")'] }, 'did not print an ExecCredential'],
    [printing({}), 'gave neither a token nor a certificate'],
    [printing({ clientCertificateData: 'x' }), 'clientCertificateData and clientKeyData together'],
    [printing({ token: 't', expirationTimestamp: 'soon' }), 'is not an RFC 3339 time'],
    [printing({ token: 't' }, 'client.authentication.k8s.io/v1beta1'), 'answered client.authentication.k8s.io/v1beta1'],
    [{ command: 'no-such-plugin', installHint: 'Install it.' }, 'Install it.'],
  ])('that fail say why: %j', async (extra, message) => {
    const { credentials } = await plugin(extra, clockAt(0))
    await expect(credentials.current()).rejects.toThrow(message)
  })

  test.each([
    [{ apiVersion: 'client.authentication.k8s.io/v1alpha1' }, 'exec.apiVersion must be one of'],
    [{ command: '' }, 'exec.command is missing'],
    [{ interactiveMode: 'Always' }, 'without a terminal'],
  ])('that cannot work are refused: %j', async (extra, message) => {
    await expect(plugin(extra, clockAt(0))).rejects.toThrow(message)
  })
})

describe('refusals name the place', () => {
  test.each([
    ['a: [', 'not YAML'],
    ['just text', 'not a kubeconfig'],
    ['{}', 'current-context is not set'],
    ['{"current-context": "c", "contexts": {}}', 'contexts must be a list'],
    ['{"current-context": "c", "contexts": [{}]}', 'contexts[0].name must be a string'],
    ['{"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k"}}]}', 'names cluster "k"'],
    [kubeconfig({ server: '' }, {}), 'server must be an http or https URL'],
    [kubeconfig({ server: 'ftp://x' }, {}), 'server must be an http or https URL'],
    [kubeconfig({ 'certificate-authority-data': 'ä' }, {}), 'certificate-authority-data is not base64'],
    [kubeconfig({}, { 'client-certificate-data': base64('x') }), 'must be given together'],
    [kubeconfig({}, { 'auth-provider': { name: 'gcp' } }), 'auth-provider was removed'],
    [kubeconfig({}, { 'as-groups': ['a'] }), 'need as'],
    [kubeconfig({}, { as: 'a', 'as-groups': 'b' }), 'users "u": as-groups must be a list of strings'],
    [
      kubeconfig({}, { as: 'a', 'as-user-extra': { x: 'y' } }),
      'as-user-extra must be an object whose values are lists',
    ],
    [kubeconfig({}, { token: 123 }), 'users "u": token must be a string'],
    [kubeconfig({ server: 443 }, {}), 'clusters "k": server must be a string'],
    [kubeconfig({ 'insecure-skip-tls-verify': 'yes' }, {}), 'insecure-skip-tls-verify must be true or false'],
    [kubeconfig({}, { exec: { command: ['sh'] } }), 'users "u": exec: command must be a string'],
    [kubeconfig({}, {}, { namespace: 1 }), 'contexts "c": namespace must be a string'],
    [kubeconfig({}, {}, { user: 'nobody' }), 'names user "nobody"'],
    [kubeconfig({}, { tokenFile: '/etc/passwd' }), 'files are not allowed here'],
    [kubeconfig({ 'certificate-authority': '/etc/ca' }, {}), 'files are not allowed here'],
    [kubeconfig({}, { exec: { command: 'sh' } }), 'exec is not allowed here'],
  ])('%s', async (text, message) => {
    await expect(loadKubeconfig({ text })).rejects.toMatchObject({
      name: 'KubeconfigError',
      message: expect.stringContaining(message) as unknown,
    })
  })

  test('no kubeconfig at all', async () => {
    await expect(loadKubeconfig()).rejects.toThrow('no kubeconfig')
    await expect(loadKubeconfig({ path: join(directory, 'none') })).rejects.toThrow('cannot be read')
  })
})
