import {
  ApiException,
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  PolicyV1Api,
  setHeaderOptions,
  VersionApi,
  Watch,
  type KubernetesObject,
  type V1ConfigMap,
} from '@kubernetes/client-node'
import { createClient, leases, loadKubeconfig } from '@machinepool/kube'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startChosenServer, type ChosenServer } from './chosen-server.ts'
import { createCandidate } from './client-node-election.ts'
import { eventually } from './eventually.ts'
import { widgetDefinition } from './widget-definition.ts'

interface Widget extends KubernetesObject {
  spec?: { size?: number; parts?: { name: string; count?: number }[] }
  status?: { observedSize?: number }
}

let server: ChosenServer
let config: KubeConfig

beforeAll(async () => {
  server = await startChosenServer([widgetDefinition])
  config = new KubeConfig()
  config.loadFromString(server.kubeconfig())
}, 90_000)

afterAll(() => server.close())

/** The failure of a call that must fail. */
async function failure(call: Promise<unknown>): Promise<ApiException<unknown>> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ApiException)) throw new Error('expected an ApiException', { cause: error })
  return error
}

describe('typed clients', () => {
  const namespace = 'default'

  test('read the version', async () => {
    expect(await config.makeApiClient(VersionApi).getCode()).toMatchObject({ major: '1' })
  })

  test('create, read, replace, patch and delete', async () => {
    const api = config.makeApiClient(CoreV1Api)
    const created = await api.createNamespacedConfigMap({
      namespace,
      body: { metadata: { generateName: 'map-' }, data: { a: '1' } },
    })
    const name = created.metadata?.name ?? ''
    expect(name).toMatch(/^map-\w{5}$/)
    expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date)
    await api.replaceNamespacedConfigMap({
      namespace,
      name,
      body: { metadata: created.metadata ?? {}, data: { a: '2' } },
    })
    const stale = await failure(api.replaceNamespacedConfigMap({ namespace, name, body: created }))
    expect(stale.code).toBe(409)
    expect(JSON.parse(String(stale.body))).toMatchObject({ kind: 'Status', reason: 'Conflict' })
    const patched = await api.patchNamespacedConfigMap(
      { namespace, name, body: [{ op: 'add', path: '/data/b', value: '3' }] },
      setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
    )
    expect(patched.data).toEqual({ a: '2', b: '3' })
    await api.deleteNamespacedConfigMap({ namespace, name })
    expect((await failure(api.readNamespacedConfigMap({ namespace, name }))).code).toBe(404)
  })

  test('list in pages and by selectors', async () => {
    const api = config.makeApiClient(CoreV1Api)
    for (const [index, zone] of ['a', 'b', 'a', 'b', 'a'].entries()) {
      await api.createNode({ body: { metadata: { name: `node-${index}`, labels: { zone } } } })
    }
    const first = await api.listNode({ labelSelector: 'zone=a', limit: 2 })
    expect(first.metadata?.remainingItemCount ?? 1).toBe(1)
    // The client's own name.
    // oxlint-disable-next-line no-underscore-dangle
    const second = await api.listNode({ labelSelector: 'zone=a', limit: 2, _continue: first.metadata?._continue ?? '' })
    const found = [...first.items, ...second.items].map((node) => node.metadata?.name)
    expect(found).toEqual(['node-0', 'node-2', 'node-4'])
    const byField = await api.listNode({ fieldSelector: 'metadata.name=node-3' })
    expect(byField.items.map((node) => node.metadata?.labels?.['zone'])).toEqual(['b'])
  })

  test('evict a pod, unless its disruption budget forbids it', async () => {
    const api = config.makeApiClient(CoreV1Api)
    const body = {
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'web' }] },
    }
    await api.createNamespacedPod({ namespace, body })
    const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
    await api.patchNamespacedPodStatus(
      { namespace, name: 'web', body: { status: ready } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    )
    const policy = config.makeApiClient(PolicyV1Api)
    const budget = { metadata: { name: 'web' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } } }
    await policy.createNamespacedPodDisruptionBudget({ namespace, body: budget })
    const evict = () =>
      api.createNamespacedPodEviction({ namespace, name: 'web', body: { metadata: { name: 'web', namespace } } })
    await eventually(async () => expect((await failure(evict())).code).toBe(429))
    await policy.deleteNamespacedPodDisruptionBudget({ namespace, name: 'web' })
    await eventually(evict)
    await eventually(async () =>
      expect((await failure(api.readNamespacedPod({ namespace, name: 'web' }))).code).toBe(404),
    )
  })
})

function appliedWidget(parts: readonly string[]): Widget {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { namespace: 'default', name: 'applied' },
    spec: { size: 1, parts: parts.map((name) => ({ name })) },
  }
}

describe('clients of custom resources', () => {
  const target = { group: 'example.com', version: 'v1', namespace: 'default', plural: 'widgets' }

  test('CustomObjectsApi: create, status, selectors, validation', async () => {
    const api = config.makeApiClient(CustomObjectsApi)
    const body = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'first' }, spec: { size: 1 } }
    await api.createNamespacedCustomObject({ ...target, body })
    const patched = (await api.patchNamespacedCustomObjectStatus(
      { ...target, name: 'first', body: { spec: { size: 9 }, status: { observedSize: 1 } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    )) as Widget
    expect(patched).toMatchObject({ spec: { size: 1 }, status: { observedSize: 1 } })
    const wrong = { ...body, metadata: { name: 'wrong' }, spec: { size: -1 } }
    const refusal = await failure(api.createNamespacedCustomObject({ ...target, body: wrong }))
    expect([refusal.code, String(refusal.body)]).toEqual([422, expect.stringContaining('spec.size')])
  })

  test('KubernetesObjectApi: finds kinds by discovery and applies on the server', async () => {
    const api = KubernetesObjectApi.makeApiClient(config)
    const apply = (parts: string[], manager: string) =>
      api.patch(appliedWidget(parts), undefined, undefined, manager, true, PatchStrategy.ServerSideApply)
    await apply(['a', 'b'], 'one')
    await apply(['c'], 'two')
    const applied = await apply(['a'], 'one')
    expect(applied.spec?.parts?.map(({ name }) => name).toSorted()).toEqual(['a', 'c'])
    const read = await api.read<Widget>({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { namespace: 'default', name: 'applied' },
    })
    expect(read.spec).toEqual(applied.spec)
    const listed = await api.list<Widget>('example.com/v1', 'Widget', 'default')
    expect(listed.items.map((item) => item.metadata?.name)).toContain('applied')
  })
})

describe('watching', () => {
  test('an informer keeps its cache and tells every change once', async () => {
    const api = config.makeApiClient(CoreV1Api)
    const namespace = 'watched'
    await api.createNamespace({ body: { metadata: { name: namespace } } })
    const create = (name: string) =>
      api.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels: { watched: 'yes' } } } })
    await create('present')
    const events: string[] = []
    const informer = makeInformer<V1ConfigMap>(
      config,
      `/api/v1/namespaces/${namespace}/configmaps`,
      () => api.listNamespacedConfigMap({ namespace, labelSelector: 'watched=yes' }),
      'watched=yes',
    )
    for (const verb of ['add', 'update', 'delete'] as const) {
      informer.on(verb, (object: V1ConfigMap) => void events.push(`${verb} ${object.metadata?.name}`))
    }
    await informer.start()
    await create('later')
    await api.patchNamespacedConfigMap(
      { namespace, name: 'later', body: { data: { a: '1' } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    )
    await api.deleteNamespacedConfigMap({ namespace, name: 'present' })
    const expected = ['add present', 'add later', 'update later', 'delete present']
    await eventually(() => expect(events).toEqual(expected))
    expect(informer.list(namespace).map((object) => object.data)).toEqual([{ a: '1' }])
    await informer.stop()
  })

  test('a watch takes bookmarks, and ends when the server says so', async () => {
    const ended = Promise.withResolvers<unknown>()
    const phases = new Set<string>()
    const watch = new Watch(config)
    await watch.watch(
      '/apis/example.com/v1/widgets',
      { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true, timeoutSeconds: 1 },
      (phase) => void phases.add(phase),
      ended.resolve,
    )
    await ended.promise
    expect([...phases].toSorted()).toEqual(['ADDED', 'BOOKMARK'])
  })
})

test('leader election: one holds the Lease, with times of six digits, and its successor waits for the release', async () => {
  const [one, two] = ['one', 'two'].map((identity) => createCandidate(config, 'kube-system', 'client-node', identity))
  if (one === undefined || two === undefined) throw new Error('there are two')
  expect(await one.acquireOrRenew()).toBe(true)
  expect(await two.acquireOrRenew()).toBe(false)
  expect(await one.acquireOrRenew()).toBe(true)
  await one.release()
  const both = await Promise.all([one.acquireOrRenew(), two.acquireOrRenew()])
  expect(both.filter(Boolean)).toHaveLength(1)
  const api = config.makeApiClient(CoordinationV1Api)
  const { spec } = await api.readNamespacedLease({ namespace: 'kube-system', name: 'client-node' })
  expect(spec?.holderIdentity).toBe(both[0] ? 'one' : 'two')
  const own = createClient(await loadKubeconfig({ text: server.kubeconfig() }))
  const lease = await own.get(leases, { namespace: 'kube-system', name: 'client-node' })
  await own.close()
  expect(lease.spec?.renewTime).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/)
})
