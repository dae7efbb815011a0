import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { convert, defineKind, resourceOf, schema, toCustomResourceDefinition } from '@machinepool/api'
import {
  customResourceDefinitions,
  isNotFound,
  type KubeObject,
  type OwnerReference,
  type Resource,
  type UnknownObject,
} from '@machinepool/kube'
import { awsKinds } from '@machinepool/provider-aws'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { machinePools, poolManifest, startLight, type Light } from './first-light/light.ts'

// A pool with a live Auto Scaling group, turned into what it was in the experimental groups, and migrated.

const awsMachinePools: Resource = resourceOf(awsKinds.find(({ kind }) => kind === 'AWSMachinePool')!)
const anything = schema.object('Of the time before.', {
  spec: schema.optional(schema.object('Wanted.', {}, { preserveUnknownFields: true })),
  status: schema.optional(schema.object('Observed.', {}, { preserveUnknownFields: true })),
})
const oldKinds = [
  ['exp.cluster.x-k8s.io', 'MachinePool'],
  ['exp.infrastructure.cluster.x-k8s.io', 'AWSMachinePool'],
].map(([group = '', kind = '']) =>
  defineKind({
    group,
    kind,
    versions: { v1alpha4: { schema: anything, storage: true, subresources: { status: true } } },
  }),
)
const [oldPools, oldGroups] = oldKinds.map((kind) => resourceOf(kind) as Resource)
const key = { namespace: 'default', name: 'np' }

let light: Light

beforeAll(async () => {
  light = await startLight()
})
afterAll(() => light.close())

const client = () => light.system.client
const instances = () => light.group('np')?.members.map(({ id }) => id) ?? []

/** Writes to the cloud so far. */
function writes(): Record<string, number> {
  const counts = Object.entries(light.aws.calls.counts())
  return Object.fromEntries(counts.filter(([name]) => !/:(Describe|Get|List)/.test(name)))
}

const ownedBy = async (uid: string): Promise<{ resource: Resource; object: UnknownObject }[]> => {
  const kinds = ['awsmachines', 'machines', 'kubeadmconfigs', 'awsmachinepools']
  const listed = await Promise.all(
    kinds.map(async (plural) => {
      const { stdout } = await light.kubectl(['get', plural, '-o', 'json', '--all-namespaces'])
      return stdout === '' ? [] : (JSON.parse(stdout) as { items: UnknownObject[] }).items
    }),
  )
  return listed.flat().flatMap((object) => {
    const [group = '', version = ''] = object.apiVersion.split('/')
    const resource = { group, version, kind: object.kind, plural: `${object.kind.toLowerCase()}s`, namespaced: true }
    return object.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true ? [{ resource, object }] : []
  })
}

/** The same object in its old group, with everything that belonged to the new one; the new one goes, the cloud stays. */
async function makeOld(resource: Resource, old: Resource, apiVersion: string): Promise<void> {
  const current = await client().get(resource, key)
  // The fields of that time are those of v1beta1.
  const object = convert(current, `${resource.group}/v1beta1`) as UnknownObject
  const { labels, finalizers, ownerReferences, uid = '' } = object.metadata
  const made: KubeObject = await client().create(old, {
    apiVersion,
    kind: object.kind,
    metadata: {
      ...key,
      annotations: { 'cluster.x-k8s.io/paused': 'true' },
      ...(labels && { labels }),
      ...(finalizers && { finalizers }),
      ...(ownerReferences && { ownerReferences }),
    },
    ...(object.spec && { spec: object.spec }),
  })
  await client().patch(old, key, { type: 'merge', body: { status: object.status } }, { subresource: 'status' })
  const successor = { apiVersion, kind: object.kind, name: 'np', uid: made.metadata.uid ?? '' }
  for (const dependent of await ownedBy(uid)) {
    const owners = (dependent.object.metadata.ownerReferences ?? []).map((owner): OwnerReference =>
      owner.uid === uid ? { ...owner, ...successor } : owner,
    )
    const { namespace = '', name = '' } = dependent.object.metadata
    await client().patch(
      dependent.resource,
      { namespace, name },
      { type: 'merge', body: { metadata: { ownerReferences: owners } } },
    )
  }
  await client().patch(resource, key, { type: 'merge', body: { metadata: { finalizers: null } } })
  await client().delete(resource, key, { propagationPolicy: 'Orphan' })
  await client().patch(old, key, {
    type: 'merge',
    body: { metadata: { annotations: { 'cluster.x-k8s.io/paused': null } } },
  })
}

async function migrate(): Promise<string> {
  const program = join(import.meta.dirname, '..', '..', 'apps', 'machinepool', 'src', 'main.ts')
  const args = ['--conditions=@machinepool/source', program, 'migrate', '--kubeconfig', light.system.kubeconfig]
  return (await promisify(execFile)(process.execPath, args)).stdout
}

test('a live pool moves out of the experimental groups without one write to the cloud', async () => {
  for (const kind of oldKinds)
    await client().create(customResourceDefinitions, toCustomResourceDefinition(kind) as never)
  await light.apply(poolManifest({ name: 'np', replicas: 2 }))
  await light.running('np', 2)
  const before = instances()

  const paused = { metadata: { annotations: { 'cluster.x-k8s.io/paused': 'true' } } }
  for (const resource of [machinePools, awsMachinePools]) {
    await client().patch(resource as Resource, key, { type: 'merge', body: paused })
  }
  await eventually(async () => expect(await light.trouble('np', 'Paused')).toBeDefined())
  await makeOld(machinePools as Resource, oldPools!, 'exp.cluster.x-k8s.io/v1alpha4')
  await makeOld(awsMachinePools, oldGroups!, 'exp.infrastructure.cluster.x-k8s.io/v1alpha4')
  await eventually(async () => expect(await client().get(machinePools, key).catch(isNotFound)).toBe(true))

  const written = writes()
  expect(await migrate()).toContain('resume MachinePool default/np (cluster.x-k8s.io/v1beta2)')
  await light.running('np', 2)
  // The pool is looked after again: it follows its size, and the instances are the ones from before.
  expect(instances()).toEqual(before)
  expect(writes()).toEqual(written)
  const pool = await light.pool('np')
  const dependents = await ownedBy(pool.metadata.uid ?? '')
  expect(dependents.map(({ object }) => object.kind)).toEqual(
    expect.arrayContaining(['KubeadmConfig', 'AWSMachinePool']),
  )
  await light.kubectl(['scale', 'machinepool', 'np', '--replicas', '3'])
  await light.running('np', 3)
  expect(instances()).toEqual(expect.arrayContaining(before))

  // Today's finalizer is on it, so it can be deleted.
  await client().delete(machinePools, key)
  await eventually(async () => {
    expect(await client().get(machinePools, key).catch(isNotFound)).toBe(true)
    expect(light.group('np')).toBeUndefined()
  })
})
