import { ProviderError, type Location, type PoolRef } from '@machinepool/contract'
import { keysAt, textAt, textsAt } from '@machinepool/provider-kit'

import { secretIdentity } from '../compute/credentials.ts'
import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import { parseGroupProviderID, regionOfScope, regionOfZone } from './group-ref.ts'

type Pool = PoolRef<GCPMachinePoolSpec>

/** For pools whose cluster names none. */
export interface Defaults {
  readonly project?: string
  readonly region?: string
}

/** Zones wanted, sorted; the field that says so. Empty when nothing does. */
export function wantedZones(pool: Pool): { readonly zones: readonly string[]; readonly field: string } {
  const { infrastructure } = pool.cluster
  const sources = [
    { field: 'spec.zones', zones: pool.spec.zones ?? [] },
    { field: 'MachinePool.spec.failureDomains', zones: pool.failureDomains },
    { field: 'GCPCluster.spec.failureDomains', zones: textsAt(infrastructure, 'spec', 'failureDomains') },
    { field: 'GCPCluster.status.failureDomains', zones: keysAt(infrastructure, 'status', 'failureDomains') },
  ]
  const chosen = sources.find(({ zones }) => zones.length > 0) ?? sources[0]!
  // Sorted: maps and lists of zones come in any order, and the choice must not change with it.
  return { field: chosen.field, zones: [...new Set(chosen.zones)].toSorted() }
}

/** `zones/Z` for one zone, `regions/R` for several; `undefined` while no zone is known. */
export function wantedScope(zones: readonly string[]): string | undefined {
  const [first] = zones
  if (first === undefined) return undefined
  return zones.length === 1 ? `zones/${first}` : `regions/${regionOfZone(first)}`
}

/** Where the pool lives. A group cannot move: what is written down wins over objects that were edited since. */
export function locationOf(pool: Pool, defaults: Defaults): Location {
  const { infrastructure } = pool.cluster
  const { recorded } = pool
  const group = parseGroupProviderID(recorded.providerID)
  const [zone] = wantedZones(pool).zones
  const region =
    (group && regionOfScope(group.scope)) ??
    recorded.location?.region ??
    textAt(infrastructure, 'spec', 'region') ??
    (zone === undefined ? undefined : regionOfZone(zone)) ??
    defaults.region
  if (region === undefined) throw unknown('region')
  const account =
    group?.project ?? recorded.location?.account ?? textAt(infrastructure, 'spec', 'project') ?? defaults.project
  if (account === undefined) throw unknown('project')
  const identity = infrastructure === undefined ? recorded.location?.identity : identityOf(pool)
  const endpoint =
    infrastructure === undefined
      ? recorded.location?.scope?.['endpoint']
      : textAt(infrastructure, 'spec', 'serviceEndpoints', 'compute')
  return {
    region,
    account,
    ...(identity === undefined ? {} : { identity }),
    ...(endpoint === undefined ? {} : { scope: { endpoint } }),
  }
}

function identityOf({ cluster }: Pool): string | undefined {
  const namespace = textAt(cluster.infrastructure, 'spec', 'credentialsRef', 'namespace')
  const name = textAt(cluster.infrastructure, 'spec', 'credentialsRef', 'name')
  return namespace === undefined || name === undefined ? undefined : secretIdentity(namespace, name)
}

function unknown(what: 'region' | 'project'): ProviderError {
  return new ProviderError({
    code: 'InvalidSpec',
    field: `GCPCluster.spec.${what}`,
    reason: what === 'region' ? 'RegionUnknown' : 'ProjectUnknown',
    message: `No ${what}: set spec.${what} on the GCPCluster.`,
  })
}
