import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { configMaps, createClient, leases, loadKubeconfig, type Client } from '@machinepool/kube'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder: string
let server: ApiServer
let client: Client

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leaders-'))
  server = await createApiServer()
  await writeFile(join(folder, 'kubeconfig'), server.kubeconfig())
  client = createClient(await loadKubeconfig({ text: server.kubeconfig() }))
})

afterAll(async () => {
  await client.close()
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

function start(identity: string): ChildProcess {
  return fork(new URL('leader-process.ts', import.meta.url), [join(folder, 'kubeconfig'), identity], {
    execArgv: ['--conditions=@machinepool/source'],
    stdio: 'inherit',
  })
}

/** Who has signed, in the server's order. */
interface Signatures {
  readonly signers: string[]
  /** Resolves when this one has signed so many times. */
  readonly reached: (identity: string, count: number) => Promise<void>
}

function follow(signal: AbortSignal): Signatures {
  const signers: string[] = []
  let wake = Promise.withResolvers<void>()
  void (async () => {
    for await (const event of client.watch(configMaps, { namespace: 'default', resourceVersion: '0', signal })) {
      if (event.type === 'ADDED') {
        signers.push(event.object.metadata.labels?.['signer'] ?? '')
        wake.resolve()
        wake = Promise.withResolvers()
      }
    }
  })()
  return {
    signers,
    async reached(identity, count) {
      while (signers.filter((signer) => signer === identity).length < count) await wake.promise
    },
  }
}

test('of two processes one acts; the other takes over from a paused one, which never acts again', async () => {
  const end = new AbortController()
  const { signers, reached } = follow(end.signal)
  const one = start('one')
  await reached('one', 3)
  const two = start('two')
  try {
    await reached('one', 6)
    // Between two signatures: none is on its way, and the next is due as soon as it goes on.
    await once(one, 'message')
    one.kill('SIGSTOP')
    await reached('two', 3)
    const ended = once(one, 'exit')
    one.kill('SIGCONT')
    expect(await ended).toEqual([3, null])
    await reached('two', 6)
    const firstOfTwo = signers.indexOf('two')
    expect(signers.slice(0, firstOfTwo).every((signer) => signer === 'one')).toBe(true)
    expect(signers.slice(firstOfTwo).every((signer) => signer === 'two')).toBe(true)

    const stopped = once(two, 'exit')
    two.kill('SIGTERM')
    expect(await stopped).toEqual([0, null])
    const lease = await client.get(leases, { namespace: 'default', name: 'signers' })
    expect(lease.spec).toMatchObject({ holderIdentity: '', leaseTransitions: 1 })
  } finally {
    end.abort()
    for (const child of [one, two]) child.kill('SIGKILL')
  }
}, 120_000)
