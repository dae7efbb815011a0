import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createManualClock, type ManualClock } from '@machinepool/runtime/testing'
import { createGcpSimulator, type GcpSimulator } from '@machinepool/simulator'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { createGcpRest, templateBody, type GcpBody, type GcpRest } from './gcp-rest.ts'

interface Cloud {
  readonly gcp: GcpSimulator
  readonly clock: ManualClock
  readonly api: GcpRest
}

const zone = 'zones/us-central1-a'
const group = `${zone}/instanceGroupManagers/pool`
let folder: string
let clouds: Cloud[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-'))
  clouds = []
})

afterEach(async () => {
  for (const { gcp } of clouds) await gcp.close()
  rmSync(folder, { recursive: true })
})

async function start(file: string): Promise<Cloud> {
  const clock = createManualClock()
  const gcp = await createGcpSimulator({ clock, project: 'p1', stateFile: join(folder, file) })
  const cloud = { gcp, clock, api: createGcpRest(gcp.url, 'p1') }
  clouds.push(cloud)
  return cloud
}

/** What a process killed at this moment leaves behind, opened by the next one. */
async function killAndRestart(file: string, next: string): Promise<Cloud> {
  for (const suffix of ['', '-wal']) {
    if (existsSync(join(folder, file + suffix))) copyFileSync(join(folder, file + suffix), join(folder, next + suffix))
  }
  return start(next)
}

function insertGroup({ api }: Cloud, size: number, more: object = {}): Promise<GcpBody> {
  const body = {
    name: 'pool',
    baseInstanceName: 'pool',
    targetSize: size,
    versions: [{ instanceTemplate: 'global/instanceTemplates/t1' }],
    ...more,
  }
  return api.ok('POST', `${zone}/instanceGroupManagers`, body)
}

async function withGroup(file: string, size: number, more: object = {}): Promise<Cloud> {
  const cloud = await start(file)
  await cloud.api.ok('POST', 'global/instanceTemplates', templateBody('t1'))
  await cloud.clock.advance(1_000)
  await insertGroup(cloud, size, more)
  await cloud.clock.advance(10_000)
  return cloud
}

/** Instances and what is done with them, as one line each. */
async function members({ api }: Cloud): Promise<readonly string[]> {
  const { managedInstances = [] } = await api.ok('POST', `${group}/listManagedInstances`)
  return managedInstances.map(({ id, instanceStatus, currentAction }) => [id, instanceStatus, currentAction].join(' '))
}

test('an insertion that was acknowledged goes on after a crash, and its operation is found by name', async () => {
  const before = await start('one')
  const { name: first } = await before.api.ok('POST', 'global/instanceTemplates', templateBody('t1'))

  const between = await killAndRestart('one', 'two')
  expect((await between.api.call('GET', 'global/instanceTemplates/t1')).status).toBe(404)
  await between.clock.advance(1_000)
  expect(await between.api.ok('GET', `global/operations/${first}`)).toMatchObject({ status: 'DONE', progress: 100 })
  expect((await between.api.call('POST', 'global/instanceTemplates', templateBody('t1'))).status).toBe(409)
  const { name: second } = await insertGroup(between, 2)

  const after = await killAndRestart('two', 'three')
  expect(await after.api.ok('GET', `${zone}/operations/${second}`)).toMatchObject({ status: 'PENDING' })
  await after.clock.advance(10_000)
  expect(await after.api.ok('GET', `${zone}/operations/${second}`)).toMatchObject({ status: 'DONE' })
  expect(await members(after)).toEqual([
    expect.stringMatching(/^\d+ RUNNING NONE$/),
    expect.stringMatching(/^\d+ RUNNING NONE$/),
  ])
})

test('instances, and the address and id counters, go on where they were', async () => {
  const before = await withGroup('one', 2)
  const known = before.gcp.project().instances()

  const after = await killAndRestart('one', 'two')
  expect(after.gcp.project().instances()).toEqual(known)
  await after.api.ok('POST', `${group}/resize?size=4`)
  await after.clock.advance(10_000)
  const all = after.gcp.project().instances()
  expect(all).toHaveLength(4)
  expect(new Set(all.map(({ id }) => id)).size).toBe(4)
  expect(new Set(all.map(({ ip }) => ip)).size).toBe(4)
})

test('a launch, a removal and a re-creation under way are finished', async () => {
  const before = await withGroup('one', 3)
  const [removed, recreated, kept] = before.gcp.project().instances()
  await before.api.ok('POST', `${group}/deleteInstances`, { instances: [removed!.name] })
  await before.api.ok('POST', `${group}/recreateInstances`, { instances: [recreated!.name] })
  await before.api.ok('POST', `${group}/resize?size=3`)
  await before.clock.advance(400)

  const after = await killAndRestart('one', 'two')
  await after.clock.advance(20_000)
  const ids = after.gcp
    .project()
    .instances()
    .map(({ id }) => id)
  expect(await members(after)).toEqual(
    Array.from({ length: 3 }, () => expect.stringMatching(/ RUNNING NONE$/) as string),
  )
  expect(ids).toContain(kept!.id)
  expect(ids).not.toContain(removed!.id)
  expect(ids).not.toContain(recreated!.id)
  expect(
    after.gcp
      .project()
      .instances()
      .map(({ name }) => name),
  ).toContain(recreated!.name)
})

test('a removal request that is repeated after a crash is still the same one', async () => {
  const before = await withGroup('one', 3)
  const [removed] = before.gcp.project().instances()
  const call = `${group}/deleteInstances?requestId=0f3c1f57-5a3d-4d0a-9a4e-2f2f3a1c0b11`
  const { name } = await before.api.ok('POST', call, { instances: [removed!.name] })

  const after = await killAndRestart('one', 'two')
  expect((await after.api.ok('POST', call, { instances: [removed!.name] })).name).toBe(name)
  await after.clock.advance(10_000)
  expect(await members(after)).toHaveLength(2)
})

test('a deletion under way ends, and with it its operation', async () => {
  const before = await withGroup('one', 2)
  const { name } = await before.api.ok('DELETE', group)
  await before.clock.advance(300)

  const after = await killAndRestart('one', 'two')
  expect(await after.api.ok('GET', `${zone}/operations/${name}`)).toMatchObject({ status: 'RUNNING' })
  await after.clock.advance(20_000)
  expect(await after.api.ok('GET', `${zone}/operations/${name}`)).toMatchObject({ status: 'DONE' })
  expect((await after.api.call('GET', group)).status).toBe(404)
  expect(after.gcp.project().instances()).toEqual([])
})

test('a health check under way is looked at again', async () => {
  const before = await start('one')
  await before.api.ok('POST', 'global/instanceTemplates', templateBody('t1'))
  await before.api.ok('POST', 'global/healthChecks', { name: 'alive', type: 'TCP', tcpHealthCheck: { port: 80 } })
  await before.clock.advance(1_000)
  await insertGroup(before, 1, {
    autoHealingPolicies: [{ healthCheck: 'global/healthChecks/alive', initialDelaySec: 60 }],
  })
  await before.clock.advance(1_200)
  expect(await members(before)).toEqual([expect.stringMatching(/ VERIFYING$/)])

  const after = await killAndRestart('one', 'two')
  await after.clock.advance(5_000)
  expect(await members(after)).toEqual([expect.stringMatching(/ RUNNING NONE$/)])
})
