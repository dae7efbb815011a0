import { createApiServer, createSqliteStorage, type ApiServer } from '@machinepool/apiserver'
import { createClient, loadKubeconfig, type Client } from '@machinepool/kube'

import { externalCluster, type ExternalInfrastructure } from '../cluster/external-cluster.ts'
import { inlineKubeconfig } from '../cluster/inline-kubeconfig.ts'
import { writeExternalCluster } from '../kubernetes/write-cluster.ts'
import type { DataDir } from './data-dir.ts'

interface SimulatedCluster {
  readonly server: ApiServer
  readonly client: Client
}

/** Workload clusters for a simulated cloud: an embedded API server each, made known as an external Cluster. */
export interface SimulatedClusters {
  /** Makes the cluster unless it is there; safe to call again and at the same time. */
  ensure(namespace: string, name: string): Promise<void>
  /** For the simulated machines, which know their cluster by its name only. */
  client(name: string): Client | undefined
  /** API URL by cluster name. */
  urls(): Record<string, string>
  close(): Promise<void>
}

export interface SimulatedClustersOptions {
  readonly management: Client
  readonly dataDir: DataDir
  readonly infrastructure: ExternalInfrastructure
  /** Called after a cluster has been added. */
  readonly onAdded: () => void
}

export function createSimulatedClusters(options: SimulatedClustersOptions): SimulatedClusters {
  const { management, dataDir, infrastructure, onAdded } = options
  const starting = new Map<string, Promise<void>>()
  const clusters = new Map<string, SimulatedCluster>()

  async function start(namespace: string, name: string): Promise<void> {
    const server = await createApiServer(
      dataDir.persistent
        ? { storage: createSqliteStorage({ path: dataDir.file(`workload-${namespace}-${name}.sqlite`) }) }
        : {},
    )
    const kubeconfig = server.kubeconfig()
    const config = await loadKubeconfig({ text: kubeconfig })
    clusters.set(name, { server, client: createClient(config, { userAgent: 'simulated-kubelet' }) })
    dataDir.write(`${name}.kubeconfig`, kubeconfig)
    await writeExternalCluster(
      management,
      namespace,
      externalCluster({
        namespace,
        name,
        kubeconfig,
        endpoint: inlineKubeconfig(kubeconfig, name).endpoint,
        infrastructure,
        now: `${new Date().toISOString().slice(0, 19)}Z`,
      }),
    )
    onAdded()
  }

  return {
    ensure(namespace, name) {
      const key = `${namespace}/${name}`
      const known = starting.get(key) ?? start(namespace, name)
      starting.set(key, known)
      return known
    },
    client: (name) => clusters.get(name)?.client,
    urls: () => Object.fromEntries([...clusters].map(([name, { server }]) => [name, server.url])),
    async close() {
      await Promise.allSettled(starting.values())
      await Promise.all(
        [...clusters.values()].map(async ({ client, server }) => {
          await client.close()
          await server.close()
        }),
      )
    },
  }
}
