import { machinePoolKind, resourceOf, toCustomResourceDefinition, type MachinePool } from '@machinepool/api'
import { createSqliteStorage } from '@machinepool/apiserver'
import { createKubeadmConfigController } from '@machinepool/bootstrap-kubeadm'
import {
  createInfraMachinePoolController,
  createMachineController,
  createMachinePoolController,
  type PollIntervals,
} from '@machinepool/core'
import { createClient, loadKubeconfig, type Client, type Store } from '@machinepool/kube'
import { createManager, createWorkloadClusters, managementIdOf, type Manager } from '@machinepool/runtime'
import type { AwsSimulator, AwsSimulatorOptions } from '@machinepool/simulator'
import { pino, type Logger } from 'pino'

import type { Cloud, Environment, SimulatedCloud } from '../clouds/cloud.ts'
import { cloudNamed, clouds } from '../clouds/clouds.ts'
import { kindsByProvider } from '../kinds.ts'
import { openDataDir, type DataDir } from './data-dir.ts'
import { kindHooks } from './kind-hooks.ts'
import { startKnownServer } from './server-identity.ts'
import { createSimulatedClusters, type SimulatedClusters } from './simulated-clusters.ts'

export interface SystemOptions {
  /** All state is kept here; absent: in memory. */
  readonly dataDir?: string
  /** Of the Kubernetes API; 0, the default, takes a free one. */
  readonly port?: number
  /** Absent: the real clouds, with the credentials and endpoints of the process. `timings` and so on as in its simulator. */
  readonly simulate?: { readonly cloud: string; readonly bootMs?: number } & Pick<
    AwsSimulatorOptions,
    'timings' | 'lag' | 'rates'
  >
  /** `default/NAME` workload clusters to have from the start, with `simulate`. */
  readonly clusters?: readonly { readonly namespace: string; readonly name: string }[]
  /** Default: nothing is logged. */
  readonly log?: Logger
  /** Where the process is told to stop. */
  readonly signal: AbortSignal
  /** Settings of the clouds, such as `AWS_REGION`. */
  readonly env?: Environment
  /** Leave the MachinePool controller to somebody else, such as upstream's core. */
  readonly withoutCore?: boolean
  readonly pollIntervals?: Partial<PollIntervals>
}

/** Everything of one `machinepool up`: the Kubernetes API, the controllers, and the simulated cloud if there is one. */
export interface System {
  readonly client: Client
  readonly manager: Manager
  readonly dataDir: DataDir
  /** Path of a kubeconfig for the Kubernetes API. */
  readonly kubeconfig: string
  readonly url: string
  /** The simulated cloud; `aws` is the same with its own type. */
  readonly simulated: SimulatedCloud | undefined
  readonly aws: AwsSimulator | undefined
  readonly clusters: SimulatedClusters | undefined
  /** The machine pools, kept up to date. */
  readonly pools: Store<MachinePool>
  /** Calls back after each change of a machine pool. */
  onPoolChange(handler: () => void): () => void
  /** Rejects when the controllers fail; resolves when they have stopped. */
  readonly stopped: Promise<void>
  /** Stops everything in order. */
  close(): Promise<void>
}

/**
 * Starts the whole system in this process. Resolves when the API serves and the controllers run; nothing keeps running
 * when it rejects.
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { log = pino({ level: 'silent' }) } = options
  const closing: (() => void | Promise<void>)[] = []
  const close = async () => {
    for (const end of closing.splice(0).toReversed()) await end()
  }
  try {
    const dataDir = openDataDir(options.dataDir)
    closing.push(() => dataDir.close())
    const server = await startKnownServer(dataDir, 'kubernetes', {
      port: options.port ?? 0,
      crds: Object.values(kindsByProvider).flatMap((kinds) => kinds.map((kind) => toCustomResourceDefinition(kind))),
      hooks: kindHooks(),
      log: (error, request) => log.error({ err: error, request }, 'the API server failed'),
      ...(dataDir.persistent && { storage: createSqliteStorage({ path: dataDir.file('kubernetes.sqlite') }) }),
    })
    closing.push(() => server.close())
    const config = await loadKubeconfig({ text: server.kubeconfig() })
    const client = createClient(config, { userAgent: 'machinepool-up', fieldManager: 'machinepool-up' })
    closing.push(() => client.close())

    const simulation = options.simulate && (await simulate(client, dataDir, options.simulate, closing))
    const writeEndpoints = () => {
      const workload = simulation?.clusters.urls() ?? {}
      const endpoints = {
        kubernetes: server.url,
        workload,
        ...(simulation && { [simulation.cloud.name]: simulation.simulator.url }),
      }
      dataDir.write('endpoints.json', `${JSON.stringify(endpoints, undefined, 2)}\n`)
    }
    simulation?.onClusters(writeEndpoints)

    const manager = createManager({ client, name: 'machinepool-up', log })
    const workloadClusters = createWorkloadClusters({ manager })
    if (!options.withoutCore) {
      createMachinePoolController(manager, { workloadClusters })
      createMachineController(manager, { workloadClusters })
    }
    createKubeadmConfigController(manager, { workloadClusters })
    const managementId = await managementIdOf(client)
    for (const cloud of simulation ? [simulation.cloud] : clouds) {
      const { env = {} } = options
      const provider = cloud.createProvider({ env, ...(simulation && { simulator: simulation.simulator }) })
      closing.push(() => provider.close())
      createInfraMachinePoolController(manager, {
        provider: provider.machinePool,
        workloadClusters,
        managementId,
        ...(options.pollIntervals && { pollIntervals: options.pollIntervals }),
      })
    }
    const pools = manager.cache.informer(resourceOf(machinePoolKind))
    if (simulation) {
      pools.onEvent(({ type, object }) => {
        if (type !== 'added' || object.metadata.deletionTimestamp !== undefined) return
        simulation.clusters
          .ensure(object.metadata.namespace ?? 'default', object.spec.clusterName)
          .catch((error: unknown) => log.error({ err: error, cluster: object.spec.clusterName }, 'no cluster'))
      })
      for (const { namespace, name } of options.clusters ?? []) await simulation.clusters.ensure(namespace, name)
    }

    const stop = new AbortController()
    const follow = () => stop.abort()
    options.signal.addEventListener('abort', follow, { once: true })
    if (options.signal.aborted) follow()
    const stopped = manager.start(stop.signal)
    // Whoever awaits it hears of a failure; nobody has to.
    stopped.catch(() => {})
    closing.push(async () => {
      stop.abort()
      options.signal.removeEventListener('abort', follow)
      await stopped.catch((error: unknown) => log.error({ err: error }, 'the controllers failed'))
    })
    await Promise.race([pools.synced, stopped])
    const kubeconfig = dataDir.write('kubeconfig', server.kubeconfig())
    writeEndpoints()
    return {
      client,
      manager,
      dataDir,
      kubeconfig,
      url: server.url,
      simulated: simulation?.simulator,
      aws: simulation?.cloud.name === 'aws' ? (simulation.simulator as AwsSimulator) : undefined,
      clusters: simulation?.clusters,
      pools: pools.store,
      onPoolChange: (handler) => pools.onEvent(handler),
      stopped,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

interface Simulation {
  readonly cloud: Cloud
  readonly simulator: SimulatedCloud
  readonly clusters: SimulatedClusters
  onClusters(handler: () => void): void
}

async function simulate(
  client: Client,
  dataDir: DataDir,
  { cloud: name, bootMs, ...settings }: NonNullable<SystemOptions['simulate']>,
  closing: (() => void | Promise<void>)[],
): Promise<Simulation> {
  const cloud = cloudNamed(name)
  const listeners: (() => void)[] = []
  const clusters = createSimulatedClusters({
    management: client,
    dataDir,
    infrastructure: cloud.simulatedInfrastructure,
    onAdded: () => listeners.forEach((listener) => listener()),
  })
  closing.push(() => clusters.close())
  const simulator = await cloud.simulate({
    settings,
    workload: (cluster) => clusters.client(cluster),
    ...(bootMs !== undefined && { bootMs }),
    ...(dataDir.persistent && { stateFile: dataDir.file(`${name}.sqlite`) }),
  })
  closing.push(() => simulator.close())
  return { cloud, simulator, clusters, onClusters: (listener) => void listeners.push(listener) }
}
