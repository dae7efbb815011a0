import { spawn, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createApiServer } from '@machinepool/apiserver'
import { Agent } from 'undici'

/** A running API server of either sort. */
export interface Server {
  readonly name: string
  readonly url: string
  readonly token: string
  readonly agent: Agent
  /** For kubectl, YAML. */
  readonly kubeconfig: string
  /** PEM of what its certificate is verified with. */
  readonly certificateAuthority: string
  close(): Promise<void>
}

export async function startEmbedded(): Promise<Server> {
  const server = await createApiServer({ log: (error, request) => console.error(request, error) })
  const agent = new Agent({ connect: { ca: server.certificateAuthority } })
  return {
    name: 'embedded',
    url: server.url,
    token: server.token,
    agent,
    kubeconfig: server.kubeconfig(),
    certificateAuthority: server.certificateAuthority,
    async close() {
      await agent.destroy()
      await server.close()
    },
  }
}

/** @throws Error when the programs do not become ready in a minute. */
export async function startReal(assets: string): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'oracle-'))
  const [clientPort, peerPort, port] = [await freePort(), await freePort(), await freePort()]
  const client = `http://127.0.0.1:${clientPort}`
  const peer = `http://127.0.0.1:${peerPort}`
  const key = join(folder, 'service-account.key')
  await writeFile(
    key,
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }),
  )
  await writeFile(join(folder, 'tokens.csv'), 'oracle,admin,admin,system:masters\n')
  const run = (program: string, args: readonly string[]) =>
    spawn(join(assets, program), args, { stdio: ['ignore', 'ignore', 'ignore'] })
  const children = [
    run('etcd', [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync',
    ]),
    run('kube-apiserver', [
      `--etcd-servers=${client}`,
      `--cert-dir=${join(folder, 'certs')}`,
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--authorization-mode=AlwaysAllow',
      `--token-auth-file=${join(folder, 'tokens.csv')}`,
      '--disable-admission-plugins=ServiceAccount,DefaultTolerationSeconds,Priority',
    ]),
  ]
  const certificate = join(folder, 'certs', 'apiserver.crt')
  const server = {
    name: 'kube-apiserver',
    url: `https://127.0.0.1:${port}`,
    token: 'oracle',
    // Its certificate is made at start and names only itself.
    agent: new Agent({ connect: { rejectUnauthorized: false } }),
    kubeconfig: insecureKubeconfig(`https://127.0.0.1:${port}`, 'oracle'),
    certificateAuthority: '',
    async close() {
      await server.agent.destroy()
      for (const child of children.toReversed()) await ended(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
  await untilReady(server)
  // Its own certificate, followed by that of the authority which it made for it.
  return { ...server, certificateAuthority: await readFile(certificate, 'utf8') }
}

function insecureKubeconfig(server: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'oracle', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'oracle', user: { token } }],
    contexts: [{ name: 'oracle', context: { cluster: 'oracle', user: 'oracle' } }],
    'current-context': 'oracle',
  })
}

async function untilReady(server: Server): Promise<void> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    try {
      const { statusCode, body } = await server.agent.request({
        origin: server.url,
        path: '/readyz',
        method: 'GET',
        headers: { authorization: `Bearer ${server.token}` },
      })
      await body.dump()
      if (statusCode === 200) return
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  await server.close()
  throw new Error('kube-apiserver was not ready after a minute')
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
