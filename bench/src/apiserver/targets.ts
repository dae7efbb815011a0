import { fork, spawn, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Agent } from 'undici'

import { call, type Target } from './load.ts'

const connections = { connections: 200, pipelining: 1 }

function rssOf(children: readonly ChildProcess[]): number {
  return children.reduce((total, { pid }) => {
    const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
    return total + Number(kibibytes) * 1024
  }, 0)
}

async function end(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children.toReversed()) {
    if (child.exitCode !== null) continue
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
}

/** The embedded server in its own process. */
export async function startEmbedded(storage: 'memory' | 'sqlite'): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const child = fork(
    new URL('embedded-server.ts', import.meta.url),
    storage === 'sqlite' ? [join(folder, 'state.db')] : [],
    { execArgv: ['--conditions=@machinepool/source'], stdio: ['ignore', 2, 2, 'ipc'] },
  )
  const [{ url, token, ca }] = (await once(child, 'message')) as [{ url: string; token: string; ca: string }]
  const agent = new Agent({ connect: { ca }, ...connections })
  return {
    name: `embedded (${storage})`,
    url,
    token,
    agent,
    rss: () => rssOf([child]),
    async close() {
      await agent.destroy()
      await end([child])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** kube-apiserver with etcd; undefined when the programs are not in the folder. */
export async function startReal(assets: string): Promise<Target | undefined> {
  if (!existsSync(join(assets, 'kube-apiserver')) || !existsSync(join(assets, 'etcd'))) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const [clientPort, peerPort, port] = [await freePort(), await freePort(), await freePort()]
  const client = `http://127.0.0.1:${clientPort}`
  const peer = `http://127.0.0.1:${peerPort}`
  const key = join(folder, 'key')
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeFile(key, pair.privateKey.export({ type: 'pkcs1', format: 'pem' }))
  await writeFile(join(folder, 'tokens.csv'), 'bench,admin,admin,system:masters\n')
  const run = (program: string, args: readonly string[]) => spawn(join(assets, program), args, { stdio: 'ignore' })
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
      '--disable-admission-plugins=ServiceAccount',
      '--max-requests-inflight=0',
      '--max-mutating-requests-inflight=0',
      '--enable-priority-and-fairness=false',
    ]),
  ]
  const target: Target = {
    name: 'kube-apiserver and etcd',
    url: `https://127.0.0.1:${port}`,
    token: 'bench',
    // Its certificate is made at start and names only itself.
    agent: new Agent({ connect: { rejectUnauthorized: false }, ...connections }),
    rss: () => rssOf(children),
    async close() {
      await target.agent.destroy()
      await end(children)
      await rm(folder, { recursive: true, force: true })
    },
  }
  await untilReady(target)
  return target
}

async function untilReady(target: Target): Promise<void> {
  for (let attempt = 0; attempt < 240; attempt += 1) {
    try {
      await call(target, 'GET', '/readyz')
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
  await target.close()
  throw new Error('kube-apiserver was not ready after a minute')
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
