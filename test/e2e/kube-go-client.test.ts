import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createApiServer, createSqliteStorage } from '@machinepool/apiserver'
import { createClient, leases, loadKubeconfig } from '@machinepool/kube'
import { createLeaderElector, systemClock } from '@machinepool/runtime'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startChosenServer, type ChosenServer } from './chosen-server.ts'
import { createCuttingProxy } from './cutting-proxy.ts'
import { buildGoClient, type GoClient } from './go-client.ts'
import { randomNumbers } from './random-numbers.ts'
import { createTestCertificate } from './test-certificate.ts'
import { widgetDefinition } from './widget-definition.ts'

let folder: string
let go: GoClient
let server: ChosenServer
let kubeconfig: string

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text, { mode: 0o600 })
  return path
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'go-client-'))
  go = await buildGoClient()
  server = await startChosenServer([widgetDefinition])
  kubeconfig = await fileOf('kubeconfig', server.kubeconfig())
  // The first compilation takes minutes; later ones find everything in Go's own cache.
}, 900_000)

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

test('a shared informer with resync, index and handler sees every change once', async () => {
  const facts = await go.start('informers', [], kubeconfig).done
  const left = ['later-0', 'later-1', 'later-2', 'present-2', 'present-3', 'present-4']
  expect(facts).toMatchObject({
    added: 8,
    initial: 5,
    updated: 1,
    deleted: 2,
    cached: left,
    selected: ['later-0', 'later-1'],
    indexed: ['later-0', 'later-1', 'later-2', 'present-4'],
  })
  expect((facts as { resynced: number }).resynced).toBeGreaterThanOrEqual(left.length)
})

test('server-side apply: conflicts, force, fields given up, extracted, and merged by key', async () => {
  expect(await go.start('apply', [], kubeconfig).done).toEqual({
    conflict: 'Apply failed with 1 conflict: conflict with "one": .data.a',
    conflictFields: ['.data.a'],
    forced: { a: '2', b: '1', c: '2' },
    extracted: { a: '2', c: '2' },
    givenUp: { a: '2' },
    podImage: 'web:2',
    podContainers: ['main', 'side'],
    podPhase: 'Running',
    podManagers: ['images Apply ', 'kubelet Apply status'],
    parts: expect.arrayContaining(['left', 'right']),
  })
})

describe('watch-list', () => {
  test('streams the first state instead of listing it', async () => {
    const environment = { KUBE_FEATURE_WatchListClient: 'true' }
    const facts = await go.start('watch-list', ['streamed'], kubeconfig, environment).done
    expect(facts).toEqual({ cached: 301, lists: 0, streams: 1, watches: 0 })
  })

  test('is not needed', async () => {
    const environment = { KUBE_FEATURE_WatchListClient: 'false' }
    const facts = await go.start('watch-list', ['listed'], kubeconfig, environment).done
    expect(facts).toEqual({ cached: 301, lists: 1, streams: 0, watches: 1 })
  })
})

test('a controller-runtime manager with leader election takes a custom resource through its life', async () => {
  expect(await go.start('controller', [String(server.collectsGarbage)], kubeconfig).done).toEqual({
    ready: true,
    sizes: [1, 2],
    generation: 2,
    restored: '2',
    finalized: 'first',
    collected: server.collectsGarbage,
  })
})

describe('leader election', () => {
  test('of two candidates of client-go the second begins after the first has ended', async () => {
    const facts = await go.start('handover', ['default'], kubeconfig).done
    expect(facts).toMatchObject({ order: ['begins', 'ends', 'begins', 'ends'], holder: '' })
  })

  test('client-go and this project compete for one Lease; a paused leader gives way and finds out', async () => {
    const client = createClient(await loadKubeconfig({ text: server.kubeconfig() }))
    const stop = new AbortController()
    const other = go.start('elect', ['kube-system', 'go'], kubeconfig)
    try {
      expect(await other.next('leading')).toBe('go')
      const began = Promise.withResolvers<void>()
      const elector = createLeaderElector({
        client,
        clock: systemClock,
        log: pino({ level: 'silent' }),
        namespace: 'kube-system',
        name: 'election',
        identity: 'node',
        leaseDurationMs: 3000,
        renewDeadlineMs: 2000,
        retryPeriodMs: 400,
      })
      const running = elector.run(stop.signal, async (leading) => {
        began.resolve()
        await new Promise((resolve) => leading.addEventListener('abort', resolve, { once: true }))
      })
      other.signal('SIGSTOP')
      await began.promise
      const taken = await client.get(leases, { namespace: 'kube-system', name: 'election' })
      expect(taken.spec).toMatchObject({ holderIdentity: 'node', leaseTransitions: 1 })
      other.signal('SIGCONT')
      expect(await other.next('stopped')).toBe('go')
      expect(await other.done).toBe('go')
      // Its end did not take the Lease from the new holder.
      expect(elector.isLeader()).toBe(true)
      // And the other way round: what is given back is free at once.
      const successor = go.start('elect', ['kube-system', 'again'], kubeconfig)
      expect(await successor.next('leader')).toBe('node')
      stop.abort()
      await running
      expect(await successor.next('leading')).toBe('again')
      successor.signal('SIGTERM')
      await successor.done
    } finally {
      other.signal('SIGCONT')
      other.signal('SIGTERM')
      stop.abort()
      await client.close()
    }
  })
})

test('informers lose nothing while connections break and the server restarts', async () => {
  const seed = 20
  const random = randomNumbers(seed)
  const certificate = await createTestCertificate({ names: ['127.0.0.1'] })
  const path = join(folder, 'soak.db')
  const open = (port: number) =>
    createApiServer({
      storage: createSqliteStorage({ path }),
      crds: [widgetDefinition],
      certificate,
      token: 'soak-token',
      port,
    })
  let soaked = await open(0)
  const port = Number(new URL(soaked.url).port)
  const proxy = await createCuttingProxy(port, () => 20_000 + random() * 180_000)
  const direct = await fileOf('direct', soaked.kubeconfig())
  const cut = await fileOf('cut', soaked.kubeconfig().replaceAll(soaked.url, `https://127.0.0.1:${proxy.port}`))
  try {
    const writes = 2000
    const soak = go.start('soak', [direct, String(writes), String(seed)], cut)
    await soak.next('half')
    await soaked.close()
    soaked = await open(port)
    const facts = (await soak.done) as Record<string, unknown>
    expect(facts).toMatchObject({ writes, violations: [], differing: [] })
    expect(facts['objects']).toBeGreaterThan(20)
    expect(facts['events']).toBeGreaterThan(writes / 2)
    expect(proxy.cuts).toBeGreaterThan(30)
  } finally {
    await proxy.close()
    await soaked.close()
  }
}, 60_000)
