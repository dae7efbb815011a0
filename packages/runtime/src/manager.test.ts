import { configMaps, secrets, type ConfigMap } from '@machinepool/kube'
import { pino, type Logger } from 'pino'
import { afterEach, describe, expect, test } from 'vitest'

import { FakeApi } from './fake-api.test.support.ts'
import {
  createManager,
  LeadershipLostError,
  TerminalError,
  type Manager,
  type ManagerOptions,
  type Reconcile,
} from './index.ts'
import { createManualClock } from '@machinepool/kube/testing'

function configMap(name: string, labels: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'ns', name, labels } }
}

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

interface Running {
  readonly manager: Manager
  readonly stop: AbortController
  readonly ended: Promise<unknown>
}

/** A manager with one controller of ConfigMaps. */
function start(api: FakeApi, reconcile: Reconcile, options: Partial<ManagerOptions> = {}, concurrency = 10): Running {
  const manager = createManager({ client: api.client(), log: pino({ level: 'silent' }), ...options })
  manager.addController({ name: 'maps', reconcile, concurrency, watches: [{ resource: configMaps }], timeoutMs: 1000 })
  return run(manager)
}

function run(manager: Manager): Running {
  const stop = new AbortController()
  const ended = manager.start(stop.signal).catch((error: unknown) => error)
  stops.push(() => {
    stop.abort()
    return ended
  })
  return { manager, stop, ended }
}

/** Resolves when it was called so many times. */
function calls(count: number): { readonly called: () => void; readonly reached: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let left = count
  return { reached: promise, called: () => --left === 0 && resolve() }
}

function logLines(): { readonly log: Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  const log = pino(
    { level: 'info' },
    { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  )
  return { log, lines }
}

describe('a controller', () => {
  test('reconciles what is there and what happens, with its identity in the log', async () => {
    const api = new FakeApi()
    await api.client().create(configMaps, configMap('first'))
    const { log, lines } = logLines()
    const { called, reached } = calls(2)
    const seen: string[] = []
    start(
      api,
      async ({ namespace, name }, context) => {
        seen.push(`${namespace}/${name}`)
        context.log.info('working')
        called()
        if (name === 'first') await api.client().create(configMaps, configMap('second'))
        return undefined
      },
      { log },
    )
    await reached
    expect(seen).toEqual(['ns/first', 'ns/second'])
    const [line] = lines.filter(({ msg }) => msg === 'working')
    expect(line).toMatchObject({
      controller: 'maps',
      controllerGroup: '',
      controllerKind: 'ConfigMap',
      ConfigMap: { namespace: 'ns', name: 'first' },
      namespace: 'ns',
      name: 'first',
    })
    expect(line?.['reconcileID']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('never works on one object twice at the same time, and no more than its concurrency', async () => {
    const api = new FakeApi()
    for (const name of ['a', 'b', 'c', 'd', 'e']) await api.client().create(configMaps, configMap(name))
    const working = new Set<string>()
    let most = 0
    let overlap = false
    const { called, reached } = calls(10)
    const { manager } = start(
      api,
      async ({ name }) => {
        overlap ||= working.has(name)
        working.add(name)
        most = Math.max(most, working.size)
        await new Promise(setImmediate)
        working.delete(name)
        called()
        return { requeueAfterMs: 0 }
      },
      {},
      2,
    )
    await reached
    expect([overlap, most]).toEqual([false, 2])
    expect(await manager.metrics.getSingleMetricAsString('controller_runtime_max_concurrent_reconciles')).toContain(
      'controller="maps"} 2',
    )
  })

  test('an exception, thrown or rejected, is that item’s error: backoff for it, nothing for the others', async () => {
    const api = new FakeApi()
    const clock = createManualClock()
    for (const name of ['bad', 'good', 'final']) await api.client().create(configMaps, configMap(name))
    const times: number[] = []
    const { called, reached } = calls(3)
    const seen: string[] = []
    const { manager } = start(
      api,
      ({ name }) => {
        seen.push(name)
        called()
        if (name === 'bad') {
          times.push(clock.now())
          throw times.length === 1 ? new TypeError('oops') : new Error('oops')
        }
        return name === 'final' ? Promise.reject(new TerminalError('never')) : Promise.resolve(undefined)
      },
      { clock },
    )
    await reached
    await clock.advance(100)
    const [begin = 0] = times
    expect(times.map((time) => time - begin)).toEqual([0, 5, 15, 35, 75])
    expect(seen.filter((name) => name !== 'bad').toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['final', 'good'])
    const metrics = await manager.metrics.metrics()
    expect(metrics).toContain('controller_runtime_reconcile_total{controller="maps",result="error"} 6')
    expect(metrics).toContain('controller_runtime_reconcile_panics_total{controller="maps"} 1')
    expect(metrics).toContain('controller_runtime_terminal_reconcile_errors_total{controller="maps"} 1')
    expect(metrics).toContain('workqueue_retries_total{name="maps",controller="maps"} 5')
  })

  test('comes back when the result says so', async () => {
    const api = new FakeApi()
    const clock = createManualClock()
    await api.client().create(configMaps, configMap('a'))
    const times: number[] = []
    const { called, reached } = calls(1)
    start(
      api,
      () => {
        times.push(clock.now())
        called()
        return Promise.resolve({ requeueAfterMs: 30_000 })
      },
      { clock },
    )
    await reached
    await clock.advance(60_000)
    const [begin = 0] = times
    expect(times.map((time) => time - begin)).toEqual([0, 30_000, 60_000])
  })

  test('looks at every object again within the sync period, not all at once, behind what happens now', async () => {
    const api = new FakeApi()
    const clock = createManualClock(0)
    const names = ['a', 'b', 'c', 'd', 'e']
    for (const name of names) await api.client().create(configMaps, configMap(name))
    const looks = new Map<string, number[]>(names.map((name) => [name, []]))
    const { called, reached } = calls(names.length)
    start(
      api,
      ({ name }) => {
        looks.get(name)?.push(clock.now())
        called()
        return Promise.resolve(undefined)
      },
      { clock, syncPeriodMs: 600_000 },
    )
    await reached
    await clock.advance(3_600_000)
    for (const times of looks.values()) {
      const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
      expect(pauses.length).toBeGreaterThanOrEqual(6)
      expect(Math.max(...pauses)).toBeLessThanOrEqual(600_000)
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(480_000)
    }
    expect(new Set([...looks.values()].map((times) => times[1])).size).toBe(names.length)
  })

  test('shows what waits and what is being worked on in its metrics', async () => {
    const api = new FakeApi()
    for (const name of ['a', 'b', 'c']) await api.client().create(configMaps, configMap(name))
    const { called, reached } = calls(2)
    const release = Promise.withResolvers<undefined>()
    const { manager } = start(
      api,
      () => {
        called()
        return release.promise
      },
      {},
      2,
    )
    await reached
    const value = async (name: string) => {
      const text = await manager.metrics.getSingleMetricAsString(name)
      return Number(/\{name="maps",controller="maps"\} (.*)/.exec(text)?.[1])
    }
    const depth = await manager.metrics.getSingleMetricAsString('workqueue_depth')
    expect(depth).toContain('workqueue_depth{name="maps",controller="maps",priority="0"} 0')
    expect(depth).toContain('workqueue_depth{name="maps",controller="maps",priority="-100"} 1')
    const [all, longest] = await Promise.all([
      value('workqueue_unfinished_work_seconds'),
      value('workqueue_longest_running_processor_seconds'),
    ])
    expect(longest).toBeGreaterThan(0)
    expect(all).toBeGreaterThan(longest)
    release.resolve(undefined)
  })

  test('is told to stop when its time is up', async () => {
    const api = new FakeApi()
    const clock = createManualClock()
    await api.client().create(configMaps, configMap('a'))
    const { called, reached } = calls(1)
    const signals: AbortSignal[] = []
    const { manager } = start(
      api,
      async (_request, { signal }) => {
        signals.push(signal)
        called()
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        signal.throwIfAborted()
        return undefined
      },
      { clock },
    )
    await reached
    expect(signals[0]?.aborted).toBe(false)
    await clock.advance(1000)
    expect(signals[0]?.aborted).toBe(true)
    expect(await manager.metrics.metrics()).toContain(
      'controller_runtime_reconcile_timeouts_total{controller="maps"} 1',
    )
  })

  test('leaves objects of other shards alone, also when another kind asks for them', async () => {
    const api = new FakeApi()
    const client = api.client()
    await client.create(configMaps, configMap('mine', { 'cluster.x-k8s.io/watch-filter': 'east' }))
    await client.create(configMaps, configMap('other', { 'cluster.x-k8s.io/watch-filter': 'west' }))
    const manager = createManager({ client, log: pino({ level: 'silent' }), watchFilter: 'east' })
    const seen: string[] = []
    const [first, second] = [calls(1), calls(2)]
    manager.addController({
      name: 'maps',
      reconcile: ({ name }) => {
        seen.push(name)
        first.called()
        second.called()
        return Promise.resolve(undefined)
      },
      watches: [
        { resource: configMaps },
        {
          resource: secrets,
          map: () => [
            { namespace: 'ns', name: 'other' },
            { namespace: 'ns', name: 'mine' },
          ],
        },
      ],
    })
    run(manager)
    await first.reached
    await client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'ns', name: 's' } })
    await second.reached
    expect(seen).toEqual(['mine', 'mine'])
  })
})

describe('stopping', () => {
  test('lets reconciles end', async () => {
    const api = new FakeApi()
    await api.client().create(configMaps, configMap('a'))
    const { called, reached } = calls(1)
    const release = Promise.withResolvers<void>()
    let finished = false
    const { stop, ended } = start(api, async () => {
      called()
      await release.promise
      finished = true
      return undefined
    })
    await reached
    stop.abort()
    await new Promise(setImmediate)
    expect(finished).toBe(false)
    release.resolve()
    expect(await ended).toBeUndefined()
    expect(finished).toBe(true)
  })

  test('cancels those that are still there when the grace period ends', async () => {
    const api = new FakeApi()
    await api.client().create(configMaps, configMap('a'))
    const { called, reached } = calls(1)
    let cancelled = false
    const { stop, ended } = start(
      api,
      async (_request, { signal }) => {
        called()
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        cancelled = true
        return undefined
      },
      { gracePeriodMs: 10 },
    )
    await reached
    stop.abort()
    expect(await ended).toBeUndefined()
    expect(cancelled).toBe(true)
  })

  test('a runnable that fails stops everything and is the reason', async () => {
    const api = new FakeApi()
    const manager = createManager({ client: api.client(), log: pino({ level: 'silent' }) })
    manager.addRunnable({ name: 'bad', run: () => Promise.reject(new Error('broken')) })
    expect(await run(manager).ended).toMatchObject({ message: 'broken' })
  })

  test('a manager that loses the lease cancels its work and rejects; its writes fail', async () => {
    const api = new FakeApi()
    const clock = createManualClock()
    await api.client().create(configMaps, configMap('a'))
    let down = false
    const { called, reached } = calls(1)
    let write: unknown
    const manager = createManager({
      client: api.client((_verb, plural) => {
        if (down && plural === 'leases') throw new Error('connection refused')
      }),
      log: pino({ level: 'silent' }),
      clock,
      leaderElection: { namespace: 'ns', name: 'lock', identity: 'a' },
    })
    manager.addController({
      name: 'maps',
      watches: [{ resource: configMaps }],
      timeoutMs: 600_000,
      async reconcile(_request, { signal }) {
        called()
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        write = await manager.client.create(configMaps, configMap('late')).catch((error: unknown) => error)
        return undefined
      },
    })
    const { ended } = run(manager)
    await reached
    expect(manager.isLeader()).toBe(true)
    down = true
    await clock.advance(20_000)
    expect(await ended).toBeInstanceOf(LeadershipLostError)
    expect(write).toBeInstanceOf(LeadershipLostError)
    const told = [...api.objects.values()].filter(({ kind }) => kind === 'Event')
    expect(told).toMatchObject([
      { reason: 'LeaderElection', message: 'a became leader', involvedObject: { kind: 'Lease', name: 'lock' } },
      { reason: 'LeaderElection', message: 'a stopped leading' },
    ])
  })
})

async function get(url: string): Promise<[status: number, body: string]> {
  const response = await fetch(url, { headers: { connection: 'close' } })
  return [response.status, await response.text()]
}

test('health, readiness and metrics are served', async () => {
  const api = new FakeApi()
  const address = '127.0.0.1:0'
  const manager = createManager({
    client: api.client(),
    log: pino({ level: 'silent' }),
    servers: { metricsBindAddress: address, healthProbeBindAddress: address },
  })
  manager.addHealthCheck('readyz', 'cloud', () => {
    throw new Error('secret detail')
  })
  const started = Promise.withResolvers<void>()
  manager.addRunnable({ name: 'tell', run: () => Promise.resolve(started.resolve()) })
  run(manager)
  await started.promise
  const { health = '', metrics = '' } = manager.endpoints
  expect(await get(`${health}/healthz`)).toEqual([200, 'ok'])
  expect(await get(`${health}/readyz`)).toEqual([
    500,
    '[+]ping ok\n[-]cloud failed: reason withheld\nreadyz check failed\n',
  ])
  expect(await get(`${health}/readyz?exclude=cloud&verbose`)).toEqual([200, '[+]ping ok\nreadyz check passed\n'])
  expect(await get(`${health}/readyz/cloud`)).toMatchObject([500, expect.any(String)])
  expect(await get(`${health}/nothing`)).toMatchObject([404, expect.any(String)])
  expect(await get(`${metrics}/metrics`)).toMatchObject([200, expect.stringContaining('workqueue_depth')])
})

test('metrics have controller-runtime’s names, and are there before anything has happened', async () => {
  const { manager } = start(new FakeApi(), () => Promise.resolve(undefined))
  const text = await manager.metrics.metrics()
  const names = text.split('\n').flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? [])
  expect(names).toEqual(
    expect.arrayContaining([
      'controller_runtime_active_workers',
      'controller_runtime_max_concurrent_reconciles',
      'controller_runtime_reconcile_errors_total',
      'controller_runtime_reconcile_panics_total',
      'controller_runtime_reconcile_time_seconds',
      'controller_runtime_reconcile_timeouts_total',
      'controller_runtime_reconcile_total',
      'controller_runtime_terminal_reconcile_errors_total',
      'leader_election_master_status',
      'workqueue_adds_total',
      'workqueue_depth',
      'workqueue_longest_running_processor_seconds',
      'workqueue_queue_duration_seconds',
      'workqueue_retries_total',
      'workqueue_unfinished_work_seconds',
      'workqueue_work_duration_seconds',
      'process_cpu_seconds_total',
    ]),
  )
  for (const result of ['success', 'error', 'requeue', 'requeue_after']) {
    expect(text).toContain(`controller_runtime_reconcile_total{controller="maps",result="${result}"} 0`)
  }
  expect(text).toContain('controller_runtime_reconcile_errors_total{controller="maps"} 0')
})

test('a sync period of nothing is refused', () => {
  expect(() => createManager({ client: new FakeApi().client(), syncPeriodMs: 0 })).toThrow(
    'syncPeriodMs must be greater',
  )
})

test.each(['8080', ':99999', 'localhost:'])('the address %s is refused', async (metricsBindAddress) => {
  const manager = createManager({
    client: new FakeApi().client(),
    log: pino({ level: 'silent' }),
    servers: { metricsBindAddress },
  })
  await expect(manager.start(new AbortController().signal)).rejects.toThrow('is no address')
})
