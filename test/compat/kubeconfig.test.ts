import { KubeConfig } from '@kubernetes/client-node'
import { loadKubeconfig } from '@machinepool/kube'
import { describe, expect, test } from 'vitest'

const base64 = (text: string) => Buffer.from(text).toString('base64')

interface Case {
  readonly cluster?: object
  readonly user?: object
  readonly context?: object
}

const cases: Record<string, Case> = {
  'a client certificate': {
    cluster: { 'certificate-authority-data': base64('CA') },
    user: { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
  },
  'a token': { user: { token: 'secret' } },
  'a name and a password': { user: { username: 'jane', password: 'p:w' } },
  'no verification': { cluster: { 'insecure-skip-tls-verify': true } },
  'another server name': { cluster: { 'tls-server-name': 'kubernetes.default' } },
  'a proxy': { cluster: { 'proxy-url': 'http://proxy.example:3128' } },
  'a namespace': { context: { namespace: 'team' } },
  impersonation: { user: { token: 'secret', as: 'jane' } },
  'a server with a path': { cluster: { server: 'https://rancher.example/k8s/clusters/c-1' } },
}

function kubeconfig({ cluster, user, context }: Case): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', ...context } }],
    clusters: [{ name: 'k', cluster: { server: 'https://example.test:6443', ...cluster } }],
    users: [{ name: 'u', user: { ...user } }],
  })
}

/** They hold PEM as bytes. */
function textOf(pem: unknown): string {
  return Buffer.isBuffer(pem) ? pem.toString('utf8') : ''
}

/** What a request would be made with, by the Kubernetes project's own client. */
async function theirs(text: string): Promise<object> {
  const config = new KubeConfig()
  config.loadFromString(text)
  const cluster = config.getCurrentCluster()
  const options: Record<string, unknown> & { headers: Record<string, string>; auth?: string } = { headers: {} }
  await config.applyToHTTPSOptions(options as never)
  return {
    server: cluster?.server,
    proxyUrl: cluster?.proxyUrl,
    insecure: options['rejectUnauthorized'] === false,
    serverName: options['servername'],
    ca: textOf(options['ca']),
    cert: textOf(options['cert']),
    key: textOf(options['key']),
    authorization:
      options.headers['Authorization'] ?? (options.auth === undefined ? undefined : `Basic ${base64(options.auth)}`),
    impersonate: options.headers['Impersonate-User'] ?? config.getCurrentUser()?.impersonateUser,
    namespace: config.getContextObject('c')?.namespace ?? 'default',
  }
}

async function ours(text: string): Promise<object> {
  const config = await loadKubeconfig({ text })
  const { authorization, clientCertificate, headers } = await config.credentials.current()
  return {
    server: config.server,
    proxyUrl: config.proxyUrl,
    insecure: config.insecureSkipTlsVerify === true,
    serverName: config.tlsServerName,
    ca: config.certificateAuthority ?? '',
    cert: clientCertificate?.certificate ?? '',
    key: clientCertificate?.key ?? '',
    authorization,
    impersonate: headers?.['Impersonate-User'],
    namespace: config.namespace,
  }
}

describe('a kubeconfig means the same as to @kubernetes/client-node', () => {
  test.each(Object.keys(cases))('%s', async (name) => {
    const text = kubeconfig(cases[name] ?? {})
    expect(await ours(text)).toEqual(await theirs(text))
  })
})
