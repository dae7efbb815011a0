import type { PoolRef, Problem } from '@machinepool/contract'
import { objectsAt, textAt } from '@machinepool/provider-kit'

import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import { networkOwner } from '../machine-pool/tags.ts'

const edgeZones: ReadonlySet<string> = new Set(['local-zone', 'wavelength-zone'])

/** AWS has no enclaves in Local Zones and Wavelength Zones; instances would not come up. PURE. */
export function enclaveProblems(pool: PoolRef<AWSMachinePoolSpec>): readonly Problem[] {
  const { spec } = pool
  if (spec.awsLaunchTemplate.enclaveOptions?.enabled !== true) return []
  const ids = new Set((spec.subnets ?? []).map(({ id }) => id))
  const zones = new Set(spec.availabilityZones?.length ? spec.availabilityZones : pool.failureDomains)
  const edge = objectsAt(networkOwner(pool), 'spec', 'network', 'subnets')
    .filter((subnet) => edgeZones.has(textAt(subnet, 'zoneType') ?? ''))
    .filter(
      (subnet) =>
        ids.has(textAt(subnet, 'resourceID') ?? '') ||
        ids.has(textAt(subnet, 'id') ?? '') ||
        (ids.size === 0 && zones.has(textAt(subnet, 'availabilityZone') ?? '')),
    )
    .map((subnet) => textAt(subnet, 'availabilityZone') ?? textAt(subnet, 'id') ?? '')
  if (edge.length === 0) return []
  const message = `Enclaves do not exist in Local Zones and Wavelength Zones, such as ${[...new Set(edge)].join(', ')}. Leave these subnets out, or set spec.awsLaunchTemplate.enclaveOptions.enabled to false.`
  return [{ code: 'InvalidSpec', reason: 'NitroEnclaveEdgeZoneUnsupported', message }]
}
