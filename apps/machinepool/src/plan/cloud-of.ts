import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Cloud, CloudProvider } from '../clouds/cloud.ts'
import { clouds } from '../clouds/clouds.ts'
import { UsageError, type Context } from '../context.ts'

/** Where the clouds are that a command talks to. */
export interface CloudAccess {
  /** Values of the simulated cloud for variables that the environment does not set. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** The provider of an infrastructure kind. @throws {UsageError} when no cloud has it */
  providerOf(reference: { readonly apiGroup: string; readonly kind: string }): CloudProvider
  close(): Promise<void>
}

/** With the directory of a running simulated system its cloud is used, else the one of the environment. */
export function openClouds(dataDir: string | undefined, { env }: Pick<Context, 'env'>): CloudAccess {
  const endpoints = dataDir === undefined ? {} : readEndpoints(dataDir)
  const simulated = (cloud: Cloud): { readonly url: string } | undefined => {
    const url = endpoints[cloud.name]
    return typeof url === 'string' ? { url } : undefined
  }
  const providers = new Map<string, CloudProvider>()
  return {
    variables: Object.assign({}, ...clouds.filter(simulated).map((cloud) => cloud.simulatedVariables), env) as Record<
      string,
      string | undefined
    >,
    providerOf({ apiGroup, kind }) {
      const cloud = clouds.find(({ kinds }) => kinds.some((one) => one.kind === kind && one.group === apiGroup))
      if (cloud === undefined) throw new UsageError(`no provider of this program drives ${kind} (${apiGroup})`)
      const simulator = simulated(cloud)
      const provider = providers.get(cloud.name) ?? cloud.createProvider({ env, ...(simulator && { simulator }) })
      providers.set(cloud.name, provider)
      return provider
    },
    async close() {
      for (const provider of providers.values()) await provider.close()
    },
  }
}

function readEndpoints(dataDir: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8')) as Record<string, unknown>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UsageError(`${dataDir} is not the directory of a running \`machinepool up\``, { cause: error })
    }
    throw error
  }
}
