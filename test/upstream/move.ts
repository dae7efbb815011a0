import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { coreKinds, machinePoolKind, resourceOf, toCustomResourceDefinition } from '@machinepool/api'
import { createApiServer } from '@machinepool/apiserver'
import { awsManager } from '@machinepool/aws-manager'
import { coreManager } from '@machinepool/core-manager'
import { createClient, loadKubeconfig, type Client } from '@machinepool/kube'
import { awsKinds } from '@machinepool/provider-aws'
import { runManagerProgram, type ManagerProgram } from '@machinepool/runtime'
import { createAwsSimulator, type AwsSimulator } from '@machinepool/simulator'

import {
  awsInfrastructure,
  clusterResource,
  createCluster,
  createPool,
  infraResource,
  reportCluster,
} from '../e2e/cluster-objects.ts'
import { eventually } from '../e2e/eventually.ts'

const pools = resourceOf(machinePoolKind)
const key = { namespace: 'default', name: 'moved' }

/** Two management clusters, of which the first has a live pool on the simulated AWS, and upstream's clusterctl. */
export interface MoveWorld {
  readonly steps: readonly (readonly [title: string, run: () => Promise<void>])[]
  close(): Promise<void>
}

interface Management {
  readonly client: Client
  /** Path of its kubeconfig. */
  readonly kubeconfig: string
  run(...managers: readonly ManagerProgram[]): void
  close(): Promise<void>
}

/** An API server with the kinds as `clusterctl init` leaves them: marked, so that `move` finds them. */
async function startManagement(folder: string, name: string): Promise<Management> {
  const definitions = [...coreKinds, ...awsKinds].map((kind) => {
    const definition = toCustomResourceDefinition(kind)
    const labels = { ...definition.metadata.labels, 'clusterctl.cluster.x-k8s.io': '' }
    return { ...definition, metadata: { ...definition.metadata, labels } }
  })
  const server = await createApiServer({ crds: definitions })
  const kubeconfig = join(folder, name)
  await writeFile(kubeconfig, server.kubeconfig(), { mode: 0o600 })
  const client = createClient(await loadKubeconfig({ text: server.kubeconfig() }))
  const stop = new AbortController()
  const ended: Promise<number>[] = []
  const args = [`--kubeconfig=${kubeconfig}`, '--diagnostics-address=0', '--health-addr=0', '--webhook-port=0']
  return {
    client,
    kubeconfig,
    run(...managers) {
      for (const program of managers) {
        const host = { args, env: {}, signal: stop.signal, write: (text: string) => void process.stderr.write(text) }
        ended.push(runManagerProgram(program, host))
      }
    },
    async close() {
      stop.abort()
      await Promise.all(ended)
      await client.close()
      await server.close()
    },
  }
}

function programs(): ManagerProgram[] {
  return [coreManager({}), awsManager({ AWS_REGION: 'us-east-1' })]
}

export async function createMoveWorld(folder: string, clusterctl: string): Promise<MoveWorld> {
  const workloadServer = await createApiServer()
  const workload = createClient(await loadKubeconfig({ text: workloadServer.kubeconfig() }))
  const aws = await createAwsSimulator({
    timings: { reaction: 20, launch: 60, boot: 100, shutdown: 60, nodeRemoval: 50 },
    machines: { workload: () => workload },
  })
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIASIMULATED0000000',
    AWS_SECRET_ACCESS_KEY: 'simulated',
    AWS_ENDPOINT_URL: aws.url,
  })
  const [source, target] = [await startManagement(folder, 'source'), await startManagement(folder, 'target')]
  source.run(...programs())
  const ctl = (...args: readonly string[]) =>
    promisify(execFile)(clusterctl, [...args, '--v=0'], { env: { PATH: process.env['PATH'], HOME: folder } })

  async function live(): Promise<void> {
    await createCluster(source.client, key.name, awsInfrastructure, workloadServer.kubeconfig())
    await createPool(source.client, {
      name: key.name,
      kind: 'AWSMachinePool',
      version: 'v1beta2',
      replicas: 2,
      spec: {
        minSize: 0,
        maxSize: 10,
        subnets: [{ id: 'subnet-123' }],
        awsLaunchTemplate: { instanceType: 't3.large' },
      },
    })
    await running(source.client)
  }

  async function described(): Promise<void> {
    const where = ['--kubeconfig', source.kubeconfig, '--namespace', key.namespace]
    const { stdout } = await ctl('describe', 'cluster', key.name, ...where, '--show-conditions=MachinePool')
    for (const part of [`Cluster/${key.name}`, `MachinePool/${key.name}`]) {
      if (!stdout.includes(part)) throw new Error(`${part} is not in:\n${stdout}`)
    }
  }

  async function moved(): Promise<void> {
    const before = instances(aws)
    const wrote = writes(aws)
    if (wrote === 0) throw new Error('the writes that made the pool were not counted')
    await ctl('move', '--kubeconfig', source.kubeconfig, '--to-kubeconfig', target.kubeconfig, '-n', key.namespace)
    const { items } = await source.client.list(pools)
    if (items.length > 0) throw new Error('the pool is still in the source')
    target.run(...programs())
    // A status does not move; who owns it says it again.
    await reportCluster(target.client, key.name, awsInfrastructure)
    await running(target.client)
    const { metadata, spec } = await target.client.get(
      infraResource({ kind: 'AWSMachinePool', version: 'v1beta2' }),
      key,
    )
    const listed = (spec as { providerIDList?: readonly string[] }).providerIDList ?? []
    if (listed.length !== 2) throw new Error(`${metadata.name} lists ${listed.join(', ')}`)
    const after = instances(aws)
    if (after !== before) throw new Error(`the instances were ${before} and are ${after}`)
    const added = writes(aws) - wrote
    if (added !== 0) throw new Error(`${added} writes to the cloud`)
    const { spec: cluster } = await target.client.get(clusterResource, key)
    if ((cluster as { paused?: boolean }).paused === true) throw new Error('the cluster is still paused')
  }

  return {
    steps: [
      ['a pool becomes Running under our managers', live],
      ['clusterctl describe cluster shows it', described],
      ['clusterctl move takes it to another management cluster, and nothing in the cloud changes', moved],
    ],
    async close() {
      await Promise.all([source.close(), target.close()])
      await Promise.all([aws.close(), workload.close()])
      await workloadServer.close()
    },
  }
}

async function running(client: Client): Promise<void> {
  await eventually(async () => {
    const { status } = await client.get(pools, key)
    const seen = `${status?.phase ?? 'no phase'}, ${status?.readyReplicas ?? 0} ready`
    if (seen !== 'Running, 2 ready') throw new Error(seen)
  }, 60_000)
}

function instances(aws: AwsSimulator): string {
  const groups = aws.region().groups()
  return groups
    .flatMap(({ members }) => members.map(({ id }) => id))
    .toSorted()
    .join(', ')
}

/** Calls so far that may change something. */
function writes(aws: AwsSimulator): number {
  return Object.entries(aws.calls.counts())
    .filter(([name]) => !/:(Describe|Get|List|AssumeRole)/.test(name))
    .reduce((sum, [, count]) => sum + count, 0)
}
