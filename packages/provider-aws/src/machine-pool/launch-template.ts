import type {
  LaunchTemplateBlockDeviceMappingRequest,
  LaunchTemplateCapacityReservationSpecificationRequest,
  LaunchTemplateInstanceMarketOptionsRequest,
  LaunchTemplateInstanceMetadataOptionsRequest,
  LaunchTemplateTagSpecificationRequest,
  RequestLaunchTemplateData,
} from '@aws-sdk/client-ec2'
import { revision, type BootstrapData, type PoolRef } from '@machinepool/contract'
import { plainJson } from '@machinepool/provider-kit'

import type { AWSLaunchTemplateSpec, AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import type { ResolvedInputs } from './resolved-inputs.ts'
import { instanceTags, type Tags } from './tags.ts'

/** Changes when the meaning of the hashed value changes; then no instance is outdated by it (DESIGN 3). */
const revisionScheme = '1'

/** `v1:<hash>` over what instances are made from, but for tags and the content of the bootstrap data. PURE. */
export function templateRevision(
  pool: PoolRef<AWSMachinePoolSpec>,
  inputs: ResolvedInputs,
  bootstrap: BootstrapData | undefined,
): string {
  return revision(revisionScheme, {
    data: plainJson(instanceData(pool.spec, inputs)),
    bootstrap: bootstrap?.secretName,
    bootstrapRevision: bootstrap?.revision,
  })
}

/** The data of a launch template version, but for the user data, which is a secret. PURE. */
export function launchTemplateData(
  pool: PoolRef<AWSMachinePoolSpec>,
  inputs: ResolvedInputs,
  bootstrap: BootstrapData | undefined,
): RequestLaunchTemplateData {
  return { ...instanceData(pool.spec, inputs), TagSpecifications: tagSpecifications(instanceTags(pool, bootstrap)) }
}

/** What decides how an instance is. Fields that the spec leaves open stay out, so that AWS's defaults hold. */
function instanceData(spec: AWSMachinePoolSpec, inputs: ResolvedInputs): RequestLaunchTemplateData {
  const template = spec.awsLaunchTemplate
  const blockDevices = blockDeviceMappings(template, inputs.rootDeviceName)
  return {
    ImageId: inputs.imageId,
    InstanceType: present(template.instanceType) as RequestLaunchTemplateData['InstanceType'],
    KeyName: present(template.sshKeyName),
    IamInstanceProfile: instanceProfile(template.iamInstanceProfile),
    ...network(template, [...inputs.securityGroupIds].toSorted()),
    Placement: placement(template),
    BlockDeviceMappings: blockDevices.length === 0 ? undefined : blockDevices,
    InstanceMarketOptions: marketOptions(spec),
    MetadataOptions: metadataOptions(template.instanceMetadataOptions),
    // Absent and false are the same to EC2, and it does not give false back.
    EnclaveOptions: template.enclaveOptions?.enabled === true ? { Enabled: true } : undefined,
    PrivateDnsNameOptions: privateDnsName(template.privateDnsName),
    CapacityReservationSpecification: capacityReservation(template),
  }
}

/** EC2 takes security groups either for the instance or for each of the interfaces that are described. */
function network(
  { networkInterfaces = [] }: AWSLaunchTemplateSpec,
  groups: readonly string[],
): Pick<RequestLaunchTemplateData, 'SecurityGroupIds' | 'NetworkInterfaces'> {
  const Groups = groups.length === 0 ? undefined : [...groups]
  if (networkInterfaces.length === 0) return { SecurityGroupIds: Groups }
  return {
    NetworkInterfaces: networkInterfaces.map((wish, index) => ({
      DeviceIndex: wish.deviceIndex ?? (index === 0 ? 0 : 1),
      NetworkCardIndex: wish.networkCardIndex ?? 0,
      InterfaceType: wish.interfaceType,
      AssociatePublicIpAddress: wish.associatePublicIPAddress,
      DeleteOnTermination: true,
      Groups,
    })),
  }
}

function placement(template: AWSLaunchTemplateSpec): RequestLaunchTemplateData['Placement'] {
  const wish = {
    GroupName: present(template.placementGroupName),
    PartitionNumber: template.placementGroupPartition,
    Tenancy: template.tenancy,
    HostId: present(template.hostID),
    Affinity: template.hostAffinity,
  }
  return Object.values(wish).every((value) => value === undefined) ? undefined : wish
}

function instanceProfile(profile: string | undefined): RequestLaunchTemplateData['IamInstanceProfile'] {
  if (!present(profile)) return undefined
  return profile!.startsWith('arn:') ? { Arn: profile } : { Name: profile }
}

function blockDeviceMappings(
  template: AWSLaunchTemplateSpec,
  rootDeviceName: string | undefined,
): LaunchTemplateBlockDeviceMappingRequest[] {
  const { rootVolume, nonRootVolumes } = template
  const volumes = [
    ...(rootVolume === undefined
      ? []
      : [{ ...rootVolume, deviceName: present(rootVolume.deviceName) ?? rootDeviceName }]),
    ...(nonRootVolumes ?? []),
  ]
  return volumes.map((volume) => ({
    DeviceName: volume.deviceName,
    Ebs: {
      VolumeSize: volume.size,
      VolumeType: present(volume.type) as NonNullable<LaunchTemplateBlockDeviceMappingRequest['Ebs']>['VolumeType'],
      Iops: volume.iops === 0 ? undefined : volume.iops,
      Throughput: volume.throughput === 0 ? undefined : volume.throughput,
      Encrypted: volume.encrypted,
      KmsKeyId: present(volume.encryptionKey),
      DeleteOnTermination: true,
    },
  }))
}

/** In a mixed instances policy the group says what is bought how; the template must not. */
function marketOptions(spec: AWSMachinePoolSpec): LaunchTemplateInstanceMarketOptionsRequest | undefined {
  const { marketType, spotMarketOptions } = spec.awsLaunchTemplate
  if (spec.mixedInstancesPolicy !== undefined) return undefined
  if (marketType === 'CapacityBlock') return { MarketType: 'capacity-block' }
  if (marketType === 'OnDemand') return undefined
  if (marketType !== 'Spot' && spotMarketOptions === undefined) return undefined
  const maxPrice = present(spotMarketOptions?.maxPrice)
  return { MarketType: 'spot', ...(maxPrice === undefined ? {} : { SpotOptions: { MaxPrice: maxPrice } }) }
}

function metadataOptions(
  options: AWSLaunchTemplateSpec['instanceMetadataOptions'],
): LaunchTemplateInstanceMetadataOptionsRequest | undefined {
  if (options === undefined) return undefined
  return {
    HttpEndpoint: options.httpEndpoint ?? 'enabled',
    HttpProtocolIpv6: options.httpProtocolIpv6 ?? 'disabled',
    HttpPutResponseHopLimit: options.httpPutResponseHopLimit ?? 1,
    HttpTokens: options.httpTokens ?? 'optional',
    InstanceMetadataTags: options.instanceMetadataTags ?? 'disabled',
  }
}

function privateDnsName(
  options: AWSLaunchTemplateSpec['privateDnsName'],
): RequestLaunchTemplateData['PrivateDnsNameOptions'] {
  if (options === undefined || Object.values(options).every((value) => value === undefined)) return undefined
  return {
    HostnameType: options.hostnameType,
    EnableResourceNameDnsARecord: options.enableResourceNameDnsARecord,
    EnableResourceNameDnsAAAARecord: options.enableResourceNameDnsAAAARecord,
  }
}

const reservationPreferences = {
  None: 'none',
  Open: 'open',
  CapacityReservationsOnly: 'capacity-reservations-only',
} as const

function capacityReservation(
  template: AWSLaunchTemplateSpec,
): LaunchTemplateCapacityReservationSpecificationRequest | undefined {
  const id = present(template.capacityReservationId)
  const preference = template.capacityReservationPreference
  if (id === undefined && !preference) return undefined
  return {
    CapacityReservationPreference: preference ? reservationPreferences[preference] : undefined,
    CapacityReservationTarget: id === undefined ? undefined : { CapacityReservationId: id },
  }
}

function tagSpecifications(tags: Tags): LaunchTemplateTagSpecificationRequest[] {
  const Tags = Object.entries(tags)
    .map(([Key, Value]) => ({ Key, Value }))
    .toSorted((a, b) => (a.Key < b.Key ? -1 : 1))
  return [
    { ResourceType: 'instance', Tags },
    { ResourceType: 'volume', Tags },
  ]
}

/** An empty text in the spec means the same as none. */
function present(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
