import { numericId } from '../operations/operations.ts'
import { nameOf, parseReference, regionOf } from '../reference.ts'
import type { GcpInstance, InstanceProperties, NetworkInterface, Project } from '../state.ts'
import { findMachineType, type GcpImage, type GcpSubnetwork } from '../world.ts'
import { allocateAddress } from './addresses.ts'
import { moveInstance, tellListeners } from './lifecycle.ts'

/** Why an instance cannot be made: a code and message as in an operation's error or in `lastAttempt`. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export interface LaunchRequest {
  readonly name: string
  readonly zone: string
  /** Path of the template. */
  readonly template: string
  /** Path of the group. */
  readonly creator: string
}

/** Makes an instance, or throws a LaunchError. */
export function launchInstance(project: Project, request: LaunchRequest): GcpInstance {
  const { name, zone } = request
  const path = `zones/${zone}/instances/${name}`
  if (project.instances.get(path)) {
    throw new LaunchError('RESOURCE_ALREADY_EXISTS', `The resource 'projects/${project.id}/${path}' already exists`)
  }
  const template = project.templates.get(request.template)
  if (!template) throw resourceNotFound(`projects/${project.id}/${request.template}`)
  const { properties } = template
  const image = imageOf(project, properties)
  const { network, subnetwork } = networkOf(project, properties.networkInterfaces?.[0] ?? {}, regionOf(zone))
  checkCapacity(project, properties, zone)
  const instance: GcpInstance = {
    path,
    name,
    zone,
    id: numericId(project),
    created: project.clock.now(),
    status: 'PROVISIONING',
    template: request.template,
    properties,
    image,
    network,
    subnetwork: `regions/${subnetwork.region}/subnetworks/${subnetwork.name}`,
    ...addressesOf(project, subnetwork, properties),
    creator: request.creator,
  }
  project.instances.put(path, instance)
  tellListeners(project, path, instance)
  startUp(project, instance)
  return instance
}

/** PROVISIONING, STAGING, RUNNING. */
export function startUp(project: Project, { path, id }: GcpInstance) {
  project.clock.after(project.timings.launch / 2, () => {
    if (moveInstance(project, path, id, ['PROVISIONING'], 'STAGING')) finishStart(project, { path, id })
  })
}

export function finishStart(project: Project, { path, id }: Pick<GcpInstance, 'path' | 'id'>) {
  project.clock.after(project.timings.launch / 2, () => moveInstance(project, path, id, ['STAGING'], 'RUNNING'))
}

function resourceNotFound(path: string): LaunchError {
  return new LaunchError('RESOURCE_NOT_FOUND', `The resource '${path}' was not found`)
}

function imageOf(project: Project, { disks = [] }: InstanceProperties): GcpImage {
  const source = disks.find(({ boot }) => boot)?.initializeParams?.sourceImage ?? ''
  const reference = parseReference(source)
  const owner = reference.project ?? project.id
  const image = project.image(owner, reference.path)
  if (!image) throw resourceNotFound(`projects/${owner}/${reference.path}`)
  return image
}

function networkOf(
  project: Project,
  { network = 'global/networks/default', subnetwork }: NetworkInterface,
  region: string,
): { network: string; subnetwork: GcpSubnetwork } {
  const { subnetworks } = project.world
  if (subnetwork !== undefined) {
    const { path, project: owner = project.id } = parseReference(subnetwork)
    const found = subnetworks.find((one) => path === `regions/${one.region}/subnetworks/${one.name}`)
    if (found?.region !== region) throw resourceNotFound(`projects/${owner}/${path}`)
    return { network: `global/networks/${found.network}`, subnetwork: found }
  }
  const name = nameOf(network)
  const found = subnetworks.find((one) => one.network === name && one.region === region)
  if (!found) throw resourceNotFound(`projects/${project.id}/global/networks/${name}`)
  return { network: `global/networks/${name}`, subnetwork: found }
}

/** https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-vm-creation */
function checkCapacity(project: Project, { machineType }: InstanceProperties, zone: string) {
  const type = findMachineType(project.machineTypes, machineType)
  if (!type) throw resourceNotFound(`projects/${project.id}/zones/${zone}/machineTypes/${machineType}`)
  const region = regionOf(zone)
  const running = project.instances.values().filter(({ status }) => status !== 'TERMINATED')
  const nearby = running.filter((instance) => regionOf(instance.zone) === region)
  const vcpus = (instances: readonly GcpInstance[]) =>
    instances.reduce(
      (sum, { properties }) => sum + (findMachineType(project.machineTypes, properties.machineType)?.vcpus ?? 0),
      0,
    )
  checkQuota(project, 'CPUS_ALL_REGIONS', vcpus(running) + type.vcpus, 'globally')
  checkQuota(project, 'CPUS', vcpus(nearby) + type.vcpus, `in region ${region}`)
  checkQuota(project, 'INSTANCES', nearby.length + 1, `in region ${region}`)
  const here = running.filter((instance) => instance.zone === zone)
  const alike = here.filter(({ properties }) => properties.machineType === machineType)
  if (!project.capacity.allows(machineType, zone, alike.length, here.length)) {
    throw new LaunchError(
      'ZONE_RESOURCE_POOL_EXHAUSTED',
      `The zone 'projects/${project.id}/zones/${zone}' does not have enough resources available to fulfill the request.  Try a different zone, or try again later.`,
    )
  }
}

function checkQuota({ quotas }: Project, metric: string, wanted: number, where: string) {
  const limit = quotas.get(metric)
  if (limit !== undefined && wanted > limit) {
    throw new LaunchError('QUOTA_EXCEEDED', `Quota '${metric}' exceeded.  Limit: ${limit.toFixed(1)} ${where}.`)
  }
}

function addressesOf(project: Project, subnetwork: GcpSubnetwork, { networkInterfaces = [] }: InstanceProperties) {
  const ip = allocateAddress(project.addresses, subnetwork)
  if (ip === undefined) {
    throw new LaunchError(
      'IP_SPACE_EXHAUSTED',
      `IP space of 'projects/${project.id}/regions/${subnetwork.region}/subnetworks/${subnetwork.name}' is exhausted.`,
    )
  }
  return { ip, ...(networkInterfaces[0]?.accessConfigs?.length && { externalIp: ip.replace(/^10\./, '34.') }) }
}
