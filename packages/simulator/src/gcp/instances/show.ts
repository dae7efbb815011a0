import { createHash } from 'node:crypto'

import { regionOf } from '../reference.ts'
import type { Shown } from '../shown.ts'
import type { Disk, GcpInstance, Project } from '../state.ts'
import { timestamp } from '../time.ts'

/** The API's form of an instance. https://cloud.google.com/compute/docs/reference/rest/v1/instances */
export function showInstance(project: Project, instance: GcpInstance): Shown {
  const { properties, name, zone, status } = instance
  const {
    disks = [],
    networkInterfaces: _interfaces,
    machineType,
    labels,
    tags,
    scheduling,
    metadata: _metadata,
    ...others
  } = properties
  return {
    description: '',
    ...others,
    kind: 'compute#instance',
    id: instance.id,
    name,
    creationTimestamp: timestamp(instance.created),
    zone: project.link(`zones/${zone}`),
    machineType: project.link(`zones/${zone}/machineTypes/${machineType}`),
    status,
    cpuPlatform: 'Intel Broadwell',
    disks: disks.map((disk, index) => showDisk(project, instance, disk, index)),
    networkInterfaces: [showInterface(project, instance)],
    metadata: showMetadata(project, instance),
    ...(labels && { labels }),
    labelFingerprint: fingerprint(labels ?? {}),
    tags: { ...(tags?.items?.length && { items: tags.items }), fingerprint: fingerprint(tags ?? {}) },
    scheduling: { automaticRestart: true, preemptible: false, provisioningModel: 'STANDARD', ...scheduling },
    deletionProtection: false,
    startRestricted: false,
    fingerprint: fingerprint({ status, properties }),
    ...(instance.started !== undefined && { lastStartTimestamp: timestamp(instance.started) }),
    ...(instance.stopped !== undefined && { lastStopTimestamp: timestamp(instance.stopped) }),
    selfLink: project.link(instance.path),
  }
}

function showDisk(project: Project, { name, zone, image }: GcpInstance, disk: Disk, index: number): object {
  const { initializeParams, ...others } = disk
  const deviceName = index === 0 ? 'persistent-disk-0' : `persistent-disk-${index}`
  return {
    type: 'PERSISTENT',
    mode: 'READ_WRITE',
    autoDelete: false,
    ...others,
    kind: 'compute#attachedDisk',
    index,
    deviceName,
    diskSizeGb: initializeParams?.diskSizeGb ?? String(image.diskSizeGb),
    ...(disk.type !== 'SCRATCH' && {
      source: project.link(`zones/${zone}/disks/${index === 0 ? name : `${name}-${index}`}`),
      interface: 'SCSI',
    }),
  }
}

function showInterface(project: Project, instance: GcpInstance): object {
  const [first = {}] = instance.properties.networkInterfaces ?? []
  const { accessConfigs, ...others } = first
  return {
    ...others,
    kind: 'compute#networkInterface',
    name: 'nic0',
    network: project.link(instance.network),
    subnetwork: project.link(instance.subnetwork),
    networkIP: instance.ip,
    stackType: 'IPV4_ONLY',
    ...(accessConfigs?.length && {
      accessConfigs: accessConfigs.map((config) => ({
        type: 'ONE_TO_ONE_NAT',
        name: 'External NAT',
        networkTier: 'PREMIUM',
        ...config,
        kind: 'compute#accessConfig',
        natIP: instance.externalIp,
      })),
    }),
    fingerprint: fingerprint(instance.ip),
  }
}

/** With what Compute Engine itself adds to the instances of a group. */
export function metadataItems(project: Project, { properties, creator, template, zone }: GcpInstance) {
  const items = [...(properties.metadata?.items ?? [])]
  if (creator === undefined) return items
  const own = `projects/${project.number}`
  const place = creator.startsWith('zones/') ? creator : creator.replace(/^regions\/[^/]+/, `regions/${regionOf(zone)}`)
  return [
    ...items,
    { key: 'instance-template', value: `${own}/${template}` },
    { key: 'created-by', value: `${own}/${place}` },
  ]
}

function showMetadata(project: Project, instance: GcpInstance): object {
  const items = metadataItems(project, instance)
  return { kind: 'compute#metadata', ...(items.length > 0 && { items }), fingerprint: fingerprint(items) }
}

/** Eight bytes in base64, other ones for other content. */
export function fingerprint(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value))
    .digest()
    .subarray(0, 8)
    .toString('base64')
    .replace('+', '-')
    .replace('/', '_')
}
