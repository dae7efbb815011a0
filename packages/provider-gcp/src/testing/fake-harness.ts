import type { JsonObject, JsonValue, PoolRef } from '@machinepool/contract'
import {
  createManualClock,
  type ConformanceHarness,
  type ConformanceSuite,
  type FailureCode,
  type ManualClock,
  type PlantedGroup,
} from '@machinepool/contract/testing'

import type { Authorization } from '../compute/project.ts'
import { capabilities } from '../machine-pool/capabilities.ts'
import { groupNames } from '../machine-pool/names.ts'
import { createGcpProvider, type GcpProvider } from '../provider.ts'
import { FakeCompute, refusal, type Intercept } from './fake-compute.ts'

/** Waits shorter than this are the process's own (batching): they pass by themselves. */
const shortestWaitMs = 200

export function drivenClock(manual: ManualClock): ConformanceHarness['clock'] {
  return {
    now: () => manual.now(),
    after(ms, callback) {
      if (ms > shortestWaitMs) return manual.after(ms, callback)
      const timer = setImmediate(callback)
      return () => clearImmediate(timer)
    },
    advance: (ms) => manual.advance(ms),
  }
}

export const authorization: Authorization = {
  getRequestHeaders: () => Promise.resolve(new Headers({ authorization: 'Bearer t' })),
}

export const baseSpec = {
  instanceType: 'n2-standard-4',
  imageFamily: 'projects/p1/global/images/family/stable',
  zones: ['us-central1-a'],
} satisfies JsonObject

export const cluster = {
  namespace: 'default',
  name: 'c1',
  infrastructure: { spec: { project: 'p1', region: 'us-central1', network: { name: 'net' } } } satisfies JsonObject,
}

const errors = {
  Throttled: [403, 'rateLimitExceeded'],
  Unavailable: [503, 'backendError'],
  Unauthenticated: [401, 'authError'],
  PermissionDenied: [403, 'forbidden'],
} as const satisfies Record<FailureCode, readonly [number, string]>

export const fakeSuite: ConformanceSuite = {
  name: 'gcp/fake',
  capabilities,
  harness: () => Promise.resolve(createFakeHarness().harness),
  skip: [
    { id: 'IMP-029', reason: 'a managed instance group starts no instance above its target size by itself' },
    { id: 'IMP-068', reason: 'reads of the fake do not lag; those of the simulator do' },
  ],
}

export function createFakeHarness(): { readonly harness: ConformanceHarness; readonly compute: FakeCompute } {
  const manual = createManualClock()
  const compute = new FakeCompute(manual)
  const start = (): GcpProvider => createGcpProvider({ fetch: compute.fetch, authorization })
  let provider = start()
  const once = (outcome: ReturnType<Intercept>, fits: (write: boolean) => boolean): void => {
    const intercept: Intercept = ({ write }) => {
      if (!fits(write)) return undefined
      compute.intercepts.splice(compute.intercepts.indexOf(intercept), 1)
      return outcome
    }
    compute.intercepts.push(intercept)
  }
  const harness: ConformanceHarness = {
    get provider() {
      return provider.machinePool
    },
    clock: drivenClock(manual),
    async restart() {
      await provider.close()
      provider = start()
    },
    close: () => provider.close(),
    cluster,
    specs: {
      base: baseSpec,
      reshaped: { ...baseSpec, instanceType: 'n2-standard-8' },
      retagged: { ...baseSpec, additionalLabels: { team: 'blue' } },
      widened: { ...baseSpec, autoHealing: { healthCheck: 'alive' } },
      invalid: { ...baseSpec, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      lookedUp: { found: baseSpec, nowhere: { ...baseSpec, imageFamily: 'projects/p1/global/images/family/nowhere' } },
    },
    stepMs: 3_000,
    // One read of the group, one list of its instances.
    callBudget: { observe: 2 },
    cloud: {
      calls: () => compute.calls.map(({ method, path, write }) => ({ call: `${method} ${path}`, write })),
      describe: (pool) => describe(compute, pool),
      leaks: (pool) => [...namesOf(compute.groups.keys(), pool), ...namesOf(compute.templates.keys(), pool)],
      fail(sort, code, times) {
        compute.intercepts.length = 0
        let left = times
        compute.intercepts.push(({ write }) => {
          if (left === 0 || (sort !== 'any' && write !== (sort === 'write'))) return undefined
          left--
          const [status, reason] = errors[code]
          return refusal(status, reason)
        })
      },
      failPage() {
        compute.pageSize = 2
        const intercept: Intercept = ({ query }) => {
          if (!query.has('pageToken')) return undefined
          compute.intercepts.splice(compute.intercepts.indexOf(intercept), 1)
          return refusal(503, 'backendError')
        }
        compute.intercepts.push(intercept)
      },
      loseAnswer: () => once('handle-and-drop', (write) => write),
      hang: () => once('hang', () => true),
      shortage: (on) => void (compute.launchError = on ? 'ZONE_RESOURCE_POOL_EXHAUSTED' : undefined),
      quota: (exhausted) => void (compute.launchError = exhausted ? 'QUOTA_EXCEEDED' : undefined),
      failOperation: () => void (compute.operationError = 'QUOTA_EXCEEDED'),
      moveImage: () =>
        void compute.images.set('projects/p1/global/images/family/stable', 'projects/p1/global/images/stable-2'),
      recreate: ({ providerID }) => compute.recreate(providerID.slice(providerID.lastIndexOf('/') + 1)),
      plant: (pool, group) => plant(compute, pool, group),
    },
  }
  return { harness, compute }
}

function namesOf(keys: Iterable<string>, { key }: PoolRef): readonly string[] {
  const own = new RegExp(`(?:^|-)${key.name}(?:-[0-9a-f]{8}.*)?$`)
  return [...keys].map((name) => name.slice(name.lastIndexOf('/') + 1)).filter((name) => own.test(name))
}

/** Without what changes by itself. */
function describe(compute: FakeCompute, pool: PoolRef): JsonValue {
  compute.settle()
  const own = new Set([...namesOf(compute.groups.keys(), pool), ...namesOf(compute.templates.keys(), pool)])
  const groups = [...compute.groups.values()]
    .filter(({ body }) => own.has(body.name ?? ''))
    .map(({ scope, body, instances }) => ({
      scope,
      body,
      instances: instances.map(({ name, id }) => `${name}/${id}`).toSorted(),
    }))
  const templates = [...compute.templates.values()].filter(({ name = '' }) => own.has(name))
  return JSON.parse(JSON.stringify({ groups, templates })) as JsonValue
}

function plant(compute: FakeCompute, pool: PoolRef, { marks, size, drifted }: PlantedGroup): void {
  const { plain, unique } = groupNames(pool)
  const template = `${pool.key.name}-0123456789abcdef`
  compute.templates.set(template, {
    name: template,
    properties: {
      machineType: drifted ? 'n2-standard-16' : 'n2-standard-4',
      canIpForward: true,
      labels: { 'capg-cluster-c1': 'owned' },
      tags: { items: ['c1', 'c1-node'] },
      metadata: { items: [{ key: 'user-data', value: '#cloud-config\n' }] },
      networkInterfaces: [{ network: 'https://www.googleapis.com/compute/v1/projects/p1/global/networks/net' }],
      disks: [
        {
          boot: true,
          autoDelete: true,
          initializeParams: { sourceImage: 'projects/p1/global/images/family/stable', diskType: 'pd-standard' },
        },
      ],
      serviceAccounts: [{ email: 'default', scopes: ['https://www.googleapis.com/auth/cloud-platform'] }],
      scheduling: { automaticRestart: true },
    },
  })
  const mark = 'machinepool: management=management-1 namespace=default cluster=c1 pool=another'
  for (const name of marks === 'otherPool' ? [plain, unique] : [plain]) {
    compute.groups.set(`zones/us-central1-a/${name}`, {
      scope: 'zones/us-central1-a',
      fingerprint: 1,
      instances: [],
      body: {
        name,
        baseInstanceName: pool.key.name,
        targetSize: size,
        versions: [{ instanceTemplate: `projects/p1/global/instanceTemplates/${template}` }],
        ...(marks === 'otherPool' ? { description: mark } : {}),
      },
    })
  }
  compute.settle()
}
