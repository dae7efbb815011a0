import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { coreKinds, defineKind, schema, toCustomResourceDefinition } from '@machinepool/api'
import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import {
  createClient,
  customResourceDefinitions,
  isNotFound,
  loadKubeconfig,
  secrets,
  type Client,
  type Resource,
} from '@machinepool/kube'
import { awsKinds } from '@machinepool/provider-aws'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { createResourceFinder } from '../kubernetes/resource-finder.ts'
import { migrate } from '../migrate/migration.ts'
import { runProgram } from '../program.ts'
import { convertInfrastructure, versionOf } from './convert.ts'

const anything = schema.object('Of the time before.', {
  spec: schema.optional(schema.object('Wanted.', {}, { preserveUnknownFields: true })),
  status: schema.optional(schema.object('Observed.', {}, { preserveUnknownFields: true })),
})
const oldKind = (group: string, kind: string) =>
  defineKind({
    group,
    kind,
    versions: { v1alpha3: { schema: anything, storage: true, subresources: { status: true } } },
  })
const place = (group: string, version: string, kind: string): Resource => ({
  group,
  version,
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced: true,
})
const oldPools = place('exp.cluster.x-k8s.io', 'v1alpha3', 'MachinePool')
const oldInfra = place('exp.infrastructure.cluster.x-k8s.io', 'v1alpha3', 'AWSMachinePool')
const pools = place('cluster.x-k8s.io', 'v1beta2', 'MachinePool')
const infra = place('infrastructure.cluster.x-k8s.io', 'v1beta2', 'AWSMachinePool')
const oldProfiles = place('exp.infrastructure.cluster.x-k8s.io', 'v1alpha3', 'AWSFargateProfile')
const configs = place('bootstrap.cluster.x-k8s.io', 'v1beta2', 'KubeadmConfig')
const key = { namespace: 'default', name: 'np' }

let server: ApiServer
let client: Client
let folder: string

beforeEach(async () => {
  const olds = [oldPools, oldInfra, oldProfiles].map(({ group, kind }) => oldKind(group, kind))
  server = await createApiServer({
    crds: [...olds, ...coreKinds, ...awsKinds].map((kind) => toCustomResourceDefinition(kind)),
  })
  client = createClient(await loadKubeconfig({ text: server.kubeconfig() }))
  folder = await mkdtemp(join(tmpdir(), 'migrate-'))
  await writeFile(join(folder, 'kubeconfig'), server.kubeconfig(), { mode: 0o600 })
  await createOldPool()
})
afterEach(async () => {
  await client.close()
  await server.close()
  await rm(folder, { recursive: true })
})

const lastApplied = JSON.stringify({
  apiVersion: 'exp.cluster.x-k8s.io/v1alpha3',
  kind: 'MachinePool',
  metadata: { name: 'np' },
  spec: { clusterName: 'prod', minReadySeconds: 5 },
})

async function createOldPool(): Promise<void> {
  const pool = await client.create(oldPools, {
    apiVersion: 'exp.cluster.x-k8s.io/v1alpha3',
    kind: 'MachinePool',
    metadata: {
      ...key,
      labels: { team: 'a' },
      finalizers: ['machinepool.exp.cluster.x-k8s.io'],
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': lastApplied, note: 'kept' },
    },
    spec: {
      clusterName: 'prod',
      replicas: 2,
      providerIDList: ['aws:///eu-west-1a/i-1', 'aws:///eu-west-1a/i-2'],
      template: {
        spec: {
          clusterName: 'prod',
          version: 'v1.21.0',
          bootstrap: {
            configRef: { apiVersion: 'bootstrap.cluster.x-k8s.io/v1alpha3', kind: 'KubeadmConfig', name: 'np' },
            dataSecretName: 'np',
          },
          infrastructureRef: {
            apiVersion: 'exp.infrastructure.cluster.x-k8s.io/v1alpha3',
            kind: 'AWSMachinePool',
            name: 'np',
          },
        },
      },
    },
  })
  const owner = {
    apiVersion: pool.apiVersion,
    kind: pool.kind,
    name: 'np',
    uid: pool.metadata.uid ?? '',
    controller: true,
  }
  await client.patch(
    oldPools,
    key,
    { type: 'merge', body: { status: { replicas: 2, phase: 'Running' } } },
    { subresource: 'status' },
  )
  await client.create(oldInfra, {
    apiVersion: 'exp.infrastructure.cluster.x-k8s.io/v1alpha3',
    kind: 'AWSMachinePool',
    metadata: { ...key, finalizers: ['awsmachinepool.infrastructure.cluster.x-k8s.io'], ownerReferences: [owner] },
    spec: {
      minSize: 1,
      maxSize: 3,
      awsLaunchTemplate: { instanceType: 't3.large' },
      providerID: 'arn:aws:autoscaling:np',
    },
  })
  const group = await client.get(oldInfra, key)
  await client.patch(
    oldInfra,
    key,
    { type: 'merge', body: { status: { ready: true, replicas: 2 } } },
    { subresource: 'status' },
  )
  // What the provider keeps for the group, and somebody else's.
  for (const [name, owners] of [
    ['np-user-data', [{ apiVersion: group.apiVersion, kind: group.kind, name: 'np', uid: group.metadata.uid ?? '' }]],
    ['other', []],
  ] as const) {
    await client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'default', name, ownerReferences: [...owners] },
    })
  }
  await client.create(oldProfiles, {
    apiVersion: 'exp.infrastructure.cluster.x-k8s.io/v1alpha3',
    kind: 'AWSFargateProfile',
    metadata: { ...key },
    spec: {},
  })
  await client.create(configs, {
    apiVersion: 'bootstrap.cluster.x-k8s.io/v1beta2',
    kind: 'KubeadmConfig',
    metadata: { ...key, ownerReferences: [owner] },
    spec: { verbosity: 1 },
  })
}

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await runProgram(['migrate', '--kubeconfig', join(folder, 'kubeconfig'), ...args], {
    env: {},
    out: { write: (text) => void (out += text) },
    err: { write: (text) => void (err += text) },
    stdin: () => Promise.resolve(''),
    signal: new AbortController().signal,
  })
  return { code, out, err }
}

async function exists(resource: Resource): Promise<boolean> {
  try {
    await client.get(resource, key)
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function expectMigrated(): Promise<void> {
  expect(await Promise.all([oldPools, oldInfra].map(exists))).toEqual([false, false])
  const pool = await client.get(pools, key)
  // The finalizer of today: the controllers of today take off no other.
  expect(pool.metadata).toMatchObject({ labels: { team: 'a' }, finalizers: ['machinepool.cluster.x-k8s.io'] })
  expect(pool.metadata.annotations).toMatchObject({ note: 'kept' })
  expect(
    JSON.parse(pool.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'] ?? ''),
  ).toMatchObject({
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    spec: { clusterName: 'prod', template: { spec: { minReadySeconds: 5 } } },
  })
  expect(pool.metadata.annotations).not.toHaveProperty('cluster.x-k8s.io/paused')
  expect(pool.spec).toMatchObject({
    providerIDList: ['aws:///eu-west-1a/i-1', 'aws:///eu-west-1a/i-2'],
    template: {
      spec: { infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'AWSMachinePool', name: 'np' } },
    },
  })
  expect(pool.status).toMatchObject({ replicas: 2, phase: 'Running' })
  const group = await client.get(infra, key)
  expect(group.spec).toMatchObject({ maxSize: 3, providerID: 'arn:aws:autoscaling:np' })
  expect(group.metadata.finalizers).toEqual(['awsmachinepool.infrastructure.cluster.x-k8s.io'])
  expect(group.metadata.annotations).not.toHaveProperty('cluster.x-k8s.io/paused')
  expect(group.status).toMatchObject({ ready: true, replicas: 2 })
  const secret = await client.get(secrets, { namespace: 'default', name: 'np-user-data' })
  expect(secret.metadata.ownerReferences).toEqual([
    { apiVersion: group.apiVersion, kind: group.kind, name: 'np', uid: group.metadata.uid },
  ])
  expect(await exists(oldProfiles)).toBe(true)
  const config = await client.get(configs, key)
  for (const { metadata } of [group, config]) {
    expect(metadata.ownerReferences).toEqual([
      {
        apiVersion: 'cluster.x-k8s.io/v1beta2',
        kind: 'MachinePool',
        name: 'np',
        uid: pool.metadata.uid,
        controller: true,
      },
    ])
  }
}

test('a dry run tells every step and changes nothing', async () => {
  const { resourceVersion } = (await client.get(oldPools, key)).metadata
  const { code, out } = await run('--dry-run')
  expect(code).toBe(0)
  expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual([
    'skip',
    'pause',
    'pause',
    'create',
    'create',
    'own',
    'own',
    'remove',
    'remove',
    '',
  ])
  expect((await client.get(oldPools, key)).metadata.resourceVersion).toBe(resourceVersion)
  expect(await exists(pools)).toBe(false)
})

test('pools move with everything they say, and the old ones go', async () => {
  expect(await run()).toMatchObject({ code: 0, err: '' })
  await expectMigrated()
  const again = await run()
  expect(again.out).toBe('skip AWSFargateProfile default/np (exp.infrastructure.cluster.x-k8s.io/v1alpha3)\n')
})

test('a run that is ended after each of its writes comes to the same end', async () => {
  let runs = 0
  for (; runs < 40; runs += 1) {
    if (await endsAfterOneWrite()) break
  }
  expect(runs).toBeGreaterThan(8)
  expect(runs).toBeLessThan(40)
  await expectMigrated()
})

/** Whether the migration got to its end with one write at most. */
async function endsAfterOneWrite(): Promise<boolean> {
  let writes = 0
  const once = <T>(write: () => Promise<T>): Promise<T> => {
    writes += 1
    return writes > 1 ? Promise.reject(new Error('ended')) : write()
  }
  const dying: Client = {
    ...client,
    get: (...args) => client.get(...args),
    list: (...args) => client.list(...args),
    request: (...args) => client.request(...args),
    create: (...args) => once(() => client.create(...args)),
    patch: (...args) => once(() => client.patch(...args)),
    delete: (...args) => once(() => client.delete(...args)),
  }
  try {
    await migrate({
      client: dying,
      finder: createResourceFinder(dying),
      conversion: { versionOf, convertInfrastructure },
      dryRun: false,
      report: () => {},
    })
    return true
  } catch (error) {
    if ((error as Error).message !== 'ended') throw error
    return false
  }
}

test('an object of that name that is no copy stops it before anything is written', async () => {
  const old = await client.get(oldPools, key)
  await client.create(infra, {
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta2',
    kind: 'AWSMachinePool',
    metadata: { ...key },
    spec: { minSize: 1, maxSize: 3, awsLaunchTemplate: {} },
  })
  const { code, err } = await run()
  expect(code).toBe(1)
  expect(err).toContain('exists already and is no copy of AWSMachinePool default/np')
  expect((await client.get(oldPools, key)).metadata.resourceVersion).toBe(old.metadata.resourceVersion)
})

test('a pool that is being deleted is not brought back to life', async () => {
  await client.delete(oldPools, key)
  const { code, err } = await run()
  expect(code).toBe(1)
  expect(err).toContain(
    'MachinePool default/np (exp.cluster.x-k8s.io/v1alpha3) is being deleted; wait until it is gone',
  )
  expect(await exists(pools)).toBe(false)
})

test('a kind that a pool needs and the server lacks is named before anything is written', async () => {
  const { resourceVersion } = (await client.get(oldPools, key)).metadata
  await client.delete(customResourceDefinitions, { name: 'awsmachinepools.infrastructure.cluster.x-k8s.io' })
  await expect.poll(async () => (await run('--dry-run')).code).not.toBe(0)
  const { err } = await run()
  expect(err).toContain('the server has no kind AWSMachinePool in infrastructure.cluster.x-k8s.io/v1beta2')
  expect((await client.get(oldPools, key)).metadata.resourceVersion).toBe(resourceVersion)
})
