import { readFileSync } from 'node:fs'

import { machinePoolKind, resourceOf, type MachinePool } from '@machinepool/api'
import { loadKubeconfig, createClient, nodes, type Client, type Node } from '@machinepool/kube'
import { awsKinds } from '@machinepool/provider-aws'
import type { AwsSimulator, Group } from '@machinepool/simulator'
import { startSystem, type System } from 'machinepool'

import { eventually } from '../eventually.ts'
import { createKubectl, type Kubectl } from '../kubectl.ts'

export const machinePools = resourceOf(machinePoolKind)
const awsMachinePools = resourceOf(awsKinds.find(({ kind }) => kind === 'AWSMachinePool')!)

/** A whole system in this process on a simulated AWS that is in a hurry, and kubectl for both of its clusters. */
export interface Light {
  readonly system: System
  readonly aws: AwsSimulator
  readonly kubectl: Kubectl
  /** The workload cluster `capa`. */
  readonly workload: Client
  readonly workloadKubectl: Kubectl
  apply(manifest: string): Promise<void>
  pool(name: string): Promise<MachinePool>
  group(name: string): Group | undefined
  nodesOf(pool: string): Promise<readonly Node[]>
  /** The condition of an AWSMachinePool, as `Reason: message`; undefined when it is not there or not as `status` says. */
  trouble(pool: string, type: string, status?: 'True' | 'False'): Promise<string | undefined>
  /** Waits until so many Nodes of the pool are ready and its phase is Running. */
  running(name: string, replicas: number): Promise<void>
  /** Writes to the management cluster since it began: each takes one number. */
  revision(): Promise<number>
  close(): Promise<void>
}

export interface LightOptions {
  readonly steadyMs?: number
  /** Poll the cloud as seldom as users do. */
  readonly usualPace?: boolean
  readonly clusters?: readonly string[]
}

export async function startLight(options: LightOptions = {}): Promise<Light> {
  const system = await startSystem({
    signal: new AbortController().signal,
    simulate: {
      cloud: 'aws',
      timings: {
        reaction: 20,
        launch: 60,
        boot: 100,
        shutdown: 60,
        healthCheck: 100,
        launchRetry: 500,
        nodeRemoval: 50,
      },
    },
    clusters: (options.clusters ?? ['capa']).map((name) => ({ namespace: 'default', name })),
    ...(!options.usualPace && { pollIntervals: { fast: 300, settling: 500, steady: options.steadyMs ?? 1000 } }),
  })
  const aws = system.aws!
  const workloadKubeconfig = system.clusters!.kubeconfig('capa')!
  const workload = createClient(await loadKubeconfig({ text: workloadKubeconfig }))
  const kubectl = await createKubectl(readFileSync(system.kubeconfig, 'utf8'))
  const workloadKubectl = await createKubectl(workloadKubeconfig)
  const pool = (name: string) => system.client.get(machinePools, { namespace: 'default', name })
  const group = (name: string) =>
    aws
      .region()
      .groups()
      .find((candidate) => candidate.name === name)

  return {
    system,
    aws,
    kubectl,
    workload,
    workloadKubectl,
    async apply(manifest) {
      const { code, stderr } = await kubectl(['apply', '-f', '-'], manifest)
      if (code !== 0) throw new Error(stderr)
    },
    pool,
    group,
    async nodesOf(name) {
      const ids = new Set(group(name)?.members.map(({ id }) => id))
      const { items } = await workload.list(nodes)
      return items.filter(({ spec }) => ids.has(spec?.providerID?.split('/').at(-1) ?? ''))
    },
    async trouble(name, type, status = 'True') {
      const { status: found } = await system.client.get(awsMachinePools, { namespace: 'default', name })
      const conditions = (found?.['conditions'] ?? []) as Record<string, string>[]
      const match = conditions.find((condition) => condition['type'] === type && condition['status'] === status)
      return match && `${match['reason']}: ${match['message']}`
    },
    running: (name, replicas) =>
      eventually(async () => {
        const { spec, status } = await pool(name)
        const state = `${status?.phase} ${status?.readyReplicas}/${spec.replicas}, ${status?.replicas} instances`
        const wanted = `Running ${replicas}/${replicas}, ${replicas} instances`
        if (state !== wanted)
          throw new Error(`${name} is ${state}, not ${wanted}: ${JSON.stringify(status?.conditions)}`)
      }),
    async revision() {
      return Number((await system.client.list(machinePools)).resourceVersion)
    },
    async close() {
      await kubectl.close()
      await workloadKubectl.close()
      await workload.close()
      await system.close()
    },
  }
}

export interface PoolSketch {
  readonly name: string
  readonly replicas: number
  readonly min?: number
  readonly max?: number
  readonly cluster?: string
  /** In place of a KubeadmConfig. */
  readonly bootstrapSecret?: string
}

/** A manifest in the current versions. */
export function poolManifest({
  name,
  replicas,
  min = 0,
  max = 10,
  cluster = 'capa',
  bootstrapSecret,
}: PoolSketch): string {
  const bootstrap =
    bootstrapSecret === undefined
      ? `{configRef: {apiGroup: bootstrap.cluster.x-k8s.io, kind: KubeadmConfig, name: ${name}}}`
      : `{dataSecretName: ${bootstrapSecret}}`
  return `
apiVersion: cluster.x-k8s.io/v1beta2
kind: MachinePool
metadata: {name: ${name}}
spec:
  clusterName: ${cluster}
  replicas: ${replicas}
  template:
    spec:
      clusterName: ${cluster}
      version: v1.31.0
      bootstrap: ${bootstrap}
      infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: AWSMachinePool, name: ${name}}
---
apiVersion: infrastructure.cluster.x-k8s.io/v1beta2
kind: AWSMachinePool
metadata: {name: ${name}}
spec:
  minSize: ${min}
  maxSize: ${max}
  availabilityZones: [us-east-1a]
  awsLaunchTemplate: {instanceType: m5.large, sshKeyName: default}
${
  bootstrapSecret === undefined
    ? `---
apiVersion: bootstrap.cluster.x-k8s.io/v1beta2
kind: KubeadmConfig
metadata: {name: ${name}}
spec:
  joinConfiguration:
    nodeRegistration: {name: '{{ ds.meta_data.local_hostname }}'}
`
    : ''
}`
}
