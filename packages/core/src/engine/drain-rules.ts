import { isNotFound, type Client } from '@machinepool/kube'
import type { Clock } from '@machinepool/runtime'

import { machineDrainRules, type MachineDrainRule } from '../drain/machine-drain-rules.ts'

/** The MachineDrainRules of a namespace. Asked for only while something drains, so they are read, not watched. */
export interface DrainRules {
  list(namespace: string, signal: AbortSignal): Promise<readonly MachineDrainRule[]>
}

const ttlMs = 30_000

export function createDrainRules(client: Client, clock: Clock): DrainRules {
  const known = new Map<string, { readonly rules: readonly MachineDrainRule[]; readonly until: number }>()
  return {
    async list(namespace, signal) {
      const cached = known.get(namespace)
      if (cached !== undefined && cached.until > clock.now()) return cached.rules
      const rules = await read(client, namespace, signal)
      known.set(namespace, { rules, until: clock.now() + ttlMs })
      return rules
    },
  }
}

/** The kind is a part of Cluster API that need not be installed. */
async function read(client: Client, namespace: string, signal: AbortSignal): Promise<readonly MachineDrainRule[]> {
  try {
    return (await client.list(machineDrainRules, { namespace, signal })).items
  } catch (error) {
    if (isNotFound(error)) return []
    throw error
  }
}
