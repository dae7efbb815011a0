import type { InstanceRequirements } from '@aws-sdk/client-auto-scaling'
import { canonicalJson, type JsonObject } from '@machinepool/contract'
import { plainJson } from '@machinepool/provider-kit'

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

/**
 * What AWS takes a requirement for that nobody states, as its reference says. It may answer so, or leave it out.
 * https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceRequirements.html
 */
const defaults: Readonly<Record<string, unknown>> = {
  BareMetal: 'excluded',
  BurstablePerformance: 'excluded',
  LocalStorage: 'included',
  RequireHibernateSupport: false,
  OnDemandMaxPricePercentageOverLowestPrice: 20,
  SpotMaxPricePercentageOverLowestPrice: 100,
}

/** Whether both select the same types: a requirement that left the spec counts as a difference. PURE. */
export function sameRequirements(
  wanted: InstanceRequirements | undefined,
  live: InstanceRequirements | undefined,
): boolean {
  if (wanted === undefined || live === undefined) return wanted === live
  return canonicalJson(said(wanted)) === canonicalJson(said(live))
}

function said(requirements: InstanceRequirements): JsonObject {
  const entries = Object.entries(plainJson(requirements)).filter(
    ([name, value]) => value !== defaults[name] && !(Array.isArray(value) && value.length === 0),
  )
  // Lists are sets: of manufacturers, generations, types.
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map((item) => canonicalJson(item)).toSorted() : value,
    ]),
  )
}
