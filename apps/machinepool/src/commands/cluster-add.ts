import { readFile } from 'node:fs/promises'

import type { FlagValues } from '../clouds/cloud.ts'
import { cloudNamed } from '../clouds/clouds.ts'
import { externalCluster, type ExternalInfrastructure } from '../cluster/external-cluster.ts'
import { inlineKubeconfig } from '../cluster/inline-kubeconfig.ts'
import { UsageError, type Context } from '../context.ts'
import { connect, type ConnectionOptions } from '../kubernetes/connection.ts'
import { writeExternalCluster } from '../kubernetes/write-cluster.ts'
import { describeApplied } from './apply.ts'

export interface ClusterAddOptions extends Omit<ConnectionOptions, 'kubeconfig' | 'context'> {
  /** Kubeconfig of the cluster that is added. */
  readonly kubeconfig: string
  readonly context?: string
  readonly managementKubeconfig?: string
  readonly infrastructure?: string
  readonly region?: string
  /** The flags of the clouds. */
  readonly network: FlagValues
}

/** `machinepool cluster add NAME --kubeconfig FILE`: gives an existing cluster machine pools. */
export async function clusterAdd(name: string, options: ClusterAddOptions, context: Context): Promise<number> {
  const text = await readFile(options.kubeconfig, 'utf8').catch((error: unknown) => {
    throw new UsageError(`--kubeconfig: ${options.kubeconfig} cannot be read`, { cause: error })
  })
  const { text: kubeconfig, endpoint, execCommand } = inlineKubeconfig(text, options.kubeconfig, options.context)
  if (execCommand !== undefined) {
    throw new UsageError(
      `--kubeconfig: its user logs in by running ${JSON.stringify(execCommand)}, which the controllers do not do for ` +
        'a Secret; give a kubeconfig with a token or a client certificate',
    )
  }
  const { client, namespace } = await connect(
    {
      ...(options.managementKubeconfig !== undefined && { kubeconfig: options.managementKubeconfig }),
      ...(options.dataDir !== undefined && { dataDir: options.dataDir }),
      ...(options.namespace !== undefined && { namespace: options.namespace }),
    },
    context,
  )
  try {
    const infrastructure = infrastructureOf(options)
    const objects = externalCluster({
      namespace,
      name,
      kubeconfig,
      endpoint,
      now: `${new Date().toISOString().slice(0, 19)}Z`,
      ...(infrastructure && { infrastructure }),
    })
    for (const each of await writeExternalCluster(client, namespace, objects)) {
      context.out.write(`${describeApplied(each)}\n`)
    }
    return 0
  } finally {
    await client.close()
  }
}

function infrastructureOf({ infrastructure, region, network }: ClusterAddOptions): ExternalInfrastructure | undefined {
  if (infrastructure === undefined) return undefined
  if (region === undefined) throw new UsageError(`--infrastructure ${infrastructure} needs --region`)
  return cloudNamed(infrastructure).existing.infrastructure(region, network)
}
