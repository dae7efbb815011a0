import type { JsonObject } from '@machinepool/contract'
import { bootstrapData } from '@machinepool/contract/testing'
import type { GCPMachinePoolSpec } from '@machinepool/provider-gcp'
import { afterEach, expect, test } from 'vitest'

import { createGcpRest, templateBody } from '../../e2e/gcp-rest.ts'
import { gcpWorld, lives, typesOf, writes, type GcpTestWorld } from './world.ts'

let world: GcpTestWorld
afterEach(() => world.close())

interface Properties {
  readonly disks: readonly {
    type?: string
    interface?: string
    initializeParams: JsonObject
    diskEncryptionKey?: JsonObject
  }[]
  readonly scheduling: JsonObject
  readonly metadata: { readonly items: readonly { readonly key: string; readonly value: string }[] }
  readonly resourceManagerTags?: JsonObject
}

/** Properties of the template that a pool of this spec makes. */
async function propertiesOf(changes: Partial<GCPMachinePoolSpec>): Promise<Properties> {
  world = await gcpWorld()
  world.change(changes)
  await world.drive.settleWrites({ size: 0 })
  return world.bodies('instanceTemplates.insert')[0]!['properties'] as unknown as Properties
}

test('CAPG-020 other bootstrap data reaches new instances and replaces none', async () => {
  world = await gcpWorld()
  const { drive } = world
  const before = await drive.converge({ size: 2 })
  const bootstrap = bootstrapData('default/np-boot', 'join-token-beta')
  const after = await drive.converge({ size: 3, bootstrap, roll: true })
  expect(lives(after)).toEqual(expect.arrayContaining([...lives(before)]))
  const user = world.cloud
    .templates()
    .map(({ properties }) => properties.metadata?.items?.find(({ key }) => key === 'user-data'))
  expect(user.some((item) => item?.value?.includes('join-token-beta'))).toBe(true)
  expect(new Set(after.instances.map(({ revision }) => revision)).size).toBe(1)
})

test('CAPG-021 another image makes another template, and the old one goes when nothing is made from it', async () => {
  world = await gcpWorld()
  const { drive, cloud } = world
  cloud.addImage({ path: 'projects/p1/global/images/other', architecture: 'X86_64', diskSizeGb: 10, created: 0 })
  await drive.converge({ size: 2 })
  const [old] = cloud.templates()
  world.change({ image: 'projects/p1/global/images/other' })
  const during = await drive.converge({ size: 2 })
  expect(during.templates.map(({ id }) => id)).toContain(old?.name)
  expect(cloud.groups()[0]?.resource.versions[0]?.instanceTemplate).not.toContain(old?.name)
  const after = await drive.converge({ size: 2, roll: true })
  expect(after.templates).toHaveLength(1)
  expect(cloud.templates().map(({ name }) => name)).not.toContain(old?.name)
})

test('CAPG-022 a template that is still used is left for later, and the pool stays healthy', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  await drive.converge({ size: 1 })
  world.change({ instanceType: 'n2-standard-8' })
  simulator.faults.add({
    operation: 'instanceTemplates.delete',
    error: { status: 400, reason: 'resourceInUseByAnotherResource' },
    times: 1,
  })
  const seen = await drive.converge({ size: 1, roll: true })
  expect(drive.errors).toEqual([])
  expect(seen.templates).toHaveLength(2)
  await drive.harness.clock.advance(400_000)
  expect((await drive.converge({ size: 1 })).templates).toHaveLength(1)
})

test("CAPG-023 deleting one pool leaves the templates of the cluster's other pools", async () => {
  world = await gcpWorld()
  const other = world.another({ key: { namespace: 'default', name: 'other' } })
  await other.converge({ size: 0 })
  await world.drive.converge({ size: 0 })
  await world.drive.converge({ presence: 'absent' })
  expect(world.cloud.templates().map(({ name }) => name)).toEqual([expect.stringMatching(/^other-/)])
})

test('CAPG-024 what pool np cleans up is never of pool np-gpu', async () => {
  world = await gcpWorld()
  const gpu = world.another({ key: { namespace: 'default', name: 'np-gpu' } })
  await gpu.converge({ size: 1 })
  await world.drive.converge({ size: 1 })
  world.change({ instanceType: 'n2-standard-8' })
  await world.drive.converge({ size: 1, roll: true })
  await world.drive.converge({ presence: 'absent' })
  expect(await gpu.plan({ size: 1 })).toEqual([])
  expect(world.cloud.templates()).toHaveLength(1)
})

test('CAPG-027 a disk with a key of its own keeps it without a key of the boot disk', async () => {
  const kmsKeyName = 'projects/p1/locations/l/keyRings/r/cryptoKeys/k'
  const { disks } = await propertiesOf({
    additionalDisks: [
      { deviceType: 'pd-ssd', size: 100, encryptionKey: { keyType: 'Managed', managedKey: { kmsKeyName } } },
    ],
  })
  expect(disks[0]).not.toHaveProperty('diskEncryptionKey')
  expect(disks[1]).toMatchObject({ diskEncryptionKey: { kmsKeyName }, initializeParams: { diskSizeGb: '100' } })
})

test('a supplied key goes to Google, and neither into the plan nor into a log', async () => {
  const rawKey = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE='
  const { disks } = await propertiesOf({ rootDiskEncryptionKey: { keyType: 'Supplied', suppliedKey: { rawKey } } })
  expect(disks[0]?.diskEncryptionKey).toEqual({ rawKey })
  expect(JSON.stringify([world.drive.planned, world.drive.lines])).not.toContain(rawKey)
})

test('CAPG-028 a local SSD is scratch, NVMe, 375 GB and has no key', async () => {
  const { disks } = await propertiesOf({ additionalDisks: [{ deviceType: 'local-ssd' }] })
  expect(disks[1]).toEqual({
    autoDelete: true,
    type: 'SCRATCH',
    interface: 'NVME',
    initializeParams: { diskType: 'local-ssd', diskSizeGb: '375' },
  })
})

test('CAPG-029 spot instances neither restart by themselves nor migrate', async () => {
  const { scheduling } = await propertiesOf({ provisioningModel: 'Spot' })
  expect(scheduling).toEqual({ provisioningModel: 'SPOT', automaticRestart: false, onHostMaintenance: 'TERMINATE' })
})

test('CAPG-030 a tag that Google does not know fails visibly, and is not dropped', async () => {
  const tag = { parentID: '123456789012', key: 'cost', value: 'ml' }
  const { resourceManagerTags, disks } = await propertiesOf({ resourceManagerTags: [tag] })
  expect(resourceManagerTags).toEqual({ '123456789012/cost': 'ml' })
  expect(disks[0]?.initializeParams['resourceManagerTags']).toEqual({ '123456789012/cost': 'ml' })
  await world.drive.converge({ presence: 'absent' })
  world.simulator.faults.add({ operation: 'instanceTemplates.insert', error: { reason: 'invalid' }, times: 1 })
  const [create] = await world.drive.plan({ size: 1 })
  await expect(world.drive.execute(create!)).rejects.toMatchObject({ code: 'InvalidSpec' })
  const [again] = await world.drive.plan({ size: 1 })
  expect(again?.parameters['name']).toBe(create?.parameters['name'])
})

test('CAPG-032 a boot disk has 30 GB when nothing is said', async () => {
  const { disks } = await propertiesOf({})
  expect(disks[0]?.initializeParams).toMatchObject({ diskSizeGb: '30', diskType: 'pd-standard' })
})

test('CAPG-042 with OnDelete existing instances stay, and new ones are of the new template', async () => {
  world = await gcpWorld()
  const { drive } = world
  const before = await drive.converge({ size: 2 })
  world.change({ instanceType: 'n2-standard-8', strategy: { type: 'OnDelete' } })
  const after = await drive.converge({ size: 3 })
  expect(lives(after)).toEqual(expect.arrayContaining([...lives(before)]))
  expect(new Set(after.instances.map(({ revision }) => revision)).size).toBe(2)
})

test('CAPG-044 a change during a rollout moves it to the newest template, and nothing is left of the one between', async () => {
  world = await gcpWorld()
  const { drive, cloud } = world
  await drive.converge({ size: 2 })
  world.change({ instanceType: 'n2-standard-8' })
  for (let round = 0; round < 6; round++) {
    await drive.round({ size: 2, roll: true })
    await drive.harness.clock.advance(1_000)
  }
  world.change({ instanceType: 'n2-standard-16' })
  const after = await drive.converge({ size: 2, roll: true })
  expect(cloud.instances().map(({ properties }) => properties.machineType)).toEqual([
    'n2-standard-16',
    'n2-standard-16',
  ])
  expect(after.templates).toHaveLength(1)
})

test('CAPG-046 a patch from a stale fingerprint changes nothing and is computed anew', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  await drive.converge({ size: 1 })
  world.change({ namedPorts: [{ name: 'http', port: 8080 }] })
  const stale = await drive.plan({ size: 1 })
  const url = `${simulator.url}/compute/v1/projects/p1/zones/us-central1-a/instanceGroupManagers/c1-np`
  const live = (await (await fetch(url)).json()) as { fingerprint: string }
  await fetch(url, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ fingerprint: live.fingerprint, targetPools: [] }),
  })
  await drive.harness.clock.advance(2_000)
  await expect(drive.execute(stale[0]!)).rejects.toMatchObject({ code: 'Conflict' })
  await drive.converge({ size: 1 })
  expect(world.cloud.groups()[0]?.resource.namedPorts).toEqual([{ name: 'http', port: 8080 }])
})

test('CAPG-047 a setting that leaves the spec leaves the group, and one that others set stays', async () => {
  world = await gcpWorld()
  const { drive, cloud, simulator } = world
  const resource = () => cloud.groups()[0]!.resource
  const api = createGcpRest(simulator.url, 'p1')
  await api.ok('POST', 'global/healthChecks', { name: 'alive', type: 'TCP', tcpHealthCheck: { port: 10250 } })
  await drive.harness.clock.advance(2_000)
  world.change({
    autoHealing: { healthCheck: 'alive', initialDelaySeconds: 60 },
    namedPorts: [{ name: 'http', port: 8080 }],
    targetSizePolicy: 'Bulk',
  })
  await drive.converge({ size: 1 })
  expect(resource()).toMatchObject({
    autoHealingPolicies: [{ initialDelaySec: 60 }],
    targetSizePolicy: { mode: 'BULK' },
  })
  await drive.harness.clock.advance(10_000)
  world.change({})
  await drive.converge({ size: 1 })
  expect(resource()).toMatchObject({
    autoHealingPolicies: [],
    namedPorts: [],
    targetSizePolicy: { mode: 'INDIVIDUAL' },
  })
  expect(resource().description).not.toContain('settings')
  expect(await drive.plan({ size: 1 })).toEqual([])

  // Somebody else's own, never named by the spec.
  const group = 'zones/us-central1-a/instanceGroup'
  await api.ok('POST', `${group}s/c1-np/setNamedPorts`, { namedPorts: [{ name: 'admin', port: 9000 }] })
  await api.ok('PATCH', `${group}Managers/c1-np`, {
    autoHealingPolicies: [{ healthCheck: 'global/healthChecks/alive' }],
  })
  await drive.harness.clock.advance(10_000)
  expect(await drive.plan({ size: 1 })).toEqual([])
})

test('ports of a group that is there are set by their own call, which a patch cannot do', async () => {
  world = await gcpWorld()
  const { drive, cloud } = world
  await drive.converge({ size: 1 })
  world.forget()
  world.change({ namedPorts: [{ name: 'http', port: 8080 }] })
  await drive.converge({ size: 1 })
  expect(writes(world.calls())).toEqual(['instanceGroupManagers.patch', 'instanceGroups.setNamedPorts'])
  expect(cloud.groups()[0]!.resource.namedPorts).toEqual([{ name: 'http', port: 8080 }])
  expect(await drive.plan({ size: 1 })).toEqual([])
})

test('a canary that somebody set up ends with the first change of ours, and the rest is what counts', async () => {
  world = await gcpWorld()
  const { drive, cloud, simulator } = world
  await drive.converge({ size: 2 })
  const [own] = cloud.templates()
  const api = createGcpRest(simulator.url, 'p1')
  await api.ok('POST', 'global/instanceTemplates', templateBody('canary'))
  await drive.harness.clock.advance(2_000)
  await api.ok('PATCH', 'zones/us-central1-a/instanceGroupManagers/c1-np', {
    versions: [
      { name: 'new', instanceTemplate: 'global/instanceTemplates/canary', targetSize: { fixed: 1 } },
      { name: 'old', instanceTemplate: own!.path },
    ],
  })
  await drive.harness.clock.advance(10_000)
  const observed = await drive.observe()
  expect(observed.templates.filter(({ current }) => current).map(({ id }) => id)).toEqual([own!.name])
  const before = lives(observed)
  expect(lives(await drive.converge({ size: 2 }))).toEqual(before)
  expect(cloud.groups()[0]!.resource.versions).toHaveLength(1)
})

test('labels change for new instances alone', async () => {
  world = await gcpWorld()
  const before = await world.drive.converge({ size: 1 })
  world.change({ additionalLabels: { team: 'blue' } })
  expect(typesOf(await world.drive.plan({ size: 1 }))).toEqual(['CreateTemplate'])
  const after = await world.drive.converge({ size: 1, roll: true })
  expect(lives(after)).toEqual(lives(before))
  expect(writes(world.calls('instanceGroupManagers.deleteInstances'))).toEqual([])
})
