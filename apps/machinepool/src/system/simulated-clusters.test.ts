import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { clusterKind, resourceOf, toCustomResourceDefinition } from '@machinepool/api'
import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { createClient, loadKubeconfig, nodes, secrets, type Client } from '@machinepool/kube'
import { awsKinds } from '@machinepool/provider-aws'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { aws } from '../clouds/aws.ts'
import { openDataDir } from './data-dir.ts'
import { createSimulatedClusters } from './simulated-clusters.ts'

const closing: (() => unknown)[] = []
let management: ApiServer
let client: Client

beforeEach(async () => {
  const crds = [clusterKind, ...awsKinds].map((kind) => toCustomResourceDefinition(kind))
  management = await createApiServer({ crds })
  client = createClient(await loadKubeconfig({ text: management.kubeconfig() }))
  closing.push(
    () => management.close(),
    () => client.close(),
  )
})

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

function simulate(path?: string) {
  const dataDir = openDataDir(path)
  const clusters = createSimulatedClusters({
    management: client,
    dataDir,
    infrastructure: aws.simulatedInfrastructure,
    onAdded: () => {},
  })
  const close = async () => {
    await clusters.close()
    dataDir.close()
  }
  return { clusters, close }
}

async function secretOf(namespace: string): Promise<string> {
  const { data } = await client.get(secrets, { namespace, name: 'prod-kubeconfig' })
  return Buffer.from(data!['value']!, 'base64').toString()
}

test('clusters of one name in two namespaces are one, as clouds tell them apart by name', async () => {
  const { clusters, close } = simulate()
  closing.push(close)
  await Promise.all(['default', 'kube-public'].map((namespace) => clusters.ensure(namespace, 'prod')))
  expect(await secretOf('kube-public')).toBe(await secretOf('default'))
  expect(await secretOf('default')).toBe(clusters.kubeconfig('prod'))
  for (const namespace of ['default', 'kube-public']) {
    // oxlint-disable-next-line no-await-in-loop
    expect(await client.get(resourceOf(clusterKind), { namespace, name: 'prod' })).toMatchObject({
      spec: { infrastructureRef: { kind: 'AWSCluster', name: 'prod' } },
    })
  }
  expect(Object.keys(clusters.urls())).toEqual(['prod'])
})

test('a cluster that was added by its kubeconfig is used as it is', async () => {
  const own = await createApiServer()
  closing.push(() => own.close())
  await client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'default', name: 'prod-kubeconfig' },
    data: { value: Buffer.from(own.kubeconfig()).toString('base64') },
  })
  const { clusters, close } = simulate()
  closing.push(close)
  await clusters.ensure('default', 'prod')
  expect(await secretOf('default')).toBe(own.kubeconfig())
  expect(clusters.urls()).toEqual({})
  await clusters.client('prod')!.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } })
})

test('with a data directory the next run serves the same cluster, from whichever namespace it is asked for first', async () => {
  const path = mkdtempSync(join(tmpdir(), 'clusters-'))
  closing.push(() => rmSync(path, { recursive: true }))
  const first = simulate(path)
  await first.clusters.ensure('default', 'prod')
  await first.clusters.ensure('kube-public', 'prod')
  const urls = first.clusters.urls()
  await first.clusters.client('prod')!.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } })
  await first.close()

  const second = simulate(path)
  closing.push(second.close)
  await second.clusters.ensure('kube-public', 'prod')
  expect(second.clusters.urls()).toEqual(urls)
  expect(await second.clusters.client('prod')!.get(nodes, { name: 'n' })).toMatchObject({ metadata: { name: 'n' } })
})
