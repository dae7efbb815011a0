import { AwsError } from '../../error.ts'
import type { Tag } from '../../filters.ts'
import type { Region } from '../../region.ts'
import { allocateAddress, releaseAddress } from './addresses.ts'
import type { Image, Instance, InstanceState, Subnet, TemplateData } from './state.ts'

/** What to start one instance with; the template's own type, image and subnet are already decided. */
export interface LaunchRequest {
  readonly template: TemplateData
  readonly imageId: string
  readonly type: string
  readonly subnetId: string
  readonly spot: boolean
  readonly tags: readonly Tag[]
}

/** Starts an instance; refuses as RunInstances does. */
export function launchInstance(region: Region, request: LaunchRequest): Instance {
  const { ec2, ids, clock } = region
  const { subnet, image } = checkLaunch(region, request)
  const { zone } = subnet
  checkCapacity(region, request.type, zone, request.spot)

  ec2.capacity.take(request.type, zone)
  const id = `i-${ids.hex(17)}`
  const privateIp = allocateAddress(ec2, subnet)
  const { template } = request
  const publicIp = template.NetworkInterfaces?.[0]?.AssociatePublicIpAddress ?? subnet.public
  const instance: Instance = {
    id,
    imageId: image.id,
    type: request.type,
    architecture: image.architecture,
    zone,
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    privateIp,
    privateDnsName: privateDnsName(region.name, id, privateIp, template.PrivateDnsNameOptions?.HostnameType),
    ...(publicIp && { publicIp: privateIp.replace(/^10\.0/, '203.0') }),
    launched: clock.now(),
    state: 'pending',
    spot: request.spot,
    ...(template.KeyName !== undefined && { keyName: template.KeyName }),
    ...profileOf(region, template),
    securityGroups: template.NetworkInterfaces?.[0]?.Groups ?? template.SecurityGroupIds ?? [],
    ...(template.UserData !== undefined && { userData: template.UserData }),
    template,
    tags: request.tags,
  }
  ec2.instances.put(id, instance)
  announce(region, instance)
  goOn(region, instance)
  return instance
}

function profileOf(region: Region, { IamInstanceProfile: profile }: TemplateData): { profile?: string } {
  if (profile?.Arn) return { profile: profile.Arn }
  return profile?.Name ? { profile: `arn:aws:iam::${region.account}:instance-profile/${profile.Name}` } : {}
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-naming.html */
function privateDnsName(region: string, id: string, ip: string, hostnameType: string | undefined): string {
  const host = hostnameType === 'resource-name' ? id : `ip-${ip.replaceAll('.', '-')}`
  return region === 'us-east-1' ? `${host}.ec2.internal` : `${host}.${region}.compute.internal`
}

/** What RunInstances checks before it looks for a place; also what a launch template is tried with. */
export function checkLaunch(region: Region, request: LaunchRequest): { subnet: Subnet; image: Image } {
  const { ec2 } = region
  const image = ec2.images.get(request.imageId)
  if (!image) throw new AwsError('InvalidAMIID.NotFound', `The image id '[${request.imageId}]' does not exist`)
  const type = ec2.instanceTypes.get(request.type)
  if (!type) throw new AwsError('InvalidParameterValue', `Invalid value '${request.type}' for InstanceType.`)
  if (type.architecture !== image.architecture) {
    throw new AwsError(
      'InvalidParameterValue',
      `The architecture '${type.architecture}' of the specified instance type does not match the architecture '${image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.`,
    )
  }
  const subnet = ec2.subnets.get(request.subnetId)
  if (!subnet) throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${request.subnetId}' does not exist`)
  checkTemplate(region, request.template, image, subnet)
  return { subnet, image }
}

function checkTemplate(region: Region, template: TemplateData, image: Image, subnet: Subnet) {
  const { ec2 } = region
  const { KeyName: key } = template
  if (key && !ec2.anyKeyPair && !ec2.keyPairs.get(key)) {
    throw new AwsError('InvalidKeyPair.NotFound', `The key pair '${key}' does not exist`)
  }
  for (const id of template.NetworkInterfaces?.[0]?.Groups ?? template.SecurityGroupIds ?? []) {
    const group = ec2.securityGroups.get(id)
    if (!group) throw new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`)
    if (group.vpcId !== subnet.vpcId) {
      throw new AwsError(
        'InvalidParameter',
        `Security group ${id} and subnet ${subnet.id} belong to different networks.`,
      )
    }
  }
  const root = template.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === image.rootDevice)
  const size = root?.Ebs?.VolumeSize
  if (size !== undefined && size < image.rootSize) {
    throw new AwsError(
      'InvalidBlockDeviceMapping',
      `Volume of size ${size}GB is smaller than snapshot 'snap-${image.id.slice(4)}', expect size >= ${image.rootSize}GB`,
    )
  }
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html */
function checkCapacity({ ec2, name }: Region, type: string, zone: string, spot: boolean) {
  const { capacity } = ec2
  if (capacity.available(type, zone) < 1) {
    if (spot) {
      throw new AwsError(
        'UnfulfillableCapacity',
        `Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to your request configuration. Please adjust your request and try again.`,
      )
    }
    const others = ['a', 'b', 'c']
      .map((letter) => name + letter)
      .filter((other) => other !== zone && capacity.available(type, other) > 0)
    throw new AwsError(
      'InsufficientInstanceCapacity',
      `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity.` +
        (others.length > 0
          ? ` You can currently get ${type} capacity by not specifying an Availability Zone in your request or choosing ${others.join(', ')}.`
          : ''),
      500,
    )
  }
  const quota = capacity.vcpuQuota
  if (quota === undefined) return
  const used = ec2.instances
    .values()
    .filter(({ state }) => state === 'pending' || state === 'running')
    .reduce((sum, instance) => sum + (ec2.instanceTypes.get(instance.type)?.vcpus ?? 0), 0)
  if (used + (ec2.instanceTypes.get(type)?.vcpus ?? 0) > quota) {
    throw new AwsError(
      spot ? 'MaxSpotInstanceCountExceeded' : 'VcpuLimitExceeded',
      spot
        ? 'Max spot instance count exceeded'
        : `You have requested more vCPU capacity than your current vCPU limit of ${quota} allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.`,
    )
  }
}

type StateReason = NonNullable<Instance['stateReason']>

const userInitiated: StateReason = {
  Code: 'Client.UserInitiatedShutdown',
  Message: 'Client.UserInitiatedShutdown: User initiated shutdown',
}

/** Shuts an instance down for good; nothing happens to one that is going already. */
export function terminateInstance(region: Region, id: string, reason: StateReason = userInitiated) {
  const live: InstanceState[] = ['pending', 'running', 'stopping', 'stopped']
  moveInstance(region, id, live, 'shutting-down', reason)
}

export function stopInstance(region: Region, id: string) {
  moveInstance(region, id, ['pending', 'running'], 'stopping', userInitiated)
}

export function startInstance(region: Region, id: string) {
  moveInstance(region, id, ['stopped'], 'pending')
}

/** Arms what happens by itself in the state in which an instance is. */
export function goOn(region: Region, { id, state }: Instance) {
  const { clock, timings, ec2 } = region
  if (state === 'pending') clock.after(timings.launch, () => moveInstance(region, id, ['pending'], 'running'))
  if (state === 'stopping') clock.after(timings.shutdown, () => moveInstance(region, id, ['stopping'], 'stopped'))
  if (state === 'shutting-down') {
    clock.after(timings.shutdown, () => moveInstance(region, id, ['shutting-down'], 'terminated'))
  }
  if (state === 'terminated') clock.after(timings.terminatedVisible, () => ec2.instances.delete(id))
}

/** Changes the state and tells the listeners; false when the instance is not in one of the states in `from`. */
function moveInstance(
  region: Region,
  id: string,
  from: readonly InstanceState[],
  to: InstanceState,
  stateReason?: StateReason,
): boolean {
  const instance = region.ec2.instances.get(id)
  if (!instance || !from.includes(instance.state)) return false
  if (to === 'shutting-down') region.ec2.capacity.release(instance.type, instance.zone)
  if (to === 'terminated') releaseAddress(region.ec2, instance.subnetId, instance.privateIp)
  const next: Instance = { ...instance, state: to, ...(stateReason && { stateReason }) }
  region.ec2.instances.put(id, next)
  announce(region, next)
  goOn(region, next)
  return true
}

export function announce({ ec2 }: Region, instance: Instance) {
  for (const listener of ec2.listeners) listener(instance)
}
