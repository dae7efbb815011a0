import { ProviderError, type Interpretation, type PoolRef } from '@machinepool/contract'

import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import { regionOfZone } from './group-ref.ts'
import { locationOf, wantedZones, type Defaults } from './placement.ts'
import { rolloutPolicy } from './strategy.ts'

/** https://cloud.google.com/compute/docs/instance-groups/creating-groups-of-managed-instances */
const largestZonalGroup = 1_000
const largestRegionalGroup = 2_000

/** Where the pool lives and what its spec says about policy. PURE. */
export function interpret(pool: PoolRef<GCPMachinePoolSpec>, defaults: Defaults): Interpretation {
  const location = locationOf(pool, defaults)
  const { zones, field } = wantedZones(pool)
  const outside = zones.find((zone) => regionOfZone(zone) !== location.region)
  // Of a group that exists, the record says where it is: deleting it must not fail over a field.
  if (outside !== undefined && pool.recorded.providerID === undefined) {
    throw new ProviderError({
      code: 'InvalidSpec',
      field,
      reason: 'ZoneOutsideRegion',
      message: `${field} names zone ${outside}, which is not in region ${location.region} of the cluster.`,
    })
  }
  return {
    location,
    policy: {
      minSize: 0,
      maxSize: zones.length > 1 ? largestRegionalGroup : largestZonalGroup,
      rollout: rolloutPolicy(pool.spec, zones.length),
    },
  }
}
