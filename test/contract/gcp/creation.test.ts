import { ProviderError } from '@machinepool/contract'
import { removal } from '@machinepool/contract/testing'
import { gcpGroupNames } from '@machinepool/provider-gcp'
import { afterEach, expect, test } from 'vitest'

import { createGcpRest } from '../../e2e/gcp-rest.ts'
import { gcpWorld, json, typesOf, writes, zonesOf, type GcpTestWorld } from './world.ts'

let world: GcpTestWorld
afterEach(() => world.close())

const zones = ['us-central1-b', 'us-central1-a', 'us-central1-c']

function groupPaths(): readonly string[] {
  return world.cloud.groups().map(({ path }) => path)
}

test('CAPG-007 one zone makes a zonal group, several a regional one with exactly those zones', async () => {
  world = await gcpWorld()
  await world.drive.converge({ size: 1 })
  expect(groupPaths()).toEqual(['zones/us-central1-a/instanceGroupManagers/c1-np'])

  const regional = world.another({ key: { namespace: 'default', name: 'wide' } })
  regional.pool = { ...regional.pool, spec: { ...(regional.pool.spec as object), zones } }
  const observed = await regional.converge({ size: 3 })
  const group = world.cloud.groups().find(({ regional: wide }) => wide)
  expect(group?.path).toBe('regions/us-central1/instanceGroupManagers/c1-wide')
  expect(group?.zones.toSorted()).toEqual(zones.toSorted())
  expect(zonesOf(observed)).toEqual(zones.toSorted())
})

test("CAPG-008 without failure domains the cluster's are used, sorted, and the choice is stable", async () => {
  world = await gcpWorld()
  const { drive } = world
  const { zones: _zones, ...spec } = drive.pool.spec as Record<string, never>
  const { infrastructure } = drive.pool.cluster
  const status = { failureDomains: { 'us-central1-f': {}, 'us-central1-b': {} } }
  drive.pool = {
    ...drive.pool,
    spec,
    cluster: { ...drive.pool.cluster, infrastructure: { ...infrastructure, status } },
  }
  await drive.converge({ size: 2 })
  expect(world.cloud.groups()[0]?.zones).toEqual(['us-central1-b', 'us-central1-f'])
  const reordered = { failureDomains: { 'us-central1-b': {}, 'us-central1-f': {} } }
  drive.pool = {
    ...drive.pool,
    cluster: { ...drive.pool.cluster, infrastructure: { ...infrastructure, status: reordered } },
  }
  expect(await drive.plan({ size: 2 })).toEqual([])
})

test('CAPG-009 a zone outside the region of the cluster is refused, naming the field', async () => {
  world = await gcpWorld()
  const { pool, harness } = world.drive
  const outside = { ...pool, spec: { ...(pool.spec as object), zones: ['europe-west1-b'] } }
  expect(() => harness.provider.interpret(outside)).toThrow(
    expect.objectContaining({ code: 'InvalidSpec', field: 'spec.zones' }) as Error,
  )
})

test('CAPG-010 a group that is there already is used when it carries our mark, and left alone when it does not', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  // The answer to the insert is lost, and the write is repeated: 409, with our own mark.
  let lost = false
  await drive.converge({ size: 1 }, async (action) => {
    if (action.type !== 'CreateGroup' || lost) return
    lost = true
    await drive.harness.clock.advance(5_000)
    await drive.harness.restart()
    await expect(drive.execute(action)).resolves.toEqual({ status: 'done' })
  })
  expect(lost).toBe(true)
  expect(simulator.calls.list('instanceGroupManagers.insert').map(({ status }) => status)).toContain(409)
  expect(world.cloud.groups()).toHaveLength(1)

  const stranger = world.another({ key: { namespace: 'default', name: 'theirs' } })
  await stranger.harness.cloud.plant!(stranger.pool, { marks: 'none', size: 1, drifted: false })
  const observed = await stranger.observe()
  expect(observed).toMatchObject({ exists: true, owner: 'unmarked' })
  expect(await stranger.plan({ size: 3 }, observed)).toEqual([])
  expect(await stranger.plan({ presence: 'absent' }, observed)).toEqual([])
  const { conditions } = stranger.harness.provider.report(stranger.pool, observed)
  expect(conditions).toContainEqual(expect.objectContaining({ status: 'False', reason: 'NameConflict' }))
})

test('CAPG-010 a recorded group that was deleted, and whose name another pool took since, is not touched', async () => {
  world = await gcpWorld()
  const { drive, cloud } = world
  const before = await drive.converge({ size: 1 })
  const planned = await drive.plan({ size: 0, remove: before.instances.map((one) => removal(one, false)) }, before)
  const { path } = cloud.groups()[0]!
  const api = createGcpRest(world.simulator.url, 'p1')
  await api.ok('DELETE', path)
  await drive.harness.clock.advance(20_000)
  await drive.harness.cloud.plant!(drive.pool, { marks: 'otherPool', size: 1, drifted: false })
  expect(drive.pool.recorded.providerID).toBe(`gce://p1/${path}`)
  const observed = await drive.observe()
  expect(observed).toMatchObject({ exists: true, owner: 'foreign', groupName: 'c1-np' })
  expect(await drive.plan({ size: 3 }, observed)).toEqual([])
  expect(typesOf(await drive.plan({ presence: 'absent' }, observed))).not.toContain('DeleteGroup')
  // What was planned for the former group is not done to this one.
  expect(typesOf(planned)).toEqual(['RemoveInstances'])
  await expect(drive.execute(planned[0]!)).rejects.toMatchObject({ code: 'Conflict', reason: 'GroupChanged' })
})

test('a new group is seen at once, also by a pool that may be told older answers', async () => {
  world = await gcpWorld()
  const { drive } = world
  const seen = async () => {
    const pool = { ...drive.pool, recorded: {} }
    return (await drive.harness.provider.observe(pool, drive.io({ maxAgeMs: 600_000 }))).exists
  }
  const actions = await drive.plan({ size: 1 })
  expect(await seen()).toBe(false)
  for (const action of actions) {
    // In their order, without a look in between.
    // oxlint-disable-next-line no-await-in-loop
    await drive.execute(action)
    // oxlint-disable-next-line no-await-in-loop
    await drive.harness.clock.advance(2_000)
  }
  expect(await seen()).toBe(true)
})

test('CAPG-011 after a crash between template and group the template is used, and there is one group', async () => {
  world = await gcpWorld()
  const { drive } = world
  let crashed = false
  await drive.converge({ size: 1 }, async (action) => {
    if (action.type !== 'CreateTemplate' || crashed) return
    crashed = true
    await drive.harness.restart()
    drive.pool = { ...drive.pool, operations: [] }
  })
  expect(world.cloud.templates()).toHaveLength(1)
  expect(world.cloud.groups()).toHaveLength(1)
})

test('CAPG-012 a size of 0 is sent, not left out', async () => {
  world = await gcpWorld()
  await world.drive.converge({ size: 0 })
  expect(world.bodies('instanceGroupManagers.insert')[0]).toHaveProperty('targetSize', 0)
})

test('CAPG-014 two pools of one name in two namespaces have groups and templates of their own', async () => {
  world = await gcpWorld()
  await world.drive.converge({ size: 1 })
  const other = world.another({ key: { namespace: 'staging', name: 'np' } })
  const { problems } = await other.observe()
  expect(problems).toContainEqual(expect.objectContaining({ reason: 'NameConflict' }))
  await other.converge({ size: 1 })
  expect(new Set(groupPaths()).size).toBe(2)
  expect(world.cloud.templates()).toHaveLength(2)
  await other.converge({ presence: 'absent' })
  expect(groupPaths()).toEqual(['zones/us-central1-a/instanceGroupManagers/c1-np'])
  expect(world.cloud.templates()).toHaveLength(1)
})

const key = (name: string) => ({
  key: { namespace: 'd', name },
  cluster: { namespace: 'd', name: 'c' },
  managementId: 'm',
})

test('CAPG-015 long names and names with dots become names that Google takes, and stay apart', async () => {
  world = await gcpWorld()
  const long = 'a'.repeat(70)
  for (const name of [`${long}1`, `${long}2`, 'with.dots.in-it', `${'b'.repeat(52)}-x`]) {
    await world.another({ key: { namespace: 'default', name } }).converge({ size: 1 })
  }
  const names = [...world.cloud.groups(), ...world.cloud.templates()].map(({ path }) => path.split('/').at(-1)!)
  expect(names.every((name) => /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))).toBe(true)
  expect(new Set(names).size).toBe(8)
  expect(world.cloud.groups().every(({ resource }) => resource.baseInstanceName.length <= 58)).toBe(true)
  expect(gcpGroupNames(key(`${long}1`)).unique).not.toBe(gcpGroupNames(key(`${long}2`)).unique)
})

test('CAPG-016 an operation that is DONE with an error is a failure, with code and message', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  simulator.faults.add({
    operation: 'instanceTemplates.insert',
    error: { reason: 'QUOTA_EXCEEDED', message: "Quota 'INSTANCE_TEMPLATES' exceeded. Limit: 100" },
    phase: 'operation',
    times: 1,
  })
  await drive.settleWrites({ size: 1 })
  await drive.harness.clock.advance(5_000)
  const { operations } = await drive.observe()
  expect(operations).toEqual([
    expect.objectContaining({
      status: 'failed',
      code: 'QuotaExceeded',
      message: expect.stringContaining('Limit: 100'),
    }),
  ])
  expect((await drive.converge({ size: 1 })).instances).toHaveLength(1)
})

test('CAPG-017 resourceNotReady is waited out', async () => {
  world = await gcpWorld()
  world.simulator.faults.add({ operation: 'instanceGroupManagers.insert', error: 'resourceNotReady', times: 2 })
  const { instances } = await world.drive.converge({ size: 1 })
  expect(instances).toHaveLength(1)
  expect(world.drive.errors.map(({ code }) => code)).toEqual(['InProgress', 'InProgress'])
})

test('CAPG-018 an unchanged pool is left alone, however often it is looked at', async () => {
  world = await gcpWorld()
  await world.drive.converge({ size: 2 })
  world.forget()
  for (let pass = 0; pass < 10; pass++) expect(await world.drive.round({ size: 2 })).toBe('converged')
  expect(writes(world.calls())).toEqual([])
})

test('CAPG-019 order without meaning makes no new template', async () => {
  world = await gcpWorld()
  const labels = { team: 'blue', env: 'prod' }
  world.change({ additionalLabels: labels, additionalNetworkTags: ['x', 'y'] })
  await world.drive.converge({ size: 1 })
  world.change({ additionalLabels: { env: 'prod', team: 'blue' }, additionalNetworkTags: ['y', 'x'] })
  expect(await world.drive.plan({ size: 1 })).toEqual([])
})

test('CAPG-066 deletion is one call for the group, waited for, and then the templates', async () => {
  world = await gcpWorld()
  await world.drive.converge({ size: 2 })
  world.forget()
  await world.drive.settleWrites({ presence: 'absent' })
  // It can still be read while it goes, and nothing may be made in its place before it is gone.
  expect(await world.drive.observe()).toMatchObject({ exists: false, deleting: true })
  expect(await world.drive.plan({ presence: 'absent' })).toEqual([])
  await world.drive.converge({ presence: 'absent' })
  expect(writes(world.calls())).toEqual(['instanceGroupManagers.delete', 'instanceTemplates.delete'])
  expect(world.cloud.groups()).toEqual([])
  expect(world.cloud.templates()).toEqual([])
  expect(world.cloud.instances()).toEqual([])
})

test('CAPG-067 a group that a backend service uses says who uses it, and goes when that ends', async () => {
  world = await gcpWorld()
  const { drive, cloud } = world
  await drive.converge({ size: 1 })
  const { path } = cloud.groups()[0]!
  cloud.setBackendService(path, 'web')
  const [action] = await drive.plan({ presence: 'absent' })
  const refused = drive.execute(action!)
  await expect(refused).rejects.toMatchObject({ code: 'InProgress', message: expect.stringContaining('web') as string })
  cloud.setBackendService(path, undefined)
  await drive.converge({ presence: 'absent' })
  expect(cloud.groups()).toEqual([])
})

test('CAPG-068 the recorded group is found and deleted when zones and cluster are others, or gone', async () => {
  world = await gcpWorld()
  const { drive } = world
  await drive.converge({ size: 1 })
  const { infrastructure: _gone, ...cluster } = drive.pool.cluster
  drive.pool = { ...drive.pool, cluster, spec: { ...(drive.pool.spec as object), zones: ['us-central1-f'] } }
  expect(drive.pool.recorded.providerID).toBe('gce://p1/zones/us-central1-a/instanceGroupManagers/c1-np')
  await drive.converge({ presence: 'absent' })
  expect(world.cloud.groups()).toEqual([])
  expect(world.cloud.templates()).toEqual([])
})

test('CAPG-069 deleting a pool that never came to be writes nothing', async () => {
  world = await gcpWorld()
  await world.drive.converge({ presence: 'absent' })
  expect(writes(world.calls())).toEqual([])
})

test('CAPG-070 a pool in deletion makes and resizes nothing', async () => {
  world = await gcpWorld()
  const { drive } = world
  await drive.converge({ size: 2 })
  drive.planned.length = 0
  await drive.converge({ presence: 'absent', size: 5 })
  expect([...new Set(typesOf(drive.planned))].toSorted()).toEqual(['DeleteGroup', 'DeleteTemplate'])
})

test('a pool without any zone says so instead of guessing', async () => {
  world = await gcpWorld()
  const { drive } = world
  const { zones: _zones, ...spec } = json(drive.pool.spec as never)
  drive.pool = { ...drive.pool, spec }
  const observed = await drive.observe()
  const { problems } = await drive.harness.provider.resolve(drive.pool, observed, drive.io())
  expect(problems).toContainEqual(expect.objectContaining({ reason: 'ZonesUnknown' }))
  expect(ProviderError.is(problems)).toBe(false)
})
