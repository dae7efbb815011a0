import type { JsonObject, PoolRef, Problem } from '@machinepool/contract'
import { at, objectsAt, textAt } from '@machinepool/provider-kit'

import type { AwsSession } from '../aws/session.ts'
import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import { networkOwner } from '../machine-pool/tags.ts'
import type { Lookups } from './lookups.ts'

export interface SubnetAnswer {
  readonly subnetIds: readonly string[]
  readonly availabilityZones: readonly string[]
  readonly problems: readonly Problem[]
}

/** Upstream's tag of subnets that belong to pods, not to nodes. */
const secondaryTag = 'sigs.k8s.io/cluster-api-provider-aws/association'

/**
 * Where instances are placed: subnets of the spec, else zones of the spec, else failure domains of the MachinePool, else
 * the cluster's private subnets. Each entry of `spec.subnets` adds what it names.
 */
export async function resolveSubnets(
  pool: PoolRef<AWSMachinePoolSpec>,
  session: AwsSession,
  lookups: Lookups,
  signal: AbortSignal,
): Promise<SubnetAnswer> {
  const references = pool.spec.subnets ?? []
  if (references.length > 0) return fromReferences(references, session, lookups, signal)
  return fromCluster(pool)
}

async function fromReferences(
  references: NonNullable<AWSMachinePoolSpec['subnets']>,
  session: AwsSession,
  lookups: Lookups,
  signal: AbortSignal,
): Promise<SubnetAnswer> {
  const ids = new Set<string>()
  const problems: Problem[] = []
  for (const [index, { id, filters }] of references.entries()) {
    if (id) ids.add(id)
    if (!filters?.length) continue
    const subnets = await lookups.subnets(session, filters, signal)
    const usable = subnets.filter(
      ({ Tags }) => !Tags?.some(({ Key, Value }) => Key === secondaryTag && Value === 'secondary'),
    )
    for (const subnet of usable) ids.add(subnet.SubnetId ?? '')
    if (usable.length === 0) {
      problems.push(notFound(`No subnet matches the filters of spec.subnets[${index}].`))
    }
  }
  return { subnetIds: [...ids].toSorted(), availabilityZones: [], problems }
}

/** PURE. */
function fromCluster(pool: PoolRef<AWSMachinePoolSpec>): SubnetAnswer {
  const known = objectsAt(networkOwner(pool), 'spec', 'network', 'subnets')
  const zones = pool.spec.availabilityZones?.length ? pool.spec.availabilityZones : pool.failureDomains
  const type = pool.spec.availabilityZoneSubnetType
  if (zones.length === 0) {
    const ids = known.filter((subnet) => !isPublic(subnet) && !isSecondary(subnet)).map(subnetId)
    return answer(ids, 'The cluster has no private subnet; set spec.subnets or spec.availabilityZones.')
  }
  // Without a cluster network the zones mean the default subnets of the account's default VPC.
  if (known.length === 0) return { subnetIds: [], availabilityZones: [...zones].toSorted(), problems: [] }
  const perZone = zones.map((zone) => ({
    zone,
    ids: known.filter((subnet) => textAt(subnet, 'availabilityZone') === zone && isOfType(subnet, type)).map(subnetId),
  }))
  const empty = perZone.filter(({ ids }) => ids.length === 0).map(({ zone }) => zone)
  if (empty.length > 0) {
    return answer([], `The cluster has no ${type ?? ''} subnet in zone ${empty.join(', ')}.`.replaceAll('  ', ' '))
  }
  return answer(
    perZone.flatMap(({ ids }) => ids),
    '',
  )
}

function isOfType(subnet: JsonObject, type: AWSMachinePoolSpec['availabilityZoneSubnetType']): boolean {
  // Upstream leaves subnets of pods out only where a type is named; kept, so that a swap places alike.
  if (type === undefined || type === 'all') return true
  return !isSecondary(subnet) && isPublic(subnet) === (type === 'public')
}

function isPublic(subnet: JsonObject): boolean {
  return at(subnet, 'isPublic') === true
}

function isSecondary(subnet: JsonObject): boolean {
  return textAt(subnet, 'tags', secondaryTag) === 'secondary'
}

/** `id` may be a name of upstream's choice; then `resourceID` is AWS's id. */
function subnetId(subnet: JsonObject): string {
  return textAt(subnet, 'resourceID') ?? textAt(subnet, 'id') ?? ''
}

function answer(ids: readonly string[], complaint: string): SubnetAnswer {
  return {
    subnetIds: [...new Set(ids)].toSorted(),
    availabilityZones: [],
    problems: ids.length === 0 ? [notFound(complaint)] : [],
  }
}

function notFound(message: string): Problem {
  return { code: 'NotFound', reason: 'SubnetNotFound', message }
}
