import type { Guests } from '../guest/guests.ts'
import type { Machine } from '../guest/machine.ts'
import { regionOf } from './reference.ts'
import type { GcpInstance, Project } from './state.ts'
import { metadataItems } from './instances/show.ts'
import { findMachineType } from './world.ts'

const clusterLabelPrefix = 'capg-cluster-'

/** The cluster an instance belongs to; undefined when it is none of a cluster's machines. */
export type ClusterOf = (instance: GcpInstance) => string | undefined

/** By the label with which Cluster API's GCP provider marks what a cluster owns, or the metadata of GKE. */
export const clusterByLabel: ClusterOf = ({ properties: { labels = {}, metadata } }) =>
  Object.keys(labels)
    .find((key) => key.startsWith(clusterLabelPrefix))
    ?.slice(clusterLabelPrefix.length) ?? metadata?.items?.find(({ key }) => key === 'cluster-name')?.value

export function providerIDOf(project: Project, { zone, name }: Pick<GcpInstance, 'zone' | 'name'>): string {
  return `gce://${project.id}/${zone}/${name}`
}

/** Lets the software on the instances of a project live and end with them. */
export function attachGuests(project: Project, guests: Guests, kubeletVersion: string, clusterOf: ClusterOf) {
  /** Instance ids of booted machines by path. */
  const booted = new Map<string, string>()
  project.listeners.add((path, instance) => {
    if (instance?.status === 'RUNNING') {
      project.clock.after(project.timings.boot, () => {
        const now = project.instances.get(path)
        if (now?.id !== instance.id || now.status !== 'RUNNING') return
        const cluster = clusterOf(now)
        if (cluster === undefined) return
        booted.set(path, now.id)
        guests.boot(toMachine(project, now, kubeletVersion), cluster)
      })
    } else if (instance === undefined || instance.status === 'STOPPING' || instance.status === 'TERMINATED') {
      if (!booted.delete(path)) return
      const [, zone = '', , name = ''] = path.split('/')
      guests.halt(providerIDOf(project, { zone, name }))
    }
  })
}

/** After a restart: machines that had ended leave their cluster, if they have not done so already. */
export function resumeGuests(project: Project, guests: Guests, kubeletVersion: string, clusterOf: ClusterOf) {
  const { instances, departed } = project
  const ended = [
    ...instances.values().filter(({ status }) => status === 'STOPPING' || status === 'TERMINATED'),
    // Another one under the same name has the same Node.
    ...departed.values().filter(({ path }) => instances.get(path) === undefined),
  ]
  for (const instance of ended) {
    const cluster = clusterOf(instance)
    if (cluster !== undefined) guests.ended(toMachine(project, instance, kubeletVersion), cluster)
  }
}

function toMachine(project: Project, instance: GcpInstance, kubeletVersion: string): Machine {
  const { zone, name, properties, image } = instance
  const type = findMachineType(project.machineTypes, properties.machineType)
  const userData = properties.metadata?.items?.find(({ key }) => key === 'user-data')?.value
  return {
    providerID: providerIDOf(project, instance),
    hostname: name,
    internalIP: instance.ip,
    ...(instance.externalIp !== undefined && { externalIP: instance.externalIp }),
    zone,
    region: regionOf(zone),
    instanceType: properties.machineType,
    architecture: image.architecture === 'ARM64' ? 'arm64' : 'amd64',
    vcpus: type?.vcpus ?? 2,
    memoryMiB: type?.memoryMiB ?? 8192,
    kubeletVersion: image.kubernetesVersion ?? kubeletVersion,
    ...(userData !== undefined && { userData: bytesOf(project, instance, userData) }),
    instanceData: instanceData(project, instance),
  }
}

/** cloud-init reads `user-data-encoding: base64`. */
function bytesOf(project: Project, instance: GcpInstance, userData: string): Buffer {
  const encoding = metadataItems(project, instance).find(({ key }) => key === 'user-data-encoding')?.value
  return Buffer.from(userData, encoding === 'base64' ? 'base64' : 'utf8')
}

/** cloud-init's names for what the metadata server says. https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys */
function instanceData({ id: project }: Project, { zone, name, id }: GcpInstance) {
  const hostname = `${name}.${zone}.c.${project}.internal`
  const v1 = {
    availability_zone: zone,
    cloud_name: 'gce',
    instance_id: id,
    local_hostname: hostname,
    platform: 'gce',
    region: regionOf(zone),
  }
  return {
    ds: { meta_data: { 'availability-zone': zone, 'instance-id': id, 'local-hostname': hostname } },
    v1,
    ...v1,
  }
}
