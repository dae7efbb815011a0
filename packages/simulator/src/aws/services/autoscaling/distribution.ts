import type { InstanceType } from '../ec2/instance-types.ts'
import type { Distribution, Group, InstanceRequirements, Override } from './state.ts'
import { counts } from './zones.ts'

/** One way to launch the next instance. */
export interface Offer {
  readonly type: string
  readonly weight: number
  readonly override?: Override
}

/**
 * Whether the next instance is a spot one.
 * https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstancesDistribution.html
 */
export function nextIsSpot(group: Group, distribution: Distribution): boolean {
  const { OnDemandBaseCapacity: base = 0, OnDemandPercentageAboveBaseCapacity: percentage = 100 } = distribution
  const members = group.members.filter(counts)
  const onDemand = members.filter(({ spot }) => !spot).reduce((sum, { weight }) => sum + weight, 0)
  const above = Math.max(0, group.desired - base)
  return onDemand >= base + Math.ceil((above * percentage) / 100)
}

/** The overrides' types, the template's own when there are none; requirements become all types that meet them. */
export function offersOf(
  overrides: readonly Override[] | undefined,
  templateType: string,
  types: ReadonlyMap<string, InstanceType>,
): Offer[] {
  if (!overrides?.length) return [{ type: templateType, weight: 1 }]
  return overrides.flatMap((override) => {
    const weight = Number(override.WeightedCapacity ?? 1)
    if (override.InstanceRequirements) {
      return [...types.values()]
        .filter((type) => meets(type, override.InstanceRequirements!))
        .map((type) => ({ type: type.name, weight, override }))
    }
    return [{ type: override.InstanceType ?? templateType, weight, override }]
  })
}

function meets(type: InstanceType, requirements: InstanceRequirements): boolean {
  const { VCpuCount: vcpus, MemoryMiB: memory, BurstablePerformance: burstable = 'excluded' } = requirements
  const { AllowedInstanceTypes: allowed, ExcludedInstanceTypes: excluded } = requirements
  const like = (pattern: string) =>
    new RegExp(`^${pattern.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`).test(type.name)
  return (
    within(type.vcpus, vcpus) &&
    within(type.memoryMiB, memory) &&
    (burstable === 'included' || type.burstable === (burstable === 'required')) &&
    (!allowed?.length || allowed.some(like)) &&
    !excluded?.some(like)
  )
}

function within(value: number, range: { readonly Min?: number; readonly Max?: number } | undefined): boolean {
  return value >= (range?.Min ?? 0) && value <= (range?.Max ?? Infinity)
}

/** Offers in the order the allocation strategy tries them in. */
export function rankOffers(
  offers: readonly Offer[],
  spot: boolean,
  distribution: Distribution,
  facts: { price(type: string): number; free(type: string): number },
): Offer[] {
  const unitPrice = ({ type, weight }: Offer) => facts.price(type) / weight
  const strategy = spot
    ? (distribution.SpotAllocationStrategy ?? 'lowest-price')
    : (distribution.OnDemandAllocationStrategy ?? 'prioritized')
  switch (strategy) {
    case 'lowest-price':
      return offers.toSorted((a, b) => unitPrice(a) - unitPrice(b))
    case 'capacity-optimized':
      return offers.toSorted((a, b) => compare(facts.free(b.type), facts.free(a.type)))
    case 'price-capacity-optimized':
      return offers.toSorted((a, b) => compare(facts.free(b.type), facts.free(a.type)) || unitPrice(a) - unitPrice(b))
    default:
      // prioritized, capacity-optimized-prioritized: the order of the list.
      return [...offers]
  }
}

/** Infinity minus Infinity is not 0. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b
}
