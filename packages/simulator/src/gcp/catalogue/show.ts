import { nameOf, regionOf } from '../reference.ts'
import type { Shown } from '../shown.ts'
import type { GcpHealthCheck } from './state.ts'
import type { Project } from '../state.ts'
import { timestamp } from '../time.ts'
import type { GcpImage, GcpSubnetwork, MachineType } from '../world.ts'

/** Identifiers of what has always been there follow from its path. */
function fixedId(path: string): string {
  let hash = 7n
  for (const byte of Buffer.from(path)) hash = (hash * 1_099_511_628_211n + BigInt(byte)) % 8_000_000_000_000_000_000n
  return String(hash + 1_000_000_000_000_000_000n)
}

const longAgo = timestamp(Date.UTC(2014, 4, 30, 18))

function basics(project: Project, kind: string, path: string, created = longAgo) {
  const own = path.startsWith('projects/') ? path : `projects/${project.id}/${path}`
  return {
    kind: `compute#${kind}`,
    id: fixedId(own),
    name: nameOf(path),
    creationTimestamp: created,
    selfLink: project.link(path),
  }
}

export function showZone(project: Project, zone: string): Shown {
  return {
    ...basics(project, 'zone', `zones/${zone}`),
    description: zone,
    status: 'UP',
    region: project.link(`regions/${regionOf(zone)}`),
    availableCpuPlatforms: ['Intel Broadwell', 'Intel Cascade Lake', 'Intel Ice Lake'],
    supportsPzs: false,
  }
}

/** Limits where there is no quota: what a project of some size has. */
const usualQuota = 2400

export function showRegion(project: Project, region: string): Shown {
  const here = project.instances.values().filter(({ zone }) => regionOf(zone) === region)
  const quota = (metric: string, usage: number) => ({ metric, limit: project.quotas.get(metric) ?? usualQuota, usage })
  return {
    ...basics(project, 'region', `regions/${region}`),
    description: region,
    status: 'UP',
    zones: project.world.zones.filter((zone) => regionOf(zone) === region).map((zone) => project.link(`zones/${zone}`)),
    quotas: [
      quota('INSTANCES', here.length),
      quota(
        'CPUS',
        here.reduce((sum, { properties }) => sum + (project.machineTypes.get(properties.machineType)?.vcpus ?? 0), 0),
      ),
      quota('REGIONAL_INSTANCE_GROUP_MANAGERS', project.groups.values().filter((group) => group.regional).length),
    ],
    supportsPzs: false,
  }
}

export function showMachineType(project: Project, zone: string, type: MachineType): Shown {
  return {
    ...basics(project, 'machineType', `zones/${zone}/machineTypes/${type.name}`),
    description: `${type.vcpus} vCPUs, ${type.memoryMiB / 1024} GB RAM`,
    guestCpus: type.vcpus,
    memoryMb: type.memoryMiB,
    imageSpaceGb: 0,
    maximumPersistentDisks: 128,
    maximumPersistentDisksSizeGb: '263168',
    zone,
    isSharedCpu: type.vcpus <= 2 && /micro|small|medium/.test(type.name),
    architecture: type.architecture,
  }
}

export function showImage(project: Project, image: GcpImage): Shown {
  return {
    ...basics(project, 'image', image.path, timestamp(image.created)),
    ...(image.family !== undefined && { family: image.family }),
    sourceType: 'RAW',
    rawDisk: { source: '', containerType: 'TAR' },
    status: 'READY',
    archiveSizeBytes: '1000000000',
    diskSizeGb: String(image.diskSizeGb),
    architecture: image.architecture,
    guestOsFeatures: [{ type: 'VIRTIO_SCSI_MULTIQUEUE' }, { type: 'UEFI_COMPATIBLE' }, { type: 'GVNIC' }],
    storageLocations: ['us'],
    labelFingerprint: '42WmSpB8rSM=',
  }
}

export function showNetwork(project: Project, name: string): Shown {
  return {
    ...basics(project, 'network', `global/networks/${name}`),
    autoCreateSubnetworks: name === 'default',
    subnetworks: project.world.subnetworks
      .filter(({ network }) => network === name)
      .map((one) => project.link(`regions/${one.region}/subnetworks/${one.name}`)),
    routingConfig: { routingMode: 'REGIONAL' },
    mtu: 1460,
  }
}

export function showSubnetwork(project: Project, { name, region, network, cidr }: GcpSubnetwork): Shown {
  return {
    ...basics(project, 'subnetwork', `regions/${region}/subnetworks/${name}`),
    network: project.link(`global/networks/${network}`),
    region: project.link(`regions/${region}`),
    ipCidrRange: cidr,
    gatewayAddress: cidr.replace(/\.\d+\/\d+$/, '.1'),
    privateIpGoogleAccess: false,
    purpose: 'PRIVATE',
    stackType: 'IPV4_ONLY',
    fingerprint: 'Nxq7yyBUNYI=',
  }
}

export function showHealthCheck(project: Project, { path, id, created, body }: GcpHealthCheck): Shown {
  return {
    checkIntervalSec: 5,
    timeoutSec: 5,
    unhealthyThreshold: 2,
    healthyThreshold: 2,
    ...body,
    kind: 'compute#healthCheck',
    id,
    name: nameOf(path),
    creationTimestamp: timestamp(created),
    selfLink: project.link(path),
  }
}
