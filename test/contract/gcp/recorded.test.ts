import { readFileSync } from 'node:fs'

import type { PoolRef } from '@machinepool/contract'
import { createManualClock, createRecordingIo } from '@machinepool/contract/testing'
import { createGcpProvider, type GCPMachinePoolSpec, type GcpProvider } from '@machinepool/provider-gcp'
import { PassThroughClient } from 'google-auth-library'
import nock from 'nock'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { drivenClock } from '../../conformance/gcp-harness.ts'

interface Recording {
  readonly status: number
  readonly body: nock.Body
}

function recorded(name: string): Recording {
  return JSON.parse(readFileSync(new URL(`recordings/${name}.json`, import.meta.url), 'utf8')) as Recording
}

const api = nock('https://compute.googleapis.com')
let provider: GcpProvider

beforeEach(() => {
  nock.disableNetConnect()
  provider = createGcpProvider({ authorization: new PassThroughClient() })
})

afterEach(async () => {
  await provider.close()
  const unused = nock.pendingMocks()
  nock.cleanAll()
  nock.enableNetConnect()
  if (unused.length > 0) throw new Error(`nobody asked for ${unused.join(', ')}`)
})

const group = '/compute/v1/projects/project1/zones/us-central1-b/instanceGroupManagers/mig'

const pool: PoolRef<GCPMachinePoolSpec> = {
  key: { namespace: 'default', name: 'mig' },
  cluster: {
    namespace: 'default',
    name: 'c1',
    infrastructure: { spec: { project: 'project1', region: 'us-central1' } },
  },
  managementId: 'm1',
  spec: { instanceType: 'n1-standard-1', ipForwarding: 'Enabled', zones: ['us-central1-b'] },
  annotations: {},
  replicas: 1,
  version: 'v1.31.0',
  failureDomains: [],
  recorded: { providerID: 'gce://project1/zones/us-central1-b/instanceGroupManagers/mig' },
  adopt: false,
  externallyScaled: false,
  operations: [],
}

const io = () => createRecordingIo({ clock: drivenClock(createManualClock()) })

function answer(path: string, name: string): void {
  const { status, body } = recorded(name)
  api.get(path).query(true).reply(status, body)
}

/** A group, its instances, no template of ours, somebody else's template, and details of the instances that run. */
function answerGroup(managed: string): void {
  answer(group, 'group')
  const { status, body } = recorded(managed)
  api.post(`${group}/listManagedInstances`).query(true).reply(status, body)
  api.get('/compute/v1/projects/project1/global/instanceTemplates').query(true).reply(200, {})
  answer('/compute/v1/projects/project1/global/instanceTemplates/instance-template-1', 'template')
  if (managed === 'managed-mixed')
    api.get('/compute/v1/projects/project1/aggregated/instances').query(true).reply(200, {})
}

test('instances in all kinds of actions are read as what they are', async () => {
  answerGroup('managed-mixed')
  const { instances, owner, size, templates, complete } = await provider.machinePool.observe(pool, io())
  expect({ owner, complete, desired: size?.desired }).toEqual({ owner: 'ours', complete: true, desired: 1 })
  expect(instances.map(({ name, incarnation, state }) => [name, incarnation, state])).toMatchInlineSnapshot(`
    [
      [
        "mig-9j4g",
        "1776565833558018907",
        "Running",
      ],
      [
        "mig-c63g",
        "unborn:mig-c63g",
        "Pending",
      ],
      [
        "mig-dck1",
        "unborn:mig-dck1",
        "Pending",
      ],
      [
        "mig-f1hm",
        "unborn:mig-f1hm",
        "Terminating",
      ],
      [
        "mig-x8w2",
        "unborn:mig-x8w2",
        "Pending",
      ],
    ]
  `)
  // Its links are of the beta version of the API; names are what counts.
  expect(instances[0]?.templateId).toBe('test-1-cpu-1-k80-2')
  expect(templates).toEqual([expect.objectContaining({ id: 'gke-cluster-1-default-pool' })])
})

test("somebody else's template is read without the bootstrap data in it", async () => {
  answerGroup('managed-errors')
  const observed = await provider.machinePool.observe(pool, io())
  expect(JSON.stringify(observed)).not.toContain('kube-node-installation')
  expect(JSON.stringify(observed)).toContain('n1-standard-1')
})

test('errors of the last attempt become problems with code and zone', async () => {
  answerGroup('managed-errors')
  const { problems } = await provider.machinePool.observe(pool, io())
  expect(problems.map(({ code, reason, zone }) => ({ code, reason, zone }))).toEqual([
    { code: 'InsufficientCapacity', reason: 'ZONE_RESOURCE_POOL_EXHAUSTED', zone: 'us-central1-b' },
    { code: 'QuotaExceeded', reason: 'QUOTA_EXCEEDED', zone: 'us-central1-b' },
  ])
})

test.each([
  ['access-denied', { code: 'PermissionDenied', reason: 'PermissionDenied' }],
  ['api-not-enabled', { code: 'PermissionDenied', reason: 'ApiNotEnabled' }],
])('a recorded %s is told from other refusals', async (name, expected) => {
  answer(group, name)
  await expect(provider.machinePool.observe(pool, io())).rejects.toMatchObject(expected)
})

test('an aggregated list with empty zones and a regional group is read', async () => {
  answer('/compute/v1/projects/project1/aggregated/instanceGroupManagers', 'aggregated')
  api.get('/compute/v1/projects/project1/global/instanceTemplates').query(true).reply(200, {})
  const unrecorded = {
    ...pool,
    key: { namespace: 'default', name: 'ig-region' },
    cluster: { ...pool.cluster, name: 'iap' },
    spec: { ...pool.spec, zones: ['us-central1-b', 'us-central1-c'] },
    recorded: {},
  }
  const observed = await provider.machinePool.observe(unrecorded, io())
  // Of that name, and without our mark.
  expect(observed).toMatchObject({ exists: true, owner: 'unmarked', groupName: 'iap-ig-region', instances: [] })
})

const place = 'zones/us-central1-b'
const lists = '/compute/v1/projects/project1/aggregated/instanceGroupManagers'

const short = (warning: object) => ({ items: {}, warning })
const ofZone = (warning: object) => ({ items: { [place]: { warning } } })

test.each<[name: string, answer: object]>([
  ['a warning of the zone', ofZone({ code: 'UNREACHABLE', message: 'No answer.' })],
  ['a list of what is unreachable', { items: {}, unreachables: [`projects/project1/${place}`] }],
  ['a link to it', { unreachables: [`https://www.googleapis.com/compute/v1/projects/project1/${place}`] }],
  ['a warning that names the zone', short({ code: 'UNREACHABLE', data: [{ key: 'scope', value: place }] })],
  ['a warning that names nothing', short({ code: 'PARTIAL_SUCCESS', message: 'Not all.' })],
])('%s: a zone that was not asked is no zone without groups', async (_name, body) => {
  api.get(lists).query(true).reply(200, body)
  const observing = provider.machinePool.observe({ ...pool, recorded: {} }, io())
  await expect(observing).rejects.toMatchObject({ code: 'Unavailable', reason: 'ScopeUnreachable' })
})

test.each<[name: string, answer: object]>([
  ['the usual warning of an empty zone', ofZone({ code: 'NO_RESULTS_ON_PAGE' })],
  ['a warning about something else', short({ code: 'NOT_CRITICAL_ERROR', message: 'Well.' })],
])('%s is a whole answer', async (_name, body) => {
  api.get(lists).query(true).reply(200, body)
  api.get('/compute/v1/projects/project1/global/instanceTemplates').query(true).reply(200, {})
  const observed = await provider.machinePool.observe({ ...pool, recorded: {} }, io())
  expect(observed).toMatchObject({ exists: false, owner: 'unmarked' })
})

const farGroup = '/compute/v1/projects/project1/zones/us-east1-b/instanceGroupManagers/far'

test('a zone that cannot be reached keeps no pool elsewhere', async () => {
  const there = {
    ...pool,
    key: { namespace: 'default', name: 'far' },
    spec: { ...pool.spec, zones: ['us-east1-b'] },
    recorded: { providerID: 'gce://project1/zones/us-east1-b/instanceGroupManagers/far' },
  }
  const selfLink = `https://www.googleapis.com${farGroup}`
  const items = {
    'zones/us-central1-b': { warning: { code: 'UNREACHABLE' } },
    'zones/us-east1-b': { instanceGroupManagers: [{ name: 'far', selfLink, targetSize: 0 }] },
  }
  api.get(lists).query(true).reply(200, { items })
  api.post(`${farGroup}/listManagedInstances`).query(true).reply(200, {})
  api.get('/compute/v1/projects/project1/global/instanceTemplates').query(true).reply(200, {})
  const [unreachable, far] = await Promise.allSettled([
    provider.machinePool.observe(pool, io()),
    provider.machinePool.observe(there, io()),
  ])
  expect(unreachable).toMatchObject({ status: 'rejected', reason: { reason: 'ScopeUnreachable' } })
  expect(far).toMatchObject({ status: 'fulfilled', value: { exists: true, owner: 'ours' } })
})

test('a page of a proxy that finds nothing does not make a group gone', async () => {
  api.get(group).query(true).reply(404, '<html><title>404</title></html>', { 'content-type': 'text/html' })
  await expect(provider.machinePool.observe(pool, io())).rejects.toMatchObject({ code: 'Unavailable' })
})

test('an operation that ended with an error is a failure with its code', async () => {
  answer('/compute/v1/projects/project1/zones/us-central1-b/operations/op-1', 'operation-failed')
  answerGroup('managed-errors')
  const operation = {
    id: 'key',
    action: 'CreateGroup',
    idempotencyKey: 'key',
    startedAt: 0,
    instances: [],
    handle: { name: 'op-1', scope: 'zones/us-central1-b', method: 'instanceGroupManagers.insert', resource: 'mig' },
  } as const
  const { operations } = await provider.machinePool.observe({ ...pool, operations: [operation] }, io())
  expect(operations).toEqual([
    { id: 'key', status: 'failed', code: 'AlreadyExists', message: expect.stringContaining('already exists') },
  ])
})

test('an image family that does not exist is a problem, and deletion goes on without it', async () => {
  answerGroup('managed-errors')
  answer('/compute/v1/projects/project1/global/images/family/capi-ubuntu-1804-k8s-v1-31', 'family-not-found')
  const observed = await provider.machinePool.observe(pool, io())
  const { problems } = await provider.machinePool.resolve(pool, observed, io())
  expect(problems).toEqual([expect.objectContaining({ code: 'NotFound', reason: 'ImageNotFound' })])
})
