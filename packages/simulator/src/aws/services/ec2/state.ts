import type { Tag } from '../../filters.ts'
import type { Table } from '../../../table.ts'
import type { Capacity } from './capacity.ts'
import type { InstanceType } from './instance-types.ts'

export interface Vpc {
  readonly id: string
  readonly cidr: string
  readonly isDefault: boolean
  readonly tags: readonly Tag[]
}

/** Private addresses in use in one subnet. */
export interface AddressSpace {
  readonly used: Set<string>
  /** Where the search for the next one begins, so that an address rests before it is used again. */
  next: number
}

export interface Subnet {
  readonly id: string
  readonly vpcId: string
  readonly zone: string
  readonly cidr: string
  readonly public: boolean
  readonly tags: readonly Tag[]
}

export interface SecurityGroup {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly vpcId: string
  readonly tags: readonly Tag[]
}

export interface Image {
  readonly id: string
  readonly name: string
  readonly owner: string
  readonly architecture: 'x86_64' | 'arm64'
  /** Milliseconds since the epoch. */
  readonly created: number
  readonly rootDevice: string
  /** Gibibytes; a smaller root volume is refused. */
  readonly rootSize: number
  /** Version of the kubelet in it, such as `v1.31.0`. */
  readonly kubernetesVersion?: string
  readonly tags: readonly Tag[]
}

/** The members of a launch template's data that decide something; the others are only kept. */
export interface TemplateData {
  readonly ImageId?: string
  readonly InstanceType?: string
  readonly KeyName?: string
  /** Base64. */
  readonly UserData?: string
  readonly SecurityGroupIds?: readonly string[]
  readonly IamInstanceProfile?: { readonly Arn?: string; readonly Name?: string }
  readonly InstanceMarketOptions?: { readonly MarketType?: string }
  readonly TagSpecifications?: readonly { readonly ResourceType?: string; readonly Tags?: readonly Tag[] }[]
  readonly NetworkInterfaces?: readonly {
    readonly Groups?: readonly string[]
    readonly AssociatePublicIpAddress?: boolean
  }[]
  readonly BlockDeviceMappings?: readonly BlockDeviceMapping[]
  readonly PrivateDnsNameOptions?: { readonly HostnameType?: string }
  readonly [member: string]: unknown
}

interface BlockDeviceMapping {
  readonly DeviceName?: string
  readonly Ebs?: { readonly VolumeSize?: number; readonly VolumeType?: string; readonly [member: string]: unknown }
}

export interface TemplateVersion {
  readonly number: number
  readonly description?: string
  readonly created: number
  readonly createdBy: string
  readonly data: TemplateData
}

export interface LaunchTemplate {
  readonly id: string
  readonly name: string
  readonly created: number
  readonly createdBy: string
  readonly defaultVersion: number
  /** The highest number given so far; numbers are not used again. */
  readonly latestVersion: number
  /** Oldest first. */
  readonly versions: readonly TemplateVersion[]
  readonly tags: readonly Tag[]
}

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped'

export interface Instance {
  readonly id: string
  readonly imageId: string
  readonly type: string
  readonly architecture: string
  readonly zone: string
  readonly subnetId: string
  readonly vpcId: string
  readonly privateIp: string
  readonly privateDnsName: string
  readonly publicIp?: string
  readonly launched: number
  readonly state: InstanceState
  /** Why it is going or gone. */
  readonly stateReason?: { readonly Code: string; readonly Message: string }
  readonly spot: boolean
  /** EC2 has announced to take it. */
  readonly interrupted?: boolean
  readonly keyName?: string
  readonly profile?: string
  readonly securityGroups: readonly string[]
  readonly userData?: string
  readonly template: TemplateData
  readonly tags: readonly Tag[]
}

/** Told about every change of an instance's state. */
type InstanceListener = (instance: Instance) => void

export interface Ec2 {
  readonly vpcs: Table<Vpc>
  readonly subnets: Table<Subnet>
  readonly securityGroups: Table<SecurityGroup>
  readonly images: Table<Image>
  readonly keyPairs: Table<{ readonly name: string; readonly id: string }>
  readonly launchTemplates: Table<LaunchTemplate>
  readonly instances: Table<Instance>
  readonly instanceTypes: ReadonlyMap<string, InstanceType>
  readonly capacity: Capacity
  /** By subnet id. */
  readonly addresses: Map<string, AddressSpace>
  /** Accept a key pair name nobody has created. */
  readonly anyKeyPair: boolean
  readonly listeners: Set<InstanceListener>
  /** Client tokens seen, with what they created. */
  readonly clientTokens: Table<{ readonly request: string; readonly id: string }>
}
