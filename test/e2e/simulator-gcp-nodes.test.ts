import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { createClient, loadKubeconfig, nodes, secrets, type Client } from '@machinepool/kube'
import { createManualClock } from '@machinepool/runtime/testing'
import { createGcpSimulator, type GcpSimulator } from '@machinepool/simulator'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { createGcpRest, templateBody, type GcpRest } from './gcp-rest.ts'

const zone = 'zones/us-central1-a'
let server: ApiServer
let workload: Client
let gcp: GcpSimulator
let api: GcpRest

beforeEach(async () => {
  server = await createApiServer()
  workload = createClient(await loadKubeconfig({ text: server.kubeconfig() }))
  gcp = await createGcpSimulator({
    project: 'p1',
    timings: { operation: 5, reaction: 5, launch: 10, boot: 5, shutdown: 5, nodeRemoval: 200 },
    machines: { workload: (cluster) => (cluster === 'blue' ? workload : undefined) },
  })
  api = createGcpRest(gcp.url, 'p1')
})

afterEach(async () => {
  await gcp.close()
  await workload.close()
  await server.close()
})

function userData(token: string) {
  return `## template: jinja
#cloud-config
write_files:
- path: /run/kubeadm/kubeadm-join-config.yaml
  content: |
    ---
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: JoinConfiguration
    discovery:
      bootstrapToken:
        apiServerEndpoint: ${new URL(server.url).host}
        token: ${token}
    nodeRegistration:
      name: '{{ ds.meta_data.local_hostname.split(".")[0] }}'
      kubeletExtraArgs:
      - name: node-labels
        value: pool=blue
runcmd:
- kubeadm join --config /run/kubeadm/kubeadm-join-config.yaml
`
}

async function putToken() {
  const data = {
    'token-id': 'abcdef',
    'token-secret': '0123456789abcdef',
    'usage-bootstrap-authentication': 'true',
  }
  await workload.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'kube-system', name: 'bootstrap-token-abcdef' },
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')])),
  })
}

async function createPool(targetSize: number) {
  const properties = {
    labels: { 'capg-cluster-blue': 'owned' },
    metadata: { items: [{ key: 'user-data', value: userData('abcdef.0123456789abcdef') }] },
    disks: [
      { boot: true, initializeParams: { sourceImage: 'projects/p1/global/images/family/capi-ubuntu-1804-k8s-v1-33' } },
    ],
  }
  await api.ok('POST', 'global/instanceTemplates', templateBody('t1', properties))
  await eventually(() => api.ok('GET', 'global/instanceTemplates/t1'))
  const versions = [{ instanceTemplate: 'global/instanceTemplates/t1' }]
  await api.ok('POST', `${zone}/instanceGroupManagers`, { name: 'np', targetSize, versions })
}

async function nodesOf(count: number) {
  return eventually(async () => {
    const { items } = await workload.list(nodes)
    expect(items).toHaveLength(count)
    return items
  })
}

test('an instance joins its cluster as the Node its user data says, and leaves with the group', async () => {
  await putToken()
  await createPool(1)
  const [node] = await nodesOf(1)
  const [instance] = gcp.project().instances()
  expect(node).toMatchObject({
    metadata: {
      name: instance!.name,
      labels: {
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': 'e2-medium',
        'topology.kubernetes.io/zone': 'us-central1-a',
        'topology.kubernetes.io/region': 'us-central1',
        pool: 'blue',
      },
    },
    spec: { providerID: `gce://p1/us-central1-a/${instance!.name}` },
    status: { nodeInfo: { kubeletVersion: 'v1.33.1' } },
  })
  await api.ok('DELETE', `${zone}/instanceGroupManagers/np`)
  await nodesOf(0)
})

test('an instance made again under its name takes over the Node of the one before', async () => {
  await gcp.close()
  const clock = createManualClock()
  gcp = await createGcpSimulator({
    project: 'p1',
    clock,
    timings: { nodeRemoval: 60_000 },
    machines: { workload: () => workload },
  })
  api = createGcpRest(gcp.url, 'p1')
  await putToken()
  const pool = createPool(1)
  await eventually(async () => {
    await clock.advance(1000)
    expect(gcp.project().groups()).toHaveLength(1)
  })
  await pool
  await clock.advance(10_000)
  const [before] = await nodesOf(1)

  const { path, id } = gcp.project().instances()[0]!
  gcp.project().remove(path)
  await clock.advance(1000)
  await eventually(async () => expect(await readiness()).toBe('Unknown'))
  await clock.advance(10_000)
  await eventually(async () => expect(await readiness()).toBe('True'))
  // Now the Node of the machine before would be removed.
  await clock.advance(60_000)
  for (let look = 0; look < 5; look++) {
    // Each is a round trip more than the removal takes.
    // oxlint-disable-next-line no-await-in-loop
    const [after] = (await workload.list(nodes)).items
    expect(after!.metadata.uid).toBe(before!.metadata.uid)
  }
  expect(gcp.project().instances()[0]!.id).not.toBe(id)
})

async function readiness() {
  const [node] = (await workload.list(nodes)).items
  return node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status
}

test('an instance that cannot join says why on its serial port', async () => {
  await createPool(1)
  await eventually(async () => {
    const [instance] = gcp.project().instances()
    expect(await api.ok('GET', `${instance!.path}/serialPort`)).toMatchObject({
      contents: expect.stringContaining('there is no bootstrap token abcdef') as string,
    })
  })
  expect((await workload.list(nodes)).items).toEqual([])
})
