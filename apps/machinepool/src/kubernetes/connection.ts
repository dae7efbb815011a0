import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { createClient, KubeconfigError, loadKubeconfig, type Client, type ClusterConfig } from '@machinepool/kube'

import { UsageError, type Context } from '../context.ts'

export interface ConnectionOptions {
  readonly kubeconfig?: string
  readonly context?: string
  /** Directory of a running `machinepool up`. */
  readonly dataDir?: string
  readonly namespace?: string
}

/** Nobody named a management cluster, and there is none where kubectl looks. */
export class NoClusterError extends UsageError {}

export interface Connection {
  readonly client: Client
  readonly config: ClusterConfig
  /** The namespace to use where an object names none. */
  readonly namespace: string
}

/**
 * Connects to the management cluster: `--kubeconfig`, else the data directory of `up`, else `KUBECONFIG` and the other
 * places where kubectl looks.
 */
export async function connect(options: ConnectionOptions, { env }: Pick<Context, 'env'>): Promise<Connection> {
  const path = options.kubeconfig ?? (options.dataDir === undefined ? undefined : upKubeconfig(options.dataDir))
  const config = await loadKubeconfig({
    environment: env,
    ...(path !== undefined && { path }),
    ...(options.context !== undefined && { context: options.context }),
  }).catch((error: unknown) => {
    if (path !== undefined || !(error instanceof KubeconfigError)) throw error
    const hint = 'name one with --kubeconfig, or the directory of a running `machinepool up` with --data-dir'
    throw new NoClusterError(`${error.message}; ${hint}`, { cause: error })
  })
  const client = createClient(config, { userAgent: 'machinepool', fieldManager: 'machinepool' })
  return { client, config, namespace: options.namespace ?? config.namespace }
}

function upKubeconfig(dataDir: string): string {
  const path = join(dataDir, 'kubeconfig')
  if (!existsSync(path)) {
    throw new UsageError(`${path} does not exist; is \`machinepool up --data-dir ${dataDir}\` running?`)
  }
  return path
}
