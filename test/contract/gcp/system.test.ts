import {
  clusterKind,
  machineKind,
  machinePoolKind,
  resourceOf,
  type Condition,
  type Kind,
  type MachinePool,
} from '@machinepool/api'
import { isNotFound, secrets, type Resource, type UnknownObject } from '@machinepool/kube'
import { gcpClusterKind, gcpMachinePoolKind, gcpMachinePoolMachineKind } from '@machinepool/provider-gcp'
import type { GcpSimulator } from '@machinepool/simulator'
import { startSystem, type System } from 'machinepool'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { eventually } from '../../e2e/eventually.ts'
import { writes } from './world.ts'

const machinePools = resourceOf(machinePoolKind)
const gcpPools: Resource = resourceOf(gcpMachinePoolKind as Kind) as never
const gcpMachines: Resource = resourceOf(gcpMachinePoolMachineKind as Kind) as never
const machines: Resource = resourceOf(machineKind as Kind) as never
const clusters: Resource = resourceOf(clusterKind as Kind) as never
const gcpClusters: Resource = resourceOf(gcpClusterKind as Kind) as never
const namespace = 'default'
const cluster = 'gcp'

let system: System
let gcp: GcpSimulator

beforeAll(async () => {
  const timings = {
    operation: 50,
    reaction: 20,
    launch: 60,
    boot: 100,
    shutdown: 60,
    launchRetry: 300,
    nodeRemoval: 50,
  }
  system = await startSystem({
    signal: new AbortController().signal,
    simulate: { cloud: 'gcp', timings: timings as never },
    clusters: [{ namespace, name: cluster }],
    pollIntervals: { fast: 200, settling: 300, steady: 500 },
  })
  gcp = system.simulated as GcpSimulator
  await addSecret('boot', 'value')
})

afterAll(() => system.close())

async function addSecret(name: string, key: string): Promise<void> {
  await system.client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name },
    data: { [key]: Buffer.from('#!/bin/true').toString('base64') },
  })
}

interface Sketch {
  readonly replicas?: number
  readonly secret?: string | undefined
  readonly annotations?: Record<string, string>
  readonly spec?: object
  readonly alone?: boolean
  readonly clusterName?: string
}

async function createPool(name: string, sketch: Sketch = {}): Promise<void> {
  const { replicas, annotations = {}, spec = {}, alone = false, clusterName = cluster } = sketch
  const secret = 'secret' in sketch ? sketch.secret : 'boot'
  await system.client.create(gcpPools, {
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta1',
    kind: 'GCPMachinePool',
    metadata: { namespace, name, annotations },
    spec: { instanceType: 'n2-standard-2', zones: ['us-central1-a'], ...spec },
  } as UnknownObject)
  if (alone) return
  await system.client.create(machinePools, {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata: { namespace, name, annotations },
    spec: {
      clusterName,
      ...(replicas === undefined ? {} : { replicas }),
      template: {
        spec: {
          clusterName,
          version: 'v1.31.0',
          bootstrap:
            secret === undefined
              ? { configRef: { apiGroup: 'bootstrap.cluster.x-k8s.io', kind: 'KubeadmConfig', name: 'none' } }
              : { dataSecretName: secret },
          infrastructureRef: { apiGroup: gcpPools.group, kind: gcpPools.kind, name },
        },
      },
    },
  } as MachinePool)
}

const poolOf = (name: string) => system.client.get(gcpPools, { namespace, name })

async function patch(name: string, body: object): Promise<void> {
  await system.client.patch(machinePools, { namespace, name }, { type: 'merge', body: body as never })
}

async function conditionsOf(name: string): Promise<readonly Condition[]> {
  const { status } = await poolOf(name)
  return ((status as { conditions?: Condition[] } | undefined)?.conditions ?? []) as readonly Condition[]
}

const groupOf = (name: string) =>
  gcp
    .project()
    .groups()
    .find(({ resource }) => resource.name.endsWith(`-${name}`))

function membersOf(name: string): readonly string[] {
  return (groupOf(name)?.members ?? []).filter(({ action }) => action === 'NONE').map((member) => member.name)
}

const running = (name: string, size: number) =>
  eventually(async () => {
    const { spec } = await poolOf(name)
    expect((spec as { providerIDList?: string[] }).providerIDList ?? []).toHaveLength(size)
    expect(membersOf(name)).toHaveLength(size)
  })

/** Calls that name anything of the pool. */
function callsOf(name: string): readonly string[] {
  const named = new RegExp(`["-]${name}["-]`)
  const about = gcp.calls.list().filter((call) => named.test(JSON.stringify([call.parameters, call.body])))
  return about.map(({ operation }) => operation)
}

/** Long enough for several passes of the controllers. */
async function passes(): Promise<void> {
  const before = gcp.calls.count()
  await createPool(`clock-${before}`, { replicas: 0 })
  await running(`clock-${before}`, 0)
  await eventually(() => expect(groupOf(`clock-${before}`)).toBeDefined())
}

test('CAPG-001 a pool without a MachinePool is left alone: no call, no finalizer', async () => {
  await createPool('orphan', { alone: true })
  await passes()
  expect((await poolOf('orphan')).metadata.finalizers ?? []).toEqual([])
  expect(callsOf('orphan')).toEqual([])
})

test('CAPG-002 a paused pool costs no call, and goes on as soon as it is not paused any more', async () => {
  await createPool('paused', { replicas: 1, annotations: { 'cluster.x-k8s.io/paused': '' } })
  await passes()
  expect(callsOf('paused')).toEqual([])
  const body = { metadata: { annotations: { 'cluster.x-k8s.io/paused': null } } }
  await patch('paused', body)
  await system.client.patch(gcpPools, { namespace, name: 'paused' }, { type: 'merge', body })
  await running('paused', 1)
})

test('CAPG-003 nothing is made before the infrastructure of the cluster is there, and the pool wakes with it', async () => {
  const copyOf = async (resource: Resource, changes: object) => {
    const { metadata: _metadata, ...object } = await system.client.get(resource, { namespace, name: cluster })
    const metadata = { namespace, name: 'later', labels: {} }
    return system.client.create(resource, { ...object, metadata, ...changes } as UnknownObject)
  }
  const { spec } = await system.client.get(clusters, { namespace, name: cluster })
  const infrastructureRef = { ...(spec as { infrastructureRef: object }).infrastructureRef, name: 'later' }
  await copyOf(clusters, { spec: { ...(spec as object), infrastructureRef }, status: {} })
  await copyOf(gcpClusters, {})
  const provisioned = (infrastructureProvisioned: boolean) =>
    system.client.patch(
      clusters,
      { namespace, name: 'later' },
      { type: 'merge', body: { status: { initialization: { infrastructureProvisioned } } } },
      { subresource: 'status' },
    )
  // The system takes a Cluster in hand with its first pool, and leaves it alone afterwards.
  await createPool('earlier', { replicas: 0, clusterName: 'later' })
  await eventually(async () => {
    const { status } = await system.client.get(clusters, { namespace, name: 'later' })
    expect(status).toMatchObject({ initialization: { infrastructureProvisioned: true } })
  })
  await provisioned(false)
  await createPool('early', { replicas: 1, clusterName: 'later' })
  await eventually(async () =>
    expect(await conditionsOf('early')).toContainEqual(
      expect.objectContaining({ status: 'False', reason: 'WaitingForClusterInfrastructure' }),
    ),
  )
  await passes()
  expect(writes(callsOf('early'))).toEqual([])
  await provisioned(true)
  await eventually(() => expect(callsOf('early')).toContain('instanceGroupManagers.insert'))
})

test('CAPG-004 nothing is made before there is bootstrap data, and the pool says so', async () => {
  await createPool('waiting', { replicas: 1, secret: undefined })
  await eventually(async () =>
    expect(await conditionsOf('waiting')).toContainEqual(
      expect.objectContaining({ status: 'False', reason: 'WaitingForBootstrapData' }),
    ),
  )
  expect(writes(callsOf('waiting'))).toEqual([])
})

test('CAPG-005 a missing Secret is named, and the pool goes on when it is there', async () => {
  await createPool('late', { replicas: 1, secret: 'late-data' })
  await eventually(async () =>
    expect((await conditionsOf('late')).map(({ message }) => message).join()).toContain('late-data'),
  )
  await addSecret('late-data', 'value')
  await running('late', 1)
})

test('CAPG-006 the finalizer and the location are written down before the first write to the cloud', async () => {
  const away = gcp.faults.add({
    operation: 'instanceTemplates.insert',
    // The write is tried again soon.
    error: { status: 412, reason: 'conditionNotMet' },
    when: ({ body }) => JSON.stringify(body).includes('pool=first '),
  })
  await createPool('first', { replicas: 1 })
  await eventually(() => expect(callsOf('first')).toContain('instanceTemplates.insert'))
  const { metadata } = await poolOf('first')
  expect(metadata.finalizers).toContain('gcpmachinepool.infrastructure.cluster.x-k8s.io')
  expect(JSON.stringify(metadata.annotations)).toContain('us-central1')
  away()
  await running('first', 1)
})

test('CAPG-013 without replicas a pool has one instance, at first and later', async () => {
  await createPool('plain')
  await running('plain', 1)
  await passes()
  expect(groupOf('plain')?.resource.targetSize).toBe(1)
})

test('CAPG-039 where something else manages the replicas, the size is left alone and replicas follow it', async () => {
  await createPool('scaled', {
    replicas: 1,
    annotations: { 'cluster.x-k8s.io/replicas-managed-by': 'autoscaler' },
  })
  await eventually(() => expect(groupOf('scaled')?.ready).toBe(true))
  const { path } = groupOf('scaled')!
  const url = `${gcp.url}/compute/v1/projects/simulated-project/${path}/resize?size=2`
  expect((await fetch(url, { method: 'POST' })).status).toBe(200)
  await eventually(async () => {
    const { spec } = await system.client.get(machinePools, { namespace, name: 'scaled' })
    expect(spec.replicas).toBe(2)
  })
  expect(callsOf('scaled').filter((call) => call.endsWith('.resize'))).toHaveLength(1)
})

test('CAPG-043 a rolling change never goes below the replicas, and ends with new instances alone', async () => {
  await createPool('rolled', { replicas: 2 })
  await running('rolled', 2)
  const old = membersOf('rolled')
  const sizes: number[] = []
  const stop = gcp.faults.add({
    operation: '*',
    error: 'backendError',
    when: () => {
      sizes.push(membersOf('rolled').length)
      return false
    },
  })
  await system.client.patch(
    gcpPools,
    { namespace, name: 'rolled' },
    { type: 'merge', body: { spec: { instanceType: 'n2-standard-4' } } },
  )
  await eventually(() => {
    expect(membersOf('rolled')).toHaveLength(2)
    expect(membersOf('rolled').filter((name) => old.includes(name))).toEqual([])
  }, 90_000)
  stop()
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(2)
  await eventually(() =>
    expect(
      gcp
        .project()
        .templates()
        .filter(({ name }) => name.startsWith('rolled-')),
    ).toHaveLength(1),
  )
}, 120_000)

const statusOf = async (name: string) => (await poolOf(name)).status as { initialization?: { provisioned?: boolean } }

test('CAPG-054 provisioned stays true, and CAPG-055 every condition has a reason', async () => {
  await createPool('steady', { replicas: 1 })
  await eventually(async () => expect((await statusOf('steady')).initialization?.provisioned).toBe(true))
  gcp.project().capacity.limit('n2-standard-2', 'us-central1-a', 0)
  await patch('steady', { spec: { replicas: 2 } })
  await eventually(async () =>
    expect((await conditionsOf('steady')).map(({ message }) => message).join()).toContain('us-central1-a'),
  )
  expect((await statusOf('steady')).initialization?.provisioned).toBe(true)
  expect((await conditionsOf('steady')).filter(({ reason }) => reason === '')).toEqual([])
  gcp.project().capacity.unlimit('n2-standard-2', 'us-central1-a')
  await running('steady', 2)
})

test('CAPG-048 an instance that does not exist yet is in no list, and has no machine', async () => {
  gcp.project().capacity.limit('e2-standard-4', 'us-central1-a', 1)
  await createPool('short', { replicas: 2, spec: { instanceType: 'e2-standard-4' } })
  await eventually(async () => {
    expect(
      groupOf('short')
        ?.members.map(({ id }) => id !== undefined)
        .toSorted(),
    ).toEqual([false, true])
    expect((await conditionsOf('short')).map(({ message }) => message).join()).toContain('us-central1-a')
    expect(await machinesOf('short')).toHaveLength(1)
  })
  const born = groupOf('short')!.members.find(({ id }) => id !== undefined)!
  const { spec } = await poolOf('short')
  expect((spec as { providerIDList?: string[] }).providerIDList).toEqual([
    `gce://simulated-project/us-central1-a/${born.name}`,
  ])
  gcp.project().capacity.unlimit('e2-standard-4', 'us-central1-a')
  await running('short', 2)
})

test('CAPG-058 there is one GCPMachinePoolMachine for each instance, and the pool names their kind', async () => {
  await createPool('machines', { replicas: 2 })
  await running('machines', 2)
  await eventually(async () => expect(await machinesOf('machines')).toHaveLength(2))
  expect(((await poolOf('machines')).status as Record<string, unknown>)['infrastructureMachineKind']).toBe(
    'GCPMachinePoolMachine',
  )
  for (const { metadata } of await machinesOf('machines')) {
    expect(metadata.labels?.['cluster.x-k8s.io/pool-name']).toBe('machines')
  }
})

async function machinesOf(pool: string): Promise<readonly UnknownObject[]> {
  const { items } = await system.client.list(gcpMachines, { namespace })
  return items.filter(({ metadata }) => JSON.stringify(metadata.ownerReferences ?? []).includes(`"${pool}"`))
}

test('CAPG-060 the objects of an instance that vanished go, and those of its successor come', async () => {
  await createPool('vanish', { replicas: 1 })
  await running('vanish', 1)
  await eventually(async () => expect(await machinesOf('vanish')).toHaveLength(1))
  const [before] = await machinesOf('vanish')
  gcp.project().remove(`zones/us-central1-a/instances/${membersOf('vanish')[0]}`)
  await eventually(async () => {
    const after = await machinesOf('vanish')
    expect(after.map(({ metadata }) => metadata.uid)).not.toContain(before!.metadata.uid)
    expect(after.map(idOf)).toEqual(groupOf('vanish')!.members.map(({ id }) => id))
  })
})

test('CAPG-059 deleting the machine of one instance removes exactly that instance, and its object goes with it', async () => {
  await createPool('chosen', { replicas: 2 })
  await running('chosen', 2)
  await eventually(async () => expect(await machinesOf('chosen')).toHaveLength(2))
  const [victim, other] = await machinesOf('chosen')
  // As Cluster API's Machine controller does once the Node is drained.
  await system.client.delete(gcpMachines, { namespace, name: victim!.metadata.name! })
  await eventually(async () => {
    const ids = groupOf('chosen')!.members.map(({ id }) => id)
    expect(ids).not.toContain(idOf(victim!))
    expect(ids).toContain(idOf(other!))
    expect((await machinesOf('chosen')).map(({ metadata }) => metadata.uid)).not.toContain(victim!.metadata.uid)
  })
})

function idOf(machine: UnknownObject): string | undefined {
  return (machine['spec'] as Record<string, string>)['instanceID']
}

test('a deleted pool leaves nothing behind', async () => {
  await createPool('doomed', { replicas: 2 })
  await running('doomed', 2)
  await system.client.delete(machinePools, { namespace, name: 'doomed' })
  await eventually(async () => {
    await expect(poolOf('doomed')).rejects.toSatisfy(isNotFound)
    expect(groupOf('doomed')).toBeUndefined()
    expect(
      gcp
        .project()
        .templates()
        .filter(({ name }) => name.startsWith('doomed-')),
    ).toEqual([])
  })
  expect((await system.client.list(machines, { namespace })).items.map(({ metadata }) => metadata.name)).not.toContain(
    'doomed',
  )
})
