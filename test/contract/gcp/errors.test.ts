import { ProviderError, Sensitive } from '@machinepool/contract'
import { createGcpProvider } from '@machinepool/provider-gcp'
import { afterEach, expect, test } from 'vitest'

import { gcpWorld, lives, typesOf, writes, type GcpTestWorld } from './world.ts'

let world: GcpTestWorld
afterEach(() => world.close())

test('CAPG-062 the two faces of 403: a rate limit is waited out, a missing permission is not', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  await drive.converge({ size: 1 })
  simulator.faults.add({
    operation: '*',
    error: { status: 403, reason: 'rateLimitExceeded', retryAfter: 30 },
    times: 1,
  })
  await expect(drive.observe()).rejects.toMatchObject({ code: 'Throttled', retryAfterMs: 30_000 })
  await drive.harness.clock.advance(60_000)
  simulator.faults.add({ operation: '*', error: 'forbidden', times: 1 })
  await expect(drive.observe()).rejects.toMatchObject({ code: 'PermissionDenied' })
})

test('CAPG-063 a page of a proxy, a 503 and a lost connection are waited out', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  await drive.converge({ size: 1 })
  const html = { status: 502, reason: 'bad', html: '<html><h1>502 Bad Gateway</h1></html>' }
  for (const error of [html, 'backendError', 'drop'] as const) {
    simulator.faults.add({ operation: '*', error, times: 1 })
    await expect(drive.observe()).rejects.toMatchObject({ code: 'Unavailable' })
  }
  expect((await drive.observe()).instances).toHaveLength(1)
})

test('CAPG-063 a success that is no JSON is no answer', async () => {
  world = await gcpWorld()
  const { drive } = world
  const provider = createGcpProvider({
    authorization: { getRequestHeaders: () => Promise.resolve(new Headers()) },
    fetch: () => Promise.resolve(new Response('<html>sign in</html>', { status: 200 })),
  })
  const observing = provider.machinePool.observe(drive.pool as never, drive.io())
  await expect(observing).rejects.toSatisfy((error) => ProviderError.is(error) && error.code === 'Unavailable')
  await provider.close()
})

test('CAPG-064 a call that is never answered ends by its deadline, and others go on meanwhile', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  const other = world.another({ key: { namespace: 'default', name: 'other' } })
  await drive.converge({ size: 1 })
  await other.converge({ size: 1 })
  simulator.faults.add({
    operation: 'instanceGroupManagers.listManagedInstances',
    error: 'hang',
    times: 1,
    when: ({ parameters }) => parameters['instanceGroupManager'] === 'c1-np',
  })
  const hanging = drive.observe().catch((error: unknown) => error)
  expect((await other.observe()).instances).toHaveLength(1)
  await drive.harness.clock.advance(31_000)
  expect(await hanging).toMatchObject({ code: 'Unavailable', reason: 'DeadlineExceeded' })
})

test('CAPG-065 a long operation keeps no worker, and another process goes on with it', async () => {
  world = await gcpWorld()
  const { drive } = world
  await drive.settleWrites({ size: 1 })
  const [operation] = drive.pool.operations
  expect(operation).toMatchObject({
    action: 'CreateTemplate',
    handle: { scope: 'global', method: 'instanceTemplates.insert' },
  })
  await drive.harness.restart()
  expect((await drive.observe()).operations).toEqual([
    expect.objectContaining({ id: operation!.id, status: 'running' }),
  ])
  world.forget()
  await drive.round({ size: 1 })
  expect(writes(world.calls())).toEqual([])
  await drive.harness.clock.advance(5_000)
  expect((await drive.observe()).operations).toEqual([{ id: operation!.id, status: 'done' }])
  await drive.converge({ size: 1 })
  expect(typesOf(drive.planned).filter((type) => type === 'CreateTemplate')).toHaveLength(1)
})

test('an operation that Google does not know any more counts as over', async () => {
  world = await gcpWorld()
  const { drive, cloud } = world
  await drive.settleWrites({ size: 1 })
  await drive.harness.clock.advance(5_000)
  cloud.forgetOperations()
  expect((await drive.observe()).operations.map(({ status }) => status)).toEqual(['done'])
  expect(lives(await drive.converge({ size: 1 }))).toHaveLength(1)
})

test('a Secret without credentials in it is told, and is no reason to use those of the process', async () => {
  world = await gcpWorld()
  const { drive, simulator } = world
  const credentialsRef = { namespace: 'default', name: 'gcp' }
  const infrastructure = { spec: { ...(drive.pool.cluster.infrastructure?.['spec'] as object), credentialsRef } }
  const pool = { ...drive.pool, cluster: { ...drive.pool.cluster, infrastructure } }
  const provider = createGcpProvider({ endpoint: simulator.url })
  expect(provider.machinePool.interpret(pool as never).location.identity).toBe('Secret/default/gcp')
  const observe = (entries: Record<string, string> | undefined) =>
    provider.machinePool.observe(pool as never, {
      ...drive.io(),
      secret: () =>
        Promise.resolve(
          entries &&
            Object.fromEntries(Object.entries(entries).map(([name, text]) => [name, new Sensitive(text)] as const)),
        ),
    })
  const invalid = {
    code: 'Unauthenticated',
    reason: 'CredentialsSecretInvalid',
    field: 'GCPCluster.spec.credentialsRef',
  }
  for (const entries of [
    undefined,
    {},
    { other: '{}' },
    { credentials: 'no json' },
    { credentials: '{"type":"none"}' },
  ]) {
    await expect(observe(entries)).rejects.toMatchObject(invalid)
  }
  expect(world.calls()).toEqual([])
  await provider.close()
})
