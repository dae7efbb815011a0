import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

import { secrets, type Client, type Secret } from '@machinepool/kube'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'

import type { ConnectionTuning } from './cluster-connection.ts'
import { FakeApi } from './fake-api.test.support.ts'
import { createManager, createWorkloadClusters, type WorkloadClusters, type WorkloadClustersOptions } from './index.ts'

const key = { namespace: 'ns', name: 'east' }

/** A workload cluster over real HTTP: its version and its Nodes. */
class Workload {
  token = 'first'
  reachable = true
  readonly tokens = new Set<string>()
  readonly #streams = new Set<ServerResponse>()
  readonly #server = createServer((request, response) => {
    const token = (request.headers.authorization ?? '').replace('Bearer ', '')
    this.tokens.add(token)
    if (!this.reachable) {
      request.socket.destroy()
    } else if (token !== this.token) {
      response.writeHead(401).end()
    } else if (request.url === '/version') {
      response.end('{"major":"1"}')
    } else {
      this.#streams.add(response)
      this.send('ADDED', node('n1', '1'))
      this.#write('BOOKMARK', {
        metadata: { resourceVersion: '1', annotations: { 'k8s.io/initial-events-end': 'true' } },
      })
    }
  })

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  dropConnections(): void {
    this.#server.closeAllConnections()
  }

  send(type: string, object: object): void {
    this.#write(type, object)
  }

  kubeconfigSecret(token: string): Secret {
    const { port } = this.#server.address() as AddressInfo
    const text = JSON.stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      clusters: [{ name: 'k', cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: 'u', user: { token } }],
    })
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'ns', name: 'east-kubeconfig', labels: { 'cluster.x-k8s.io/cluster-name': 'east' } },
      data: { value: Buffer.from(text).toString('base64') },
    }
  }

  #write(type: string, object: object): void {
    for (const stream of this.#streams) stream.write(`${JSON.stringify({ type, object })}\n`)
  }
}

function node(name: string, version: string, extra: { heartbeat?: string; ready?: string } = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: name,
      resourceVersion: version,
      labels: { 'topology.kubernetes.io/zone': 'z', 'example.com/other': 'x' },
      managedFields: [{ manager: 'kubelet' }],
    },
    spec: { providerID: `aws:///z/${name}`, podCIDR: '10.0.0.0/24' },
    status: {
      conditions: [{ type: 'Ready', status: extra.ready ?? 'True', lastHeartbeatTime: extra.heartbeat ?? '0' }],
      images: [{ names: ['large'] }],
      nodeInfo: { kubeletVersion: 'v1.34.0', bootID: 'x' },
    },
  }
}

let workload: Workload
let api: FakeApi
let management: Client
let clusters: WorkloadClusters
let changes: string[]
let stop: AbortController
let ended: Promise<void>

beforeEach(async () => {
  workload = new Workload()
  await workload.start()
  api = new FakeApi()
  management = api.client()
  changes = []
})

afterEach(async () => {
  stop.abort()
  await ended
  await workload.stop()
})

function start(tuning: Partial<ConnectionTuning> = {}, options: Partial<WorkloadClustersOptions> = {}): void {
  const manager = createManager({ client: management, log: pino({ level: 'silent' }) })
  clusters = createWorkloadClusters({
    manager,
    tuning: { probeIntervalMs: 20, retryMs: 20, probeFailures: 2, probeTimeoutMs: 1000, ...tuning },
    reflector: { backoffMs: [1, 10] },
    ...options,
  })
  clusters.onChange(({ name }) => changes.push(clusters.get({ ...key, name }) === undefined ? 'lost' : 'connected'))
  stop = new AbortController()
  ended = manager.start(stop.signal)
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (condition()) return
    await delay(3)
  }
  throw new Error(`did not happen: ${what}`)
}

async function connected(): Promise<void> {
  await until(() => clusters.get(key) !== undefined, `connected, but: ${clusters.problem(key)}`)
}

test('connects once the Secret exists, and keeps slim Nodes by providerID', async () => {
  start({ retryMs: 60_000 })
  expect(clusters.get(key)).toBeUndefined()
  await until(() => clusters.problem(key)?.includes('does not exist yet') === true, 'the problem is known')
  await management.create(secrets, workload.kubeconfigSecret('first'))
  await connected()
  expect(clusters.problem(key)).toBeUndefined()
  expect(clusters.get(key)?.nodes.store.byIndex('providerID', 'aws:///z/n1')).toEqual([
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n1', uid: 'n1', resourceVersion: '1', labels: { 'topology.kubernetes.io/zone': 'z' } },
      spec: { providerID: 'aws:///z/n1' },
      status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: 'v1.34.0' } },
    },
  ])
  expect(changes).toEqual(['connected'])
})

test('heartbeats reach the store, but no handler', async () => {
  await management.create(secrets, workload.kubeconfigSecret('first'))
  start()
  await connected()
  const informer = clusters.get(key)?.nodes
  const versions: (string | undefined)[] = []
  informer?.onEvent(({ object }) => versions.push(object.metadata.resourceVersion))
  workload.send('MODIFIED', node('n1', '2', { heartbeat: '10' }))
  await until(() => informer?.store.get({ name: 'n1' })?.metadata.resourceVersion === '2', 'heartbeat stored')
  workload.send('MODIFIED', node('n1', '3', { ready: 'False' }))
  await until(() => versions.includes('3'), 'a real change')
  expect(versions).toEqual(['1', '3'])
})

test('a rotated token is taken over without a break', async () => {
  const secret = await management.create(secrets, workload.kubeconfigSecret('first'))
  start({ probeIntervalMs: 60_000 })
  await connected()
  const before = clusters.get(key)
  workload.token = 'second'
  await management.update(secrets, { ...workload.kubeconfigSecret('second'), metadata: secret.metadata })
  await until(() => workload.tokens.has('second'), 'the new token is in use')
  await clusters.get(key)?.client.request('GET', '/version')
  expect(clusters.get(key)).toBe(before)
  expect(changes).toEqual(['connected'])
})

test('another server in the Secret is connected anew', async () => {
  const secret = await management.create(secrets, workload.kubeconfigSecret('first'))
  const other = new Workload()
  await other.start()
  start({ probeIntervalMs: 60_000 })
  await connected()
  const before = clusters.get(key)
  await management.update(secrets, { ...other.kubeconfigSecret('first'), metadata: secret.metadata })
  await until(() => changes.length === 3, 'lost and connected')
  expect(changes).toEqual(['connected', 'lost', 'connected'])
  expect(clusters.get(key)).not.toBe(before)
  expect(other.tokens.size).toBe(1)
  await other.stop()
})

test('a cluster whose Secret is deleted is left at once, and found again when there is one', async () => {
  await management.create(secrets, workload.kubeconfigSecret('first'))
  start({ probeIntervalMs: 60_000 })
  await connected()
  await management.delete(secrets, { namespace: 'ns', name: 'east-kubeconfig' })
  await until(() => changes.at(-1) === 'lost', 'lost')
  expect(clusters.problem(key)).toContain('Secret ns/east-kubeconfig does not exist')
  await management.create(secrets, workload.kubeconfigSecret('first'))
  await until(() => changes.at(-1) === 'connected', 'connected again')
  expect(changes).toEqual(['connected', 'lost', 'connected'])
})

test('an unreachable cluster is lost after several probes, said so, and found again', async () => {
  await management.create(secrets, workload.kubeconfigSecret('first'))
  start()
  await connected()
  workload.reachable = false
  workload.dropConnections()
  await until(() => changes.at(-1) === 'lost', 'lost')
  expect(clusters.problem(key)).toMatch(/version/)
  workload.reachable = true
  await until(() => changes.at(-1) === 'connected', 'connected again')
})

test('an expired credential is replaced as soon as the Secret holds a new one', async () => {
  const secret = await management.create(secrets, workload.kubeconfigSecret('first'))
  start()
  await connected()
  workload.token = 'second'
  await until(() => changes.at(-1) === 'lost', 'lost')
  await management.update(secrets, { ...workload.kubeconfigSecret('second'), metadata: secret.metadata })
  await until(() => changes.at(-1) === 'connected', 'connected again')
  expect([...workload.tokens]).toEqual(['first', 'second'])
})

test('a kubeconfig that would run a command here is refused with a reason', async () => {
  const secret = workload.kubeconfigSecret('first')
  const text = JSON.stringify({
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    clusters: [{ name: 'k', cluster: { server: 'http://127.0.0.1:1' } }],
    users: [{ name: 'u', user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh' } } }],
  })
  await management.create(secrets, { ...secret, data: { value: Buffer.from(text).toString('base64') } })
  start()
  clusters.get(key)
  await until(() => clusters.problem(key) !== 'connecting', 'refused')
  expect(clusters.problem(key)).toContain(
    'Secret ns/east-kubeconfig: kubeconfig text: user "u": exec is not allowed here',
  )
})

test('one cluster that hangs does not delay another', async () => {
  await management.create(secrets, workload.kubeconfigSecret('first'))
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const hanging = workload.kubeconfigSecret('first')
  const text = Buffer.from(hanging.data?.['value'] ?? '', 'base64').toString()
  const elsewhere = text.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${(silent.address() as AddressInfo).port}`)
  hanging.metadata.name = 'west-kubeconfig'
  hanging.data = { value: Buffer.from(elsewhere).toString('base64') }
  await management.create(secrets, hanging)
  start({ probeTimeoutMs: 60_000 })
  clusters.get({ ...key, name: 'west' })
  await connected()
  expect(clusters.problem({ ...key, name: 'west' })).toBe('connecting')
  silent.closeAllConnections()
  silent.close()
})
