import { createSqliteStorage, type ApiServer } from '@machinepool/apiserver'
import { createClient, isNotFound, loadKubeconfig, secrets, type Client } from '@machinepool/kube'

import { externalCluster, type ExternalInfrastructure } from '../cluster/external-cluster.ts'
import { inlineKubeconfig } from '../cluster/inline-kubeconfig.ts'
import { writeExternalCluster } from '../kubernetes/write-cluster.ts'
import type { DataDir } from './data-dir.ts'
import { startKnownServer } from './server-identity.ts'

interface SimulatedCluster {
  /** Absent: a cluster that exists without us, where simulated machines join all the same. */
  readonly server?: ApiServer
  readonly client: Client
}

/**
 * Workload clusters for a simulated cloud: an embedded API server each, made known as an external Cluster. A cluster
 * whose kubeconfig is there already, by `cluster add`, is used as it is.
 */
export interface SimulatedClusters {
  /** Makes the cluster unless it is there; safe to call again and at the same time. */
  ensure(namespace: string, name: string): Promise<void>
  /** For the simulated machines, which know their cluster by its name only. */
  client(name: string): Client | undefined
  /** YAML for the cluster of this name. */
  kubeconfig(name: string): string | undefined
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
  const servers = new Map<string, Promise<ApiServer>>()
  const clusters = new Map<string, SimulatedCluster>()

  async function start(namespace: string, name: string): Promise<void> {
    const existing = await existingKubeconfig(namespace, name)
    // What was written in an earlier run is ours, although the server may have to take another port now.
    if (existing !== undefined && existing !== dataDir.read(`${name}.kubeconfig`)) {
      if (clusters.has(name)) return
      const config = await loadKubeconfig({ text: existing })
      clusters.set(name, { client: createClient(config, { userAgent: 'simulated-kubelet' }) })
      return
    }
    const serving = servers.get(name) ?? startServer(name)
    servers.set(name, serving)
    const kubeconfig = (await serving).kubeconfig()
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

  /** Clouds tell clusters apart by name, so those of one name in two namespaces are one. */
  async function startServer(name: string): Promise<ApiServer> {
    const file = `workload-${name}`
    const storage = dataDir.persistent ? { storage: createSqliteStorage({ path: dataDir.file(`${file}.sqlite`) }) } : {}
    const server = await startKnownServer(dataDir, file, storage)
    const config = await loadKubeconfig({ text: server.kubeconfig() })
    clusters.set(name, { server, client: createClient(config, { userAgent: 'simulated-kubelet' }) })
    return server
  }

  async function existingKubeconfig(namespace: string, name: string): Promise<string | undefined> {
    try {
      const { data } = await management.get(secrets, { namespace, name: `${name}-kubeconfig` })
      return data?.['value'] === undefined ? undefined : Buffer.from(data['value'], 'base64').toString()
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  return {
    ensure(namespace, name) {
      const key = `${namespace}/${name}`
      const known = starting.get(key) ?? start(namespace, name)
      starting.set(key, known)
      return known
    },
    client: (name) => clusters.get(name)?.client,
    kubeconfig: (name) => clusters.get(name)?.server?.kubeconfig(),
    urls: () => Object.fromEntries([...clusters].flatMap(([name, { server }]) => (server ? [[name, server.url]] : []))),
    async close() {
      await Promise.allSettled(starting.values())
      await Promise.all(
        [...clusters.values()].map(async ({ client, server }) => {
          await client.close()
          await server?.close()
        }),
      )
    },
  }
}
