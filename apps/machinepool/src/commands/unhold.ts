import { machinePoolKind, resourceOf, type MachinePool } from '@machinepool/api'
import { createPoolDriver, readInfraPool, readPool } from '@machinepool/core'
import { systemClock, type Resource } from '@machinepool/kube'
import { managementIdOf } from '@machinepool/runtime'

import { UsageError, type Context } from '../context.ts'
import { connect, type ConnectionOptions } from '../kubernetes/connection.ts'
import { openClouds } from '../plan/cloud-of.ts'
import { withIo } from '../plan/plan-pool.ts'

export interface UnholdCommandOptions extends ConnectionOptions {
  readonly all?: boolean
}

const machinePools: Resource<MachinePool> = resourceOf(machinePoolKind)

/**
 * `machinepool unhold POOL` and `--all`: takes our termination hold off the groups and lets go what waits for it. For a
 * manager that has been removed: a running one sets its hold again.
 */
export async function unhold(
  name: string | undefined,
  options: UnholdCommandOptions,
  context: Context,
): Promise<number> {
  if ((name === undefined) !== (options.all ?? false)) throw new UsageError('name one machine pool, or all with --all')
  const clouds = openClouds(options.dataDir, context)
  const { client, namespace } = await connect(options, context)
  const { signal } = context
  try {
    const managementId = await managementIdOf(client)
    const scope = options.namespace === undefined ? {} : { namespace }
    const pools =
      name === undefined
        ? (await client.list(machinePools, scope)).items
        : [await client.get(machinePools, { namespace, name })]
    for (const pool of pools) {
      const label = `machinepool/${pool.metadata.name ?? ''}`
      const provider = clouds.providerOf(pool.spec.template.spec.infrastructureRef).machinePool
      const infra = await readInfraPool(pool, provider.kind, { client, signal })
      if (infra === undefined || provider.capabilities.holdTermination === false) {
        context.out.write(`${label} holds nothing\n`)
        continue
      }
      const { kind } = provider
      const read = { kind, client, managementId, clock: systemClock, holdTerminations: false, signal }
      const known = await readPool(infra, read)
      const actions = await withIo(client, signal, (io) => createPoolDriver(provider).unhold(known, io))
      const done = actions.map(({ type, reason }) => `${label} ${type}: ${reason}\n`)
      context.out.write(done.length === 0 ? `${label} holds nothing\n` : done.join(''))
    }
    return 0
  } finally {
    await client.close()
    await clouds.close()
  }
}
