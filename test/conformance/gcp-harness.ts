import type { JsonObject, JsonValue, PoolRef } from '@machinepool/contract'
import {
  createManualClock,
  type ConformanceCloud,
  type ConformanceHarness,
  type FailureCode,
  type ManualClock,
  type PlantedGroup,
} from '@machinepool/contract/testing'
import { createGcpProvider, gcpGroupNames, type GCPMachinePoolSpec, type GcpProvider } from '@machinepool/provider-gcp'
import { createGcpSimulator, type GcpImage, type GcpSimulator, type GcpTimings } from '@machinepool/simulator'
import { PassThroughClient } from 'google-auth-library'

const project = 'p1'
const zone = 'us-central1-a'
const family = `projects/${project}/global/images/family/stable`

const base: GCPMachinePoolSpec = {
  instanceType: 'n2-standard-4',
  imageFamily: family,
  ipForwarding: 'Enabled',
  zones: [zone],
}

/** Waits shorter than this are between processes, not in the cloud: they pass by themselves. */
const shortestWaitMs = 200

/**
 * The clock that the suite drives. The provider talks to the simulator over real HTTP, so what it waits for in order to
 * send (batching) cannot stand still with the cloud's time.
 */
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

/** The GCP provider on the simulated Google Cloud, over real HTTP. */
export async function createGcpHarness(): Promise<ConformanceHarness> {
  // Google answers these with operations that are done already, as a rule: the suite has those that take time.
  return (await createGcpWorld({ scheduling: 3_000 })).harness
}

export interface GcpWorld {
  readonly harness: ConformanceHarness
  readonly simulator: GcpSimulator
  readonly spec: GCPMachinePoolSpec
}

/** The same, with the simulator in the open. */
export async function createGcpWorld(timings: Partial<GcpTimings> = {}): Promise<GcpWorld> {
  const manual = createManualClock()
  const simulator = await createGcpSimulator({ clock: manual, project, timings })
  const cloud = simulator.project()
  cloud.addImage(stable('stable-1', manual.now() - 1_000))
  cloud.addSubnetwork({ name: 'net', region: 'us-central1', network: 'net', cidr: '10.250.0.0/20' })
  const start = (): GcpProvider =>
    createGcpProvider({ endpoint: simulator.url, authorization: new PassThroughClient() })
  let provider = start()
  const harness: ConformanceHarness = {
    get provider() {
      return provider.machinePool
    },
    clock: drivenClock(manual),
    async restart() {
      await provider.close()
      provider = start()
    },
    async close() {
      await provider.close()
      await simulator.close()
    },
    cluster: {
      namespace: 'default',
      name: 'c1',
      infrastructure: { spec: { project, region: 'us-central1', network: { name: 'net' } } },
    },
    specs: {
      base: json(base),
      reshaped: json({ ...base, instanceType: 'n2-standard-8' }),
      retagged: json({ ...base, additionalLabels: { team: 'blue' } }),
      widened: json({ ...base, namedPorts: [{ name: 'http', port: 8080 }] }),
      invalid: json({
        ...base,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 0, deletePolicy: 'Oldest' } },
      }),
      lookedUp: {
        found: json(base),
        nowhere: json({ ...base, imageFamily: `projects/${project}/global/images/family/nowhere` }),
      },
    },
    stepMs: 2_000,
    // One read of the group, one list of its instances.
    callBudget: { observe: 2 },
    cloud: handInCloud(simulator, manual),
  }
  return { harness, simulator, spec: base }
}

function stable(name: string, created: number): GcpImage {
  return {
    path: `projects/${project}/global/images/${name}`,
    family: 'stable',
    architecture: 'X86_64',
    diskSizeGb: 10,
    created,
  }
}

function json(spec: GCPMachinePoolSpec): JsonObject {
  return structuredClone(spec) as unknown as JsonObject
}

const errors = {
  Throttled: 'rateLimitExceeded',
  Unavailable: 'backendError',
  Unauthenticated: 'unauthenticated',
  PermissionDenied: 'forbidden',
} as const satisfies Record<FailureCode, string>

const readNames: ReadonlySet<string> = new Set([
  'get',
  'list',
  'aggregatedList',
  'listManagedInstances',
  'getFromFamily',
])

function isWrite(operation: string): boolean {
  return !readNames.has(operation.slice(operation.indexOf('.') + 1))
}

function handInCloud(simulator: GcpSimulator, manual: ManualClock): ConformanceCloud {
  const cloud = simulator.project()
  return {
    calls: () => simulator.calls.list().map(({ operation }) => ({ call: operation, write: isWrite(operation) })),
    describe: (pool) => describe(simulator, pool),
    leaks: (pool) => [
      ...groupsOf(simulator, pool).map(({ path }) => path),
      ...templatesOf(simulator, pool).map(({ path }) => path),
    ],
    fail(sort, code, times) {
      if (times === 0) return simulator.faults.clear()
      simulator.faults.add({
        operation: '*',
        error: errors[code],
        times,
        when: ({ operation }) => sort === 'any' || isWrite(operation) === (sort === 'write'),
      })
    },
    failPage() {
      // The rest of a listing, whenever it is asked for.
      simulator.faults.add({
        operation: '*',
        error: 'backendError',
        times: 1,
        when: ({ parameters }) => parameters['pageToken'] !== undefined,
      })
    },
    loseAnswer: () =>
      void simulator.faults.add({
        operation: '*',
        error: 'drop',
        phase: 'after',
        times: 1,
        when: ({ operation }) => isWrite(operation),
      }),
    hang: () => void simulator.faults.add({ operation: '*', error: 'hang', times: 1 }),
    lag: (ms) => simulator.setLag(ms),
    shortage(on) {
      if (on) cloud.capacity.limit('*', zone, 0)
      else cloud.capacity.unlimit('*', zone)
    },
    quota: (exhausted) => cloud.setQuota('CPUS', exhausted ? 0 : undefined),
    failOperation: () =>
      void simulator.faults.add({
        operation: '*',
        error: { reason: 'QUOTA_EXCEEDED', message: 'Quota CPUS exceeded.' },
        phase: 'operation',
        times: 1,
        when: ({ operation }) => isWrite(operation),
      }),
    moveImage: () => cloud.addImage(stable('stable-9', manual.now())),
    async recreate({ providerID }) {
      cloud.fail(instancePath(providerID))
      await manual.advance(20_000)
    },
    plant: (pool, group) => plant(simulator, manual, pool, group),
  }
}

function instancePath(providerID: string): string {
  const [, where = '', name = ''] = providerID.replace('gce://', '').split('/')
  return `zones/${where}/instances/${name}`
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The names that a pool's groups and templates may have. */
function belongs(pool: PoolRef, path: string): boolean {
  return new RegExp(`^(?:c1-)?${pool.key.name}(?:-[0-9a-f]{8,16}.*)?$`).test(lastPart(path))
}

function groupsOf(simulator: GcpSimulator, pool: PoolRef) {
  return simulator
    .project()
    .groups()
    .filter(({ path }) => belongs(pool, path))
}

function templatesOf(simulator: GcpSimulator, pool: PoolRef) {
  return simulator
    .project()
    .templates()
    .filter(({ path }) => belongs(pool, path))
}

/** Without what changes by itself: boot states, health, turns of instances. */
function describe(simulator: GcpSimulator, pool: PoolRef): JsonValue {
  const groups = groupsOf(simulator, pool).map(({ path, resource, members }) => ({
    path,
    resource,
    instances: members.map(({ name, id = '' }) => `${name}/${id}`).toSorted(),
  }))
  return JSON.parse(JSON.stringify({ groups, templates: templatesOf(simulator, pool) })) as JsonValue
}

/** A group, with its template, of somebody who did not ask us. */
async function plant(
  simulator: GcpSimulator,
  clock: ManualClock,
  pool: PoolRef,
  { marks, size, drifted }: PlantedGroup,
): Promise<void> {
  const template = `${pool.key.name}-0123456789abcdef`
  await post(simulator, clock, 'global/instanceTemplates', {
    name: template,
    properties: {
      machineType: drifted ? 'n2-standard-16' : 'n2-standard-4',
      canIpForward: true,
      labels: { 'capg-cluster-c1': 'owned' },
      tags: { items: ['c1', 'c1-node'] },
      metadata: { items: [{ key: 'user-data', value: '#cloud-config\n' }] },
      networkInterfaces: [{ network: `projects/${project}/global/networks/net` }],
      disks: [{ boot: true, autoDelete: true, initializeParams: { sourceImage: family, diskType: 'pd-standard' } }],
      serviceAccounts: [{ email: 'default', scopes: ['https://www.googleapis.com/auth/cloud-platform'] }],
    },
  })
  const description = 'machinepool: management=management-1 namespace=default cluster=c1 pool=another'
  const { plain, unique } = gcpGroupNames(pool)
  // Another pool's group in the way makes room for this pool under its second name; here both names are taken.
  for (const name of marks === 'otherPool' ? [plain, unique] : [plain]) {
    await post(simulator, clock, `zones/${zone}/instanceGroupManagers`, {
      name,
      baseInstanceName: pool.key.name,
      targetSize: size,
      instanceTemplate: `global/instanceTemplates/${template}`,
      ...(marks === 'otherPool' ? { description } : {}),
    })
  }
}

async function post({ url }: GcpSimulator, clock: ManualClock, path: string, body: object): Promise<void> {
  const response = await fetch(`${url}/compute/v1/projects/${project}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  await clock.advance(1_000)
}
