import {
  ApiError,
  configMaps,
  createClient,
  events,
  isAlreadyExists,
  isConflict,
  isNotFound,
  loadKubeconfig,
  namespaces,
  nodes,
  pods,
  secrets,
  type Client,
  type ConfigMap,
  type KubeObject,
  type Resource,
  type StoreEvent,
} from '@machinepool/kube'
import { createCache, createManager, type Informer, type RunnableCache } from '@machinepool/runtime'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startChosenServer, type ChosenServer } from './chosen-server.ts'
import { createCuttingProxy } from './cutting-proxy.ts'
import { eventually } from './eventually.ts'
import { randomNumbers } from './random-numbers.ts'
import { widgetDefinition } from './widget-definition.ts'

interface Widget extends KubeObject {
  spec: { size: number; parts?: { name: string; count?: number }[] }
  status?: { observedSize?: number }
}

const widgets: Resource<Widget> = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
}

const log = pino({ level: 'silent' })
let server: ChosenServer
let client: Client

beforeAll(async () => {
  server = await startChosenServer([widgetDefinition])
  client = createClient(await loadKubeconfig({ text: server.kubeconfig() }), { fieldManager: 'test' })
}, 90_000)

afterAll(async () => {
  await client.close()
  await server.close()
})

async function createNamespace(name: string): Promise<string> {
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  return name
}

function configMap(namespace: string, name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data }
}

async function failure(call: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await call.catch((reason: unknown) => reason)
  if (!(error instanceof ApiError)) throw new Error('expected an ApiError', { cause: error })
  return error
}

function taint(key: string) {
  return { key, effect: 'NoSchedule' }
}

describe('the client', () => {
  test('writes with optimistic locking, and knows the refusals apart', async () => {
    const namespace = await createNamespace('client')
    const created = await client.create(configMaps, configMap(namespace, 'a', { x: '1' }))
    expect(isAlreadyExists(await failure(client.create(configMaps, configMap(namespace, 'a'))))).toBe(true)
    const updated = await client.update(configMaps, { ...created, data: { x: '2' } })
    expect(updated.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion)
    expect(isConflict(await failure(client.update(configMaps, { ...created, data: { x: '3' } })))).toBe(true)
    const key = { namespace, name: 'a' }
    const stale = { uid: 'other', resourceVersion: created.metadata.resourceVersion ?? '' }
    expect((await failure(client.delete(configMaps, key, { preconditions: stale }))).code).toBe(409)
    await client.delete(configMaps, key, { dryRun: true })
    await client.delete(configMaps, key, { preconditions: { uid: created.metadata.uid ?? '' } })
    expect(isNotFound(await failure(client.get(configMaps, key)))).toBe(true)
    const named = await client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, generateName: 'some-' },
    })
    expect(named.metadata.name).toMatch(/^some-\w{5}$/)
  })

  test('patches in four ways', async () => {
    const namespace = await createNamespace('patches')
    const key = { namespace, name: 'a' }
    await client.create(widgets, {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { ...key, labels: { a: '1' } },
      spec: { size: 1, parts: [{ name: 'left', count: 1 }] },
    })
    const merged = await client.patch(widgets, key, { type: 'merge', body: { metadata: { labels: { b: '2' } } } })
    expect(merged.metadata.labels).toEqual({ a: '1', b: '2' })
    const replaced = await client.patch(widgets, key, {
      type: 'json',
      body: [
        { op: 'test', path: '/spec/size', value: 1 },
        { op: 'replace', path: '/spec/size', value: 2 },
      ],
    })
    expect([replaced.spec.size, replaced.metadata.generation]).toEqual([2, 2])
    const apply = (size: number, fieldManager: string, force = false) =>
      client.patch(
        widgets,
        key,
        {
          type: 'apply',
          force,
          body: { apiVersion: 'example.com/v1', kind: 'Widget', spec: { size, parts: [{ name: fieldManager }] } },
        },
        { fieldManager },
      )
    const conflict = await failure(apply(3, 'applier'))
    expect(conflict.status).toMatchObject({
      code: 409,
      reason: 'Conflict',
      details: { causes: [{ field: '.spec.size' }] },
    })
    const applied = await apply(3, 'applier', true)
    expect(applied.spec.parts?.map(({ name }) => name)).toEqual(['left', 'applier'])
    const status = await client.patch(
      widgets,
      key,
      { type: 'merge', body: { spec: { size: 99 }, status: { observedSize: 3 } } },
      { subresource: 'status' },
    )
    expect([status.spec.size, status.status?.observedSize]).toEqual([3, 3])
    await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'patched' } })
    await client.patch(nodes, { name: 'patched' }, { type: 'strategic', body: { spec: { taints: [taint('one')] } } })
    const node = await client.patch(
      nodes,
      { name: 'patched' },
      { type: 'strategic', body: { metadata: { labels: { a: '1' } }, spec: { unschedulable: true } } },
    )
    expect(node.spec).toMatchObject({ unschedulable: true, taints: expect.arrayContaining([taint('one')]) })
    const wrong = { type: 'merge', body: { spec: { size: 'large' } } } as const
    expect(await failure(client.patch(widgets, key, wrong))).toMatchObject({ code: 422, reason: 'Invalid' })
  })

  test('lists in pages, also item by item, and evicts', async () => {
    const namespace = await createNamespace('lists')
    for (let index = 0; index < 7; index++) await client.create(configMaps, configMap(namespace, `map-${index}`))
    const own = { namespace, fieldSelector: 'metadata.name!=kube-root-ca.crt' }
    const first = await client.list(configMaps, { namespace, limit: 3 })
    expect(first.items).toHaveLength(3)
    const rest = await client.list(configMaps, { namespace, limit: 500, continue: first.continue ?? '' })
    expect(rest.resourceVersion).toBe(first.resourceVersion)
    const taken: string[] = []
    const listed = await client.list(configMaps, {
      ...own,
      onItem: ({ kind, metadata }) => void taken.push(`${kind} ${metadata.name}`),
    })
    expect(listed.items).toEqual([])
    expect(taken).toEqual(Array.from({ length: 7 }, (_, index) => `ConfigMap map-${index}`))

    const pod = { namespace, name: 'web' }
    const container = { name: 'main', image: 'web' }
    await client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: pod,
      spec: { containers: [container] },
    } as never)
    await client.createSubresource(pods, pod, 'eviction', {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: pod,
      deleteOptions: { gracePeriodSeconds: 0 },
    })
    await eventually(async () => expect(isNotFound(await failure(client.get(pods, pod)))).toBe(true))
  })
})

/** Checks that what an informer tells about each object is a possible history, and keeps what it was told. */
function witness<T extends KubeObject>(
  informer: Informer<T>,
): { readonly wrong: string[]; readonly told: Map<string, string> } {
  const told = new Map<string, string>()
  const wrong: string[] = []
  informer.onEvent(({ type, object }: StoreEvent<T>) => {
    const { name = '', resourceVersion = '' } = object.metadata
    const last = told.get(name)
    if ((last === undefined) !== (type === 'added')) wrong.push(`${type} ${name} after ${last}`)
    if (last !== undefined && Number(resourceVersion) < Number(last)) wrong.push(`${name} goes back from ${last}`)
    if (type === 'updated' && resourceVersion === last) wrong.push(`${name}@${last} is told twice`)
    if (type === 'deleted') told.delete(name)
    else told.set(name, resourceVersion)
  })
  return { wrong, told }
}

async function present(resource: Resource<KubeObject>, namespace: string): Promise<Map<string, string>> {
  const { items } = await client.list(resource, { namespace })
  return new Map(items.map(({ metadata }) => [metadata.name ?? '', metadata.resourceVersion ?? '']))
}

describe('informers', () => {
  test.each([
    { how: 'streamed', streamedList: true },
    { how: 'paged', streamedList: false },
  ])('of a state that is $how, over watches that end every second', async ({ how, streamedList }) => {
    const namespace = await createNamespace(`informers-${how}`)
    for (let index = 0; index < 25; index++) await client.create(configMaps, configMap(namespace, `map-${index}`))
    const requests = { count: 0 }
    const own = createClient(await loadKubeconfig({ text: server.kubeconfig() }), { onRequest: () => requests.count++ })
    const cache = createCache({
      client: own,
      log,
      namespace,
      tuning: { streamedList, pageSize: 10, watchSeconds: [1, 1] },
    })
    const informer = cache.informer(configMaps)
    const { wrong, told } = witness(informer)
    const stop = new AbortController()
    const running = cache.run(stop.signal)
    await informer.synced
    // Until two watches have ended and been begun again.
    const enough = requests.count + 2
    for (let round = 0; requests.count < enough; round++) {
      const name = `map-${round % 25}`
      if (round % 3 === 0) {
        await client.delete(configMaps, { namespace, name }).catch(() => undefined)
      } else {
        const body = configMap(namespace, name, { round: String(round) })
        await client.patch(configMaps, { namespace, name }, { type: 'apply', body, force: true })
      }
    }
    const expected = await present(configMaps, namespace)
    await eventually(() => expect(told).toEqual(expected))
    expect(wrong).toEqual([])
    expect(new Set(informer.store.list().map(({ metadata }) => metadata.name))).toEqual(new Set(expected.keys()))
    stop.abort()
    await running
    await own.close()
  })

  test('lose nothing and repeat nothing while connections break in the middle of events', async () => {
    const namespace = await createNamespace('cut')
    const random = randomNumbers(7)
    const proxy = await createCuttingProxy(Number(new URL(server.url).port), () => 20_000 + random() * 80_000)
    const text = server.kubeconfig().replaceAll(server.url, `https://127.0.0.1:${proxy.port}`)
    const kinds = [configMaps, secrets, widgets] as readonly Resource<KubeObject>[]
    const stop = new AbortController()
    const running: Promise<void>[] = []
    const clients: Client[] = []
    const watched: {
      readonly resource: Resource<KubeObject>
      readonly seen: ReturnType<typeof witness>
      readonly cache: RunnableCache
    }[] = []
    try {
      for (const resource of kinds) {
        const own = createClient(await loadKubeconfig({ text }))
        clients.push(own)
        // Quick to come back, so that much of it happens in little time.
        const cache = createCache({ client: own, log, namespace, tuning: { backoffMs: [1, 50] } })
        watched.push({ resource, cache, seen: witness(cache.informer(resource)) })
        running.push(cache.run(stop.signal))
      }
      await Promise.all(watched.map(({ cache }) => cache.synced()))
      const padding = 'x'.repeat(3000)
      for (let round = 0; round < 600; round++) {
        const resource = kinds[round % kinds.length] ?? configMaps
        const key = { namespace, name: `object-${Math.floor(random() * 12)}` }
        if (random() < 0.2) {
          await client.delete(resource, key).catch(() => undefined)
          continue
        }
        const metadata = { ...key, annotations: { padding, round: String(round) } }
        const spec = resource.kind === 'Widget' ? { spec: { size: round } } : {}
        const body = {
          apiVersion: resource.group === '' ? 'v1' : 'example.com/v1',
          kind: resource.kind,
          metadata,
          ...spec,
        }
        await client.patch(resource, key, { type: 'apply', body, force: true })
      }
      for (const { resource, seen } of watched) {
        const expected = await present(resource, namespace)
        await eventually(() => expect(seen.told).toEqual(expected))
        expect(seen.wrong).toEqual([])
      }
      expect(proxy.cuts).toBeGreaterThan(10)
    } finally {
      stop.abort()
      await Promise.all(running)
      await Promise.all(clients.map((own) => own.close()))
      await proxy.close()
    }
  })
})

test('a manager reconciles a custom resource, writes its status once, and tells Events that the server takes', async () => {
  const namespace = await createNamespace('manager')
  const key = { namespace, name: 'first' }
  const manager = createManager({
    client,
    name: 'widget-manager',
    log,
    namespace,
    leaderElection: { namespace, name: 'widgets' },
  })
  const { store } = manager.cache.informer(widgets)
  let writes = 0
  manager.addController({
    name: 'widgets',
    watches: [{ resource: widgets }],
    async reconcile(request) {
      const widget = store.get(request)
      if (widget === undefined || widget.status?.observedSize === widget.spec.size) return undefined
      writes++
      const body = { status: { observedSize: widget.spec.size } }
      await manager.client.patch(widgets, request, { type: 'merge', body }, { subresource: 'status' })
      manager.events.event(widget, 'Normal', 'Observed', `the size is ${widget.spec.size}`)
      return undefined
    },
  })
  const stop = new AbortController()
  const ended = manager.start(stop.signal)
  const metadata = key
  await client.create(widgets, { apiVersion: 'example.com/v1', kind: 'Widget', metadata, spec: { size: 1 } })
  const observed = (size: number) =>
    eventually(async () => expect((await client.get(widgets, key)).status).toEqual({ observedSize: size }))
  await observed(1)
  await client.patch(widgets, key, { type: 'merge', body: { spec: { size: 2 } } })
  await observed(2)
  stop.abort()
  await ended
  expect(writes).toBe(2)
  const { items } = await client.list(events, { namespace })
  const told = items.filter((event) => event.reason === 'Observed').map((event) => event.message)
  expect(new Set(told)).toEqual(new Set(['the size is 1', 'the size is 2']))
  expect(told).toHaveLength(2)
})
