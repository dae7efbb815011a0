import type { InstanceRequirements } from '@aws-sdk/client-auto-scaling'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'

type Override = NonNullable<NonNullable<AWSMachinePoolSpec['mixedInstancesPolicy']>['overrides']>[number]
type Wish = NonNullable<Override['instanceRequirements']>

/** Ranges whose bounds have a fraction: text in Kubernetes, numbers in AWS. */
const decimals = ['memoryGiBPerVCpu', 'networkBandwidthGbps', 'totalLocalStorageGB'] as const

/** The wish in AWS's words, which are the same words with a capital letter. PURE. */
export function instanceRequirements(wish: Wish): InstanceRequirements {
  const numbers = Object.fromEntries(
    decimals.flatMap((name) => (wish[name] === undefined ? [] : [[name, bounds(wish[name])]])),
  )
  // The schema has no field that AWS does not have; a test compares them with the service model.
  return capitalised({ ...wish, ...numbers }) as InstanceRequirements
}

function bounds({ min, max }: { readonly min?: string; readonly max?: string }): object {
  return { ...(min === undefined ? {} : { min: Number(min) }), ...(max === undefined ? {} : { max: Number(max) }) }
}

function capitalised(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key[0]!.toUpperCase() + key.slice(1), capitalised(item)]),
  )
}
