import {
  machineDeploymentKind,
  machineKind,
  machinePoolKind,
  machineSetKind,
  resourceOf,
  type Machine,
  type MachinePool,
} from '@machinepool/api'
import { createClient, loadKubeconfig, type KubeObject } from '@machinepool/kube'
import { createCache } from '@machinepool/runtime'

const base = '/apis/cluster.x-k8s.io/v1beta2'

const path = (plural: string, name: string): string => `${base}/namespaces/default/${plural}/${name}`

/** What the Cluster Autoscaler's clusterapi provider does over HTTP, call by call. */
export interface Autoscaler {
  /** Lists and watches the four kinds in one version, as its informers do. */
  start(): Promise<void>
  pool(name: string): MachinePool | undefined
  machines(): Machine[]
  readScale(pool: string): Promise<object>
  /** A merge patch of the scale subresource. */
  setSize(pool: string, replicas: number): Promise<void>
  /** An update of the Machine with the delete annotation. */
  markForDeletion(machine: Machine): Promise<void>
  get(plural: string, name: string): Promise<object>
  create(plural: string, object: object): Promise<object>
  close(): Promise<void>
}

/** https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler/cloudprovider/clusterapi */
export async function createAutoscaler(kubeconfig: string): Promise<Autoscaler> {
  const client = createClient(await loadKubeconfig({ text: kubeconfig }), { userAgent: 'cluster-autoscaler' })
  const stop = new AbortController()
  const cache = createCache({ client })
  const pools = cache.informer(resourceOf(machinePoolKind))
  const machines = cache.informer(resourceOf(machineKind))
  const others = [machineSetKind, machineDeploymentKind].map((kind) => cache.informer<KubeObject>(resourceOf(kind)))
  const running = cache.run(stop.signal)

  return {
    async start() {
      const { resources } = (await client.request('GET', base)) as { resources: { name: string }[] }
      const served = new Set(resources.map(({ name }) => name))
      for (const name of ['machinepools', 'machinepools/scale', 'machines', 'machinesets', 'machinedeployments']) {
        if (!served.has(name)) throw new Error(`${name} is not served`)
      }
      await Promise.all([pools, machines, ...others].map(({ synced }) => synced))
    },
    pool: (name) => pools.store.get({ namespace: 'default', name }),
    machines: () => machines.store.list(),
    readScale: async (pool) => (await client.request('GET', `${path('machinepools', pool)}/scale`)) as object,
    async setSize(pool, replicas) {
      const key = { namespace: 'default', name: pool }
      const patch = { type: 'merge', body: { spec: { replicas } } } as const
      await client.patch(resourceOf(machinePoolKind), key, patch, { subresource: 'scale' })
    },
    async markForDeletion(machine) {
      const annotations = {
        ...machine.metadata.annotations,
        'cluster.x-k8s.io/delete-machine': new Date(0).toISOString(),
      }
      await client.update(resourceOf(machineKind), { ...machine, metadata: { ...machine.metadata, annotations } })
    },
    get: async (plural, name) => (await client.request('GET', path(plural, name))) as object,
    create: async (plural, object) =>
      (await client.request('POST', `${base}/namespaces/default/${plural}`, object)) as object,
    async close() {
      stop.abort()
      await running
      await client.close()
    },
  }
}
