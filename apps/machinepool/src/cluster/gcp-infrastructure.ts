import type { ExternalInfrastructure } from './external-cluster.ts'

export interface GcpNetwork {
  readonly project: string
  readonly region: string
  /** Name of the VPC network. */
  readonly network: string
  /** Where pools that name no failure domains place their instances. */
  readonly zones: readonly string[]
}

/** The GCPCluster of a cluster whose network exists already: what GCPMachinePools read from it. */
export function gcpInfrastructure({ project, region, network, zones }: GcpNetwork): ExternalInfrastructure {
  const foreign = zones.find((zone) => !zone.startsWith(`${region}-`))
  if (foreign !== undefined) throw new RangeError(`--zone takes zones of ${region}, not ${JSON.stringify(foreign)}`)
  return {
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta1',
    kind: 'GCPCluster',
    spec: { project, region, network: { name: network } },
    status: { ready: true, failureDomains: Object.fromEntries(zones.map((zone) => [zone, {}])) },
  }
}
