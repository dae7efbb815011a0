import { existsSync } from 'node:fs'

import { labels } from '@machinepool/api'
import { createMachinePoolController } from '@machinepool/core'
import type { CustomResourceDefinition, Resource } from '@machinepool/kube'
import { afterEach, describe, expect, test } from 'vitest'

import { readUpstreamCrd, upstreamFolder } from '../compat/upstream.ts'
import { eventually } from './eventually.ts'
import { machinePools, machines } from './machine-pool-kinds.ts'
import { nodeNames, poolKey, startPoolWorld, type PoolWorld } from './machine-pool-world.ts'
import { joinNode } from './node-joins.ts'

// Upstream's own definitions of providers' kinds, with objects as their controllers write them, under our core controller.
const present = existsSync(upstreamFolder)

test("upstream's definitions are there to be read, or this is not CI", async ({ annotate }) => {
  if (!present) await annotate(`${upstreamFolder.pathname} is missing: no upstream kind was tried`)
  expect(present || process.env['CI'] !== 'true', `${upstreamFolder.pathname} is missing`).toBe(true)
})

const group = 'infrastructure.cluster.x-k8s.io'
const since = '2026-01-01T00:00:00Z'

/** What a provider says of itself: contract labels that its installer puts on the CRD, and how it fills in its objects. */
interface UpstreamKind {
  readonly file: string
  readonly version: string
  readonly contract: Readonly<Record<string, string>>
  readonly spec: Record<string, unknown>
  readonly providerID: (index: number) => string
  readonly machine?: { readonly file: string; readonly spec: (providerID: string) => Record<string, unknown> }
  readonly status: (ready: boolean, replicas: number) => object
  /** Contract v1beta2: once provisioned it says so for ever, and its list counts whether it is ready or not. */
  readonly staysProvisioned?: true
}

/** A condition of contract v1beta1: no reason while True, a severity while False. */
const oldReady = (ready: boolean) => [
  ready
    ? { type: 'Ready', status: 'True', lastTransitionTime: since }
    : { type: 'Ready', status: 'False', severity: 'Info', reason: 'WaitingForIt', lastTransitionTime: since },
]
const newReady = (ready: boolean) => [
  {
    type: 'Ready',
    status: ready ? 'True' : 'False',
    reason: ready ? 'Ready' : 'WaitingForIt',
    message: '',
    lastTransitionTime: since,
  },
]
const v1beta1 = { 'cluster.x-k8s.io/v1beta1': 'v1beta1' }
const azureSet = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/np'

const kinds: Readonly<Record<string, UpstreamKind>> = {
  AWSMachinePool: {
    file: 'aws/infrastructure.cluster.x-k8s.io_awsmachinepools.yaml',
    version: 'v1beta2',
    contract: { 'cluster.x-k8s.io/v1beta1': 'v1beta1_v1beta2' },
    spec: { minSize: 0, maxSize: 5, awsLaunchTemplate: { instanceType: 't3.large' } },
    providerID: (index) => `aws:///eu-west-1a/i-${index}`,
    machine: {
      file: 'aws/infrastructure.cluster.x-k8s.io_awsmachines.yaml',
      spec: (providerID) => ({ providerID, instanceID: providerID.split('/').at(-1), instanceType: 't3.large' }),
    },
    status: (ready, replicas) => ({
      ready,
      replicas,
      infrastructureMachineKind: 'AWSMachine',
      conditions: oldReady(ready),
      launchTemplateID: 'lt-1',
      asgStatus: 'InService',
    }),
  },
  AWSManagedMachinePool: {
    file: 'aws/infrastructure.cluster.x-k8s.io_awsmanagedmachinepools.yaml',
    version: 'v1beta2',
    contract: { 'cluster.x-k8s.io/v1beta1': 'v1beta1_v1beta2' },
    spec: { eksNodegroupName: 'np' },
    providerID: (index) => `aws:///eu-west-1a/i-${index}`,
    status: (ready, replicas) => ({ ready, replicas, conditions: oldReady(ready) }),
  },
  AzureMachinePool: {
    file: 'azure/infrastructure.cluster.x-k8s.io_azuremachinepools.yaml',
    version: 'v1beta1',
    contract: v1beta1,
    spec: { location: 'westeurope', template: { osDisk: { osType: 'Linux' }, vmSize: 'Standard_D2s_v3' } },
    providerID: (index) => `azure://${azureSet}/virtualMachines/${index}`,
    machine: {
      file: 'azure/infrastructure.cluster.x-k8s.io_azuremachinepoolmachines.yaml',
      spec: (providerID) => ({ providerID, instanceID: providerID.split('/').at(-1) }),
    },
    status: (ready, replicas) => ({
      ready,
      replicas,
      infrastructureMachineKind: 'AzureMachinePoolMachine',
      provisioningState: ready ? 'Succeeded' : 'Updating',
      conditions: oldReady(ready),
    }),
  },
  GCPMachinePool: {
    file: 'gcp/infrastructure.cluster.x-k8s.io_gcpmachinepools.yaml',
    version: 'v1beta1',
    contract: v1beta1,
    spec: { instanceType: 'n2-standard-2' },
    providerID: (index) => `gce://project/europe-west1-b/np-${index}`,
    status: (ready, replicas) => ({ ready, replicas, conditions: newReady(ready) }),
  },
  OCIMachinePool: {
    file: 'oci/infrastructure.cluster.x-k8s.io_ocimachinepools.yaml',
    version: 'v1beta2',
    contract: { 'cluster.x-k8s.io/v1beta1': 'v1beta1_v1beta2' },
    spec: {},
    providerID: (index) => `oci://ocid1.instance.oc1..${index}`,
    machine: {
      file: 'oci/infrastructure.cluster.x-k8s.io_ocimachinepoolmachines.yaml',
      spec: (providerID) => ({ providerID }),
    },
    // Its Go type leaves a zero out.
    status: (ready, replicas) => ({
      ready,
      ...(replicas > 0 && { replicas }),
      infrastructureMachineKind: 'OCIMachinePoolMachine',
      conditions: oldReady(ready),
    }),
  },
  ScalewayManagedMachinePool: {
    file: 'scaleway/infrastructure.cluster.x-k8s.io_scalewaymanagedmachinepools.yaml',
    version: 'v1alpha2',
    contract: { 'cluster.x-k8s.io/v1beta2': 'v1alpha2' },
    spec: { nodeType: 'DEV1-M', zone: 'fr-par-1' },
    providerID: (index) => `scaleway://instance/fr-par-1/${index}`,
    staysProvisioned: true,
    // Only the field of contract v1beta2.
    status: (ready, replicas) => ({
      ...(ready && { initialization: { provisioned: true } }),
      replicas,
      conditions: newReady(ready),
    }),
  },
}

let world: PoolWorld

describe.each(Object.entries(present ? kinds : {}))("upstream's %s under our core", (kind, provider) => {
  afterEach(() => world.stop())
  const definition = labelled(readUpstreamCrd(provider.file) as never, provider)
  const machineDefinition = provider.machine && labelled(readUpstreamCrd(provider.machine.file) as never, provider)
  const pools = placeOf(definition, provider.version)
  const ids = [1, 2].map(provider.providerID)

  async function says(ready: boolean, list: readonly string[]): Promise<void> {
    // What it leaves out is not there: its controller writes its status whole.
    const status = { replicas: null, ...provider.status(ready, list.length) }
    const writeStatus = () =>
      world.client.patch(pools, poolKey, { type: 'merge', body: { status } }, { subresource: 'status' })
    const providerIDList = list.length > 0 ? list : null
    if (!ready) await writeStatus()
    await world.client.patch(pools, poolKey, { type: 'merge', body: { spec: { providerIDList } } })
    if (ready) await writeStatus()
  }

  async function becomes(phase: string, replicas: number, names: readonly string[]): Promise<void> {
    await eventually(async () => {
      const { spec, status } = await world.client.get(machinePools, poolKey)
      expect(status?.phase).toBe(phase)
      expect(status?.replicas ?? 0).toBe(replicas)
      expect(spec.providerIDList ?? []).toHaveLength(replicas)
      expect(await nodeNames(world)).toEqual(names)
      const made = (await world.client.list(machines)).items.map(({ metadata, spec: { providerID } }) => [
        metadata.name,
        providerID,
      ])
      expect(made).toEqual(provider.machine === undefined ? [] : names.map((name) => [name, idOf(name)]))
    })
  }
  const idOf = (name: string): string => provider.providerID(Number(name.split('-').at(-1)))

  async function createInfraMachine(index: number): Promise<void> {
    if (machineDefinition === undefined || provider.machine === undefined) return
    const place = placeOf(machineDefinition, provider.version)
    await world.client.create(place, {
      apiVersion: `${place.group}/${place.version}`,
      kind: place.kind,
      metadata: {
        namespace: 'default',
        name: `np-${index}`,
        labels: { [labels.clusterName]: 'prod', [labels.poolName]: 'np' },
      },
      spec: provider.machine.spec(provider.providerID(index)),
    })
  }

  test('comes up, keeps its Nodes while it is not ready, goes to zero, and is deleted', async () => {
    world = await startPoolWorld({
      definitions: machineDefinition === undefined ? [definition] : [definition, machineDefinition],
      setup: (manager, workloadClusters) => void createMachinePoolController(manager, { workloadClusters }),
    })
    const { client, workloadClient } = world
    await client.create(machinePools, poolOf(kind))
    await client.create(pools, {
      apiVersion: `${group}/${provider.version}`,
      kind,
      metadata: { ...poolKey, finalizers: ['upstream/provider'] },
      spec: provider.spec,
    })
    await says(false, [])
    await eventually(async () => {
      const { status } = await client.get(machinePools, poolKey)
      expect(status?.phase).toBe('Provisioning')
      const infrastructure = status?.conditions?.find(({ type }) => type === 'InfrastructureReady')
      expect(infrastructure).toMatchObject({ status: 'False', reason: 'WaitingForIt' })
    })

    for (const index of [1, 2]) {
      // One after the other, as instances come.
      // oxlint-disable-next-line no-await-in-loop
      await createInfraMachine(index)
      // oxlint-disable-next-line no-await-in-loop
      await joinNode(workloadClient, `np-${index}`, provider.providerID(index))
    }
    await says(true, ids)
    await becomes('Running', 2, ['np-1', 'np-2'])

    await says(false, provider.staysProvisioned ? ids : ids.slice(0, 1))
    await eventually(async () => {
      const { status } = await client.get(machinePools, poolKey)
      expect(status?.conditions?.find(({ type }) => type === 'Available')?.status).toBe('False')
    })
    await becomes('Running', 2, ['np-1', 'np-2'])

    await client.patch(machinePools, poolKey, { type: 'merge', body: { spec: { replicas: 0 } } })
    if (machineDefinition !== undefined) {
      const place = placeOf(machineDefinition, provider.version)
      await Promise.all([1, 2].map((index) => client.delete(place, { namespace: 'default', name: `np-${index}` })))
      await Promise.all([1, 2].map((index) => client.delete(machines, { namespace: 'default', name: `np-${index}` })))
    }
    await says(true, [])
    await becomes('Running', 0, [])

    await client.delete(machinePools, poolKey)
    await eventually(async () => {
      expect((await client.get(pools, poolKey)).metadata.deletionTimestamp).toBeDefined()
    })
    await client.patch(pools, poolKey, { type: 'merge', body: { metadata: { finalizers: null } } })
    await eventually(async () => {
      expect((await client.list(machinePools)).items).toEqual([])
    })
  }, 90_000)
})

/** As its installer labels it, served without the webhook that would convert it. */
function labelled(definition: CustomResourceDefinition, { contract }: UpstreamKind): CustomResourceDefinition {
  const { metadata, spec } = definition
  const { conversion: _, ...rest } = spec
  return { ...definition, metadata: { ...metadata, labels: { ...metadata.labels, ...contract } }, spec: rest }
}

function placeOf({ spec }: CustomResourceDefinition, version: string): Resource {
  return { group: spec.group, version, kind: spec.names.kind, plural: spec.names.plural, namespaced: true }
}

function poolOf(kind: string) {
  return {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata: { ...poolKey },
    spec: {
      clusterName: 'prod',
      replicas: 2,
      template: {
        spec: {
          clusterName: 'prod',
          version: 'v1.33.1',
          bootstrap: { dataSecretName: 'given' },
          infrastructureRef: { apiGroup: group, kind, name: poolKey.name },
        },
      },
    },
  }
}
