import type { Guests } from '../guest/guests.ts'
import type { Machine } from '../guest/machine.ts'
import type { Tag } from './filters.ts'
import type { Region } from './region.ts'
import { groupOf } from './services/autoscaling/change.ts'
import type { Instance } from './services/ec2/state.ts'

const clusterTagPrefixes = ['sigs.k8s.io/cluster-api-provider-aws/cluster/', 'kubernetes.io/cluster/']

/** Lets the software on the instances of a region live and end with them. */
export function attachGuests(region: Region, guests: Guests, kubeletVersion: string) {
  const booted = new Set<string>()
  region.ec2.listeners.add(({ id, state, zone }) => {
    const providerID = `aws:///${zone}/${id}`
    if (state === 'running') {
      region.clock.after(region.timings.boot, () => {
        const instance = region.ec2.instances.get(id)
        if (instance?.state !== 'running') return
        const cluster = clusterOf(region, instance)
        if (cluster === undefined) return
        booted.add(id)
        guests.boot(toMachine(region, instance, kubeletVersion), cluster)
      })
    } else if (state !== 'pending' && booted.delete(id)) guests.halt(providerID)
  })
}

/** After a restart: machines that had ended leave their cluster, if they have not done so already. */
export function resumeGuests(region: Region, guests: Guests, kubeletVersion: string) {
  for (const instance of region.ec2.instances.values()) {
    if (instance.state !== 'shutting-down' && instance.state !== 'terminated') continue
    const cluster = clusterOf(region, instance)
    if (cluster !== undefined) guests.ended(toMachine(region, instance, kubeletVersion), cluster)
  }
}

/** The cluster that owns an instance, by its tags, or by those of its group. */
function clusterOf(region: Region, instance: Instance): string | undefined {
  const tags: readonly Tag[] = [...instance.tags, ...(groupOf(region, instance.id)?.tags ?? [])]
  for (const prefix of clusterTagPrefixes) {
    const tag = tags.find(({ Key }) => Key.startsWith(prefix))
    if (tag) return tag.Key.slice(prefix.length)
  }
  return undefined
}

function toMachine(region: Region, instance: Instance, kubeletVersion: string): Machine {
  const { ec2 } = region
  const type = ec2.instanceTypes.get(instance.type)
  return {
    providerID: `aws:///${instance.zone}/${instance.id}`,
    hostname: instance.privateDnsName,
    internalIP: instance.privateIp,
    ...(instance.publicIp !== undefined && { externalIP: instance.publicIp }),
    zone: instance.zone,
    region: region.name,
    instanceType: instance.type,
    architecture: instance.architecture === 'arm64' ? 'arm64' : 'amd64',
    vcpus: type?.vcpus ?? 2,
    memoryMiB: type?.memoryMiB ?? 8192,
    kubeletVersion: ec2.images.get(instance.imageId)?.kubernetesVersion ?? kubeletVersion,
    ...(instance.userData !== undefined && { userData: userDataOf(region, instance.userData) }),
    instanceData: instanceData(region.name, instance),
  }
}

/** Ignition fetches what its configuration points to, before it does anything else. */
function userDataOf({ s3 }: Region, encoded: string): Buffer {
  const raw = Buffer.from(encoded, 'base64')
  const source = /"source":"s3:\/\/([^"]+)"/.exec(raw.toString())?.[1]
  const found = source === undefined ? undefined : s3.get(source)
  return found === undefined ? raw : Buffer.from(found.body)
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html and cloud-init's names for it. */
function instanceData(region: string, instance: Instance) {
  return {
    ds: {
      meta_data: {
        'ami-id': instance.imageId,
        hostname: instance.privateDnsName,
        'instance-id': instance.id,
        'instance-type': instance.type,
        'local-hostname': instance.privateDnsName,
        'local-ipv4': instance.privateIp,
        placement: { 'availability-zone': instance.zone, region },
      },
    },
    v1: {
      availability_zone: instance.zone,
      cloud_name: 'aws',
      instance_id: instance.id,
      local_hostname: instance.privateDnsName,
      platform: 'ec2',
      region,
    },
    availability_zone: instance.zone,
    cloud_name: 'aws',
    instance_id: instance.id,
    local_hostname: instance.privateDnsName,
    region,
  }
}
