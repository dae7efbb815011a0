import { AwsError } from '../../error.ts'
import { matchesFilters, type Filter, type FilterFields } from '../../filters.ts'
import type { CallContext } from '../../service.ts'
import { pageOf, selectById, zoneId } from './describe-network.ts'
import type { InstanceType } from './instance-types.ts'
import type { Image } from './state.ts'

interface Query {
  readonly Filters?: readonly Filter[]
  readonly MaxResults?: number
  readonly NextToken?: string
}

const imageFilters: FilterFields<Image> = {
  name: ({ name }) => [name],
  'image-id': ({ id }) => [id],
  'owner-id': ({ owner }) => [owner],
  architecture: ({ architecture }) => [architecture],
  state: () => ['available'],
  'virtualization-type': () => ['hvm'],
  'root-device-type': () => ['ebs'],
  'image-type': () => ['machine'],
  'is-public': () => ['true'],
  'ena-support': () => ['true'],
}

export function describeImages(
  input: Query & { ImageIds?: readonly string[]; Owners?: readonly string[] },
  { region }: CallContext,
) {
  const owners = input.Owners?.map((owner) => (owner === 'self' ? region.account : owner))
  const images = selectById(
    region.ec2.images.readAll(),
    input.ImageIds,
    ({ id }) => id,
    (id) => new AwsError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`),
  )
    .filter(({ owner }) => !owners?.length || owners.includes(owner))
    .filter((image) => matchesFilters(image, input.Filters, imageFilters, image.tags))
  const { items, nextToken } =
    input.MaxResults === undefined ? { items: images, nextToken: undefined } : pageOf(images, input)
  return { Images: items.map(toImage), NextToken: nextToken }
}

function toImage(image: Image) {
  return {
    ImageId: image.id,
    ImageLocation: `${image.owner}/${image.name}`,
    Name: image.name,
    State: 'available',
    OwnerId: image.owner,
    CreationDate: new Date(image.created).toISOString(),
    Public: true,
    Architecture: image.architecture,
    ImageType: 'machine',
    BlockDeviceMappings: [
      {
        DeviceName: image.rootDevice,
        Ebs: {
          DeleteOnTermination: true,
          SnapshotId: `snap-${image.id.slice(4)}`,
          VolumeSize: image.rootSize,
          VolumeType: 'gp3',
          Encrypted: false,
        },
      },
    ],
    EnaSupport: true,
    Hypervisor: 'xen',
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    RootDeviceName: image.rootDevice,
    RootDeviceType: 'ebs',
    SriovNetSupport: 'simple',
    Tags: image.tags,
    VirtualizationType: 'hvm',
  }
}

const typeFilters: FilterFields<InstanceType> = {
  'instance-type': ({ name }) => [name],
  'processor-info.supported-architecture': ({ architecture }) => [architecture],
  'current-generation': () => ['true'],
  'burstable-performance-supported': ({ burstable }) => [String(burstable)],
  'vcpu-info.default-vcpus': ({ vcpus }) => [String(vcpus)],
  'memory-info.size-in-mib': ({ memoryMiB }) => [String(memoryMiB)],
  'supported-usage-class': () => ['on-demand', 'spot'],
}

export function describeInstanceTypes(input: Query & { InstanceTypes?: readonly string[] }, { region }: CallContext) {
  const types = selectById(
    [...region.ec2.instanceTypes.values()],
    input.InstanceTypes,
    ({ name }) => name,
    (name) => new AwsError('InvalidInstanceType', `The following supplied instance types do not exist: [${name}]`),
  ).filter((type) => matchesFilters(type, input.Filters, typeFilters))
  const { items, nextToken } = pageOf(types, { ...input, MaxResults: input.MaxResults ?? 100 })
  return { InstanceTypes: items.map(toInstanceType), NextToken: nextToken }
}

function toInstanceType(type: InstanceType) {
  return {
    InstanceType: type.name,
    CurrentGeneration: true,
    FreeTierEligible: false,
    SupportedUsageClasses: ['on-demand', 'spot'],
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
    BareMetal: false,
    Hypervisor: 'nitro',
    ProcessorInfo: { SupportedArchitectures: [type.architecture] },
    VCpuInfo: { DefaultVCpus: type.vcpus },
    MemoryInfo: { SizeInMiB: type.memoryMiB },
    InstanceStorageSupported: false,
    HibernationSupported: false,
    BurstablePerformanceSupported: type.burstable,
    DedicatedHostsSupported: true,
    AutoRecoverySupported: true,
    NitroEnclavesSupport: type.burstable || type.vcpus < 4 ? 'unsupported' : 'supported',
  }
}

export function describeInstanceTypeOfferings(input: Query & { LocationType?: string }, { region }: CallContext) {
  const { LocationType: locationType = 'region' } = input
  const zones = [...new Set(region.ec2.subnets.readAll().map(({ zone }) => zone))]
  const locations =
    locationType === 'region'
      ? [region.name]
      : zones.map((zone) => (locationType === 'availability-zone-id' ? zoneId(region.name, zone) : zone))
  const offerings = [...region.ec2.instanceTypes.keys()]
    .flatMap((name) => locations.map((location) => ({ name, location })))
    .filter((offering) =>
      matchesFilters(offering, input.Filters, {
        'instance-type': ({ name }) => [name],
        location: ({ location }) => [location],
      }),
    )
  const { items, nextToken } = pageOf(offerings, input)
  return {
    InstanceTypeOfferings: items.map(({ name, location }) => ({
      InstanceType: name,
      LocationType: locationType,
      Location: location,
    })),
    NextToken: nextToken,
  }
}
