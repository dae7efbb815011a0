import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout } from 'node:timers/promises'

import { coreKinds, machinePoolKind, resourceOf, toCustomResourceDefinition, type Kind } from '@machinepool/api'
import { createApiServer } from '@machinepool/apiserver'
import {
  createClient,
  loadKubeconfig,
  secrets,
  type Client,
  type Resource,
  type UnknownObject,
} from '@machinepool/kube'
import { gcpClusterKind, gcpKinds, gcpMachinePoolKind } from '@machinepool/provider-gcp'
import { createGcpSimulator } from '@machinepool/simulator'

import type { Benchmark, BenchmarkOptions } from './benchmark.ts'

const namespace = 'default'
const cluster = 'gcp'
const infrastructure = 'infrastructure.cluster.x-k8s.io'
const gcpPools: Resource = resourceOf(gcpMachinePoolKind as Kind) as never
const machinePools: Resource = resourceOf(machinePoolKind as Kind) as never
const gcpClusters: Resource = resourceOf(gcpClusterKind as Kind) as never

/** What Google's packages cost, each loaded by a process of its own. */
const loads = {
  node: '',
  googleAuthLibrary: "const {GoogleAuth}=require('google-auth-library');new GoogleAuth();",
  computePackage: "require('@google-cloud/compute');",
  computeClient:
    "const {v1}=require('@google-cloud/compute');const {PassThroughClient}=require('google-auth-library');new v1.InstanceGroupManagersClient({projectId:'p',authClient:new PassThroughClient()});",
}

/** Where Google's packages are installed. */
const provider = fileURLToPath(new URL('../../packages/provider-gcp', import.meta.url))
const program = fileURLToPath(new URL('../../apps/gcp-manager/src/main.ts', import.meta.url))

/** gcp-manager in a process of its own, against an embedded API server and a simulated Google Cloud. */
export const gcpManager: Benchmark = {
  name: 'gcp-manager',
  description:
    'resident memory of gcp-manager without pools and with --pools pools, and of the packages of Google alone',
  async run({ parameters, progress }: BenchmarkOptions) {
    const { pools = 20 } = parameters
    progress('loading the packages of Google')
    const packages: Record<string, object> = {}
    for (const [name, code] of Object.entries(loads)) packages[name] = await load(code)
    const folder = mkdtempSync(join(tmpdir(), 'gcp-manager-'))
    const gcp = await createGcpSimulator({ project: 'p1', timings: { boot: 100 } })
    const server = await createApiServer({
      crds: [...coreKinds, ...gcpKinds].map((kind) => toCustomResourceDefinition(kind)),
    })
    const client = createClient(await loadKubeconfig({ text: server.kubeconfig() }))
    writeFileSync(join(folder, 'kubeconfig'), server.kubeconfig())
    const manager = startManager(folder, gcp.url)
    try {
      progress('starting gcp-manager')
      await setTimeout(restMs)
      const withoutPools = residentMiB(manager.pid!)
      progress(`creating ${pools} pools`)
      await createCluster(client, server.kubeconfig())
      for (let index = 0; index < pools; index++) await createPool(client, `pool-${index}`)
      await reached(() => gcp.project().instances().length === pools)
      await setTimeout(restMs)
      return { packages, pools, withoutPoolsMiB: withoutPools, withPoolsMiB: residentMiB(manager.pid!), targetMiB: 200 }
    } finally {
      manager.kill()
      await client.close()
      await server.close()
      await gcp.close()
      rmSync(folder, { recursive: true })
    }
  },
}

/** Long enough for whatever follows from a start. */
const restMs = 8_000
const longestMs = 120_000

async function load(code: string): Promise<object> {
  const tell =
    'console.log(JSON.stringify({ms:Math.round(performance.now()-t),mib:Math.round(process.memoryUsage.rss()/2**20)}))'
  const child = spawn(process.execPath, ['-e', `const t=performance.now();${code}${tell}`], { cwd: provider })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const [status] = (await once(child, 'close')) as [number]
  if (status !== 0) throw new Error(`${code} ended with ${status}`)
  return JSON.parse(text) as object
}

/** As its image starts it, but from source. The credentials are a federated identity whose tokens come from the simulator. */
function startManager(folder: string, gcpUrl: string) {
  writeFileSync(join(folder, 'subject'), 'a.b.c')
  const credentials = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${gcpUrl}/v1/token`,
    credential_source: { file: join(folder, 'subject') },
  }
  writeFileSync(join(folder, 'credentials.json'), JSON.stringify(credentials))
  const args = [
    '--conditions=@machinepool/source',
    '--max-semi-space-size=4',
    program,
    `--kubeconfig=${join(folder, 'kubeconfig')}`,
  ]
  return spawn(
    process.execPath,
    [...args, '--leader-elect=false', '--health-addr=127.0.0.1:0', '--diagnostics-address=0'],
    {
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'credentials.json'),
        CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: gcpUrl,
      },
    },
  )
}

function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kib) / 1024)
}

async function createCluster(client: Client, kubeconfig: string): Promise<void> {
  await client.create(gcpClusters, {
    apiVersion: `${infrastructure}/v1beta1`,
    kind: 'GCPCluster',
    metadata: { namespace, name: cluster },
    spec: { project: 'p1', region: 'us-central1', network: { name: 'default' } },
  })
  const clusters: Resource = { ...machinePools, kind: 'Cluster', plural: 'clusters' }
  await client.create(clusters, {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'Cluster',
    metadata: { namespace, name: cluster },
    spec: { infrastructureRef: { apiGroup: infrastructure, kind: 'GCPCluster', name: cluster } },
  })
  const body = { status: { initialization: { infrastructureProvisioned: true } } }
  await client.patch(clusters, { namespace, name: cluster }, { type: 'merge', body }, { subresource: 'status' })
  // The same API server stands for the workload cluster.
  await client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name: `${cluster}-kubeconfig`, labels: { 'cluster.x-k8s.io/cluster-name': cluster } },
    data: { value: Buffer.from(kubeconfig).toString('base64') },
  })
  await client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name: 'boot' },
    data: { value: Buffer.from('#!/bin/true').toString('base64') },
  })
}

async function createPool(client: Client, name: string): Promise<void> {
  const { metadata } = await client.create(machinePools, {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    metadata: { namespace, name },
    spec: {
      clusterName: cluster,
      replicas: 1,
      template: {
        spec: {
          clusterName: cluster,
          version: 'v1.31.0',
          bootstrap: { dataSecretName: 'boot' },
          infrastructureRef: { apiGroup: infrastructure, kind: 'GCPMachinePool', name },
        },
      },
    },
  })
  const owner = {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'MachinePool',
    name,
    uid: metadata.uid,
    controller: true,
  }
  await client.create(gcpPools, {
    apiVersion: `${infrastructure}/v1beta1`,
    kind: 'GCPMachinePool',
    metadata: { namespace, name, ownerReferences: [owner], labels: { 'cluster.x-k8s.io/cluster-name': cluster } },
    spec: { instanceType: 'n2-standard-2', zones: ['us-central1-a'] },
  } as UnknownObject)
}

async function reached(done: () => boolean): Promise<void> {
  const until = performance.now() + longestMs
  while (!done()) {
    if (performance.now() > until) throw new Error('the pools have not come up')
    // A process outside is waited for.
    // oxlint-disable-next-line no-await-in-loop
    await setTimeout(200)
  }
}
