import type { Io, Location, Observation, PoolRef, Problem, Resolved } from '@machinepool/contract'
import type { LookupCache } from '@machinepool/provider-kit'

import type { GcpProject } from '../compute/project.ts'
import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import type { GcpGroup } from '../machine-pool/group-view.ts'
import { wantedZones } from '../machine-pool/placement.ts'
import { toJson } from '../machine-pool/resolved-inputs.ts'
import { updaterProblem } from '../machine-pool/strategy.ts'
import { resolveImage } from './image.ts'

/** Answers the spec's open questions: image, zones, and what Google's updater allows. */
export async function resolve(
  pool: PoolRef<GCPMachinePoolSpec>,
  observed: Observation<GcpGroup>,
  project: GcpProject,
  { region }: Location,
  images: LookupCache<string | undefined>,
  io: Io,
): Promise<Resolved> {
  const { zones } = wantedZones(pool)
  const { image, family, imageKey, problems } = await resolveImage(pool, observed.group, project, images, io)
  const size = pool.replicas ?? observed.size?.desired ?? 0
  return {
    inputs: toJson({
      ...(image === undefined ? {} : { image }),
      ...(family === undefined ? {} : { family }),
      imageKey,
      zones,
      project: project.project,
      region,
    }),
    problems: [...problems, ...zoneProblems(zones), ...updaterProblems(pool, zones.length, size)],
  }
}

function zoneProblems(zones: readonly string[]): readonly Problem[] {
  if (zones.length > 0) return []
  return [
    {
      code: 'InvalidSpec',
      reason: 'ZonesUnknown',
      message:
        'No zones: set spec.zones, or failureDomains on the MachinePool, or wait until the GCPCluster has found those of its region.',
    },
  ]
}

function updaterProblems(pool: PoolRef<GCPMachinePoolSpec>, zones: number, size: number): readonly Problem[] {
  const message = updaterProblem(pool.spec, zones, size)
  return message === undefined ? [] : [{ code: 'InvalidSpec', reason: 'UpdatePolicyInvalid', message }]
}
