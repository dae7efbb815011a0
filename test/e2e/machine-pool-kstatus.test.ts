import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { buildGoClient, type GoClient } from './go-client.ts'
import { infraPools, machinePools } from './machine-pool-kinds.ts'
import { poolKey, startPoolWorld, type PoolWorld } from './machine-pool-world.ts'

let folder: string
let go: GoClient
let world: PoolWorld
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kstatus-'))
  go = await buildGoClient()
  world = await startPoolWorld()
  await writeFile(join(folder, 'kubeconfig'), world.management.kubeconfig(), { mode: 0o600 })
}, 900_000)
afterAll(async () => {
  await world.stop()
  await rm(folder, { recursive: true, force: true })
})

/** What kstatus itself makes of the pool, read in one of its API versions. */
async function kstatus(version = 'v1beta2'): Promise<{ readonly status: string; readonly message: string }> {
  const place = ['cluster.x-k8s.io', version, 'machinepools', 'default', 'np']
  return (await go.start('kstatus', place, join(folder, 'kubeconfig')).done) as { status: string; message: string }
}

async function inBothVersions(): Promise<string[]> {
  const seen = await Promise.all(['v1beta2', 'v1beta1'].map(kstatus))
  return seen.map(({ status }) => status)
}

function isRunning(replicas: number): Promise<void> {
  return eventually(async () => {
    const { status } = await world.client.get(machinePools, poolKey)
    expect(status).toMatchObject({ phase: 'Running', replicas })
  })
}

test('kstatus sees a pool in progress until it is as wanted, and again after every change', async () => {
  await world.createPool(2)
  await isRunning(2)
  await eventually(async () => expect(await inBothVersions()).toEqual(['Current', 'Current']))
  // Nothing is done for it any more, so that the change lasts.
  const held = { metadata: { annotations: { 'cluster.x-k8s.io/paused': '' } } }
  await world.client.patch(machinePools, poolKey, { type: 'merge', body: held })
  await world.client.patch(machinePools, poolKey, { type: 'merge', body: { spec: { replicas: 3 } } })
  expect(await inBothVersions()).toEqual(['InProgress', 'InProgress'])
  const resumed = { metadata: { annotations: { 'cluster.x-k8s.io/paused': null } } }
  await world.client.patch(machinePools, poolKey, { type: 'merge', body: resumed })
  await isRunning(3)
  await eventually(async () => expect(await inBothVersions()).toEqual(['Current', 'Current']))
}, 60_000)

test('kstatus sees what no waiting mends', async () => {
  const status = { failureReason: 'CreateError', failureMessage: 'no such subnet' }
  await world.client.patch(infraPools, poolKey, { type: 'merge', body: { status } }, { subresource: 'status' })
  await eventually(async () => {
    expect(await kstatus()).toEqual({ status: 'Failed', message: expect.stringContaining('no such subnet') })
  })
}, 60_000)
