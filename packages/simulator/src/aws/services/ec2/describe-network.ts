import { AwsError } from '../../error.ts'
import { matchesFilters, type Filter, type FilterFields } from '../../filters.ts'
import { page } from '../../paging.ts'
import type { CallContext } from '../../service.ts'
import { freeAddresses } from './addresses.ts'
import type { SecurityGroup, Subnet, Vpc } from './state.ts'

interface Query {
  readonly Filters?: readonly Filter[]
  readonly MaxResults?: number
  readonly NextToken?: string
}

/** Records by id, or an error for the first id that there is not. */
export function selectById<T>(
  records: readonly T[],
  ids: readonly string[] | undefined,
  idOf: (record: T) => string,
  notFound: (id: string) => AwsError,
): T[] {
  if (!ids?.length) return [...records]
  return ids.map((id) => {
    const found = records.find((record) => idOf(record) === id)
    if (!found) throw notFound(id)
    return found
  })
}

export function pageOf<T>(records: readonly T[], { MaxResults: size, NextToken: token }: Query) {
  return page(records, token, size ?? 1000, new AwsError('InvalidNextToken', 'The token is not valid.'))
}

const subnetFilters: FilterFields<Subnet> = {
  'subnet-id': ({ id }) => [id],
  'vpc-id': ({ vpcId }) => [vpcId],
  'availability-zone': ({ zone }) => [zone],
  availabilityZone: ({ zone }) => [zone],
  'cidr-block': ({ cidr }) => [cidr],
  cidr: ({ cidr }) => [cidr],
  cidrBlock: ({ cidr }) => [cidr],
  state: () => ['available'],
  'map-public-ip-on-launch': (subnet) => [String(subnet.public)],
  'default-for-az': () => ['false'],
}

export function describeSubnets(input: Query & { SubnetIds?: readonly string[] }, { region }: CallContext) {
  const { ec2 } = region
  const subnets = selectById(
    ec2.subnets.readAll(),
    input.SubnetIds,
    ({ id }) => id,
    (id) => new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`),
  ).filter((subnet) => matchesFilters(subnet, input.Filters, subnetFilters, subnet.tags))
  const { items, nextToken } = pageOf(subnets, input)
  return {
    Subnets: items.map((subnet) => ({
      SubnetId: subnet.id,
      SubnetArn: `arn:aws:ec2:${region.name}:${region.account}:subnet/${subnet.id}`,
      State: 'available',
      VpcId: subnet.vpcId,
      CidrBlock: subnet.cidr,
      AvailableIpAddressCount: freeAddresses(ec2, subnet),
      AvailabilityZone: subnet.zone,
      AvailabilityZoneId: zoneId(region.name, subnet.zone),
      DefaultForAz: false,
      MapPublicIpOnLaunch: subnet.public,
      OwnerId: region.account,
      AssignIpv6AddressOnCreation: false,
      Ipv6CidrBlockAssociationSet: [],
      Tags: subnet.tags,
    })),
    NextToken: nextToken,
  }
}

/** `use1-az1` for `us-east-1a`. */
export function zoneId(region: string, zone: string): string {
  const [area = '', direction = '', number = ''] = region.split('-')
  const short = direction.replace(
    /^(north|south|east|west|central)(east|west)?$/,
    (_, a: string, b = '') => a[0]! + (b ? b[0]! : ''),
  )
  return `${area}${short}${number}-az${zone.charCodeAt(zone.length - 1) - 96}`
}

const vpcFilters: FilterFields<Vpc> = {
  'vpc-id': ({ id }) => [id],
  cidr: ({ cidr }) => [cidr],
  'cidr-block-association.cidr-block': ({ cidr }) => [cidr],
  'is-default': ({ isDefault }) => [String(isDefault)],
  isDefault: ({ isDefault }) => [String(isDefault)],
  state: () => ['available'],
}

export function describeVpcs(input: Query & { VpcIds?: readonly string[] }, { region }: CallContext) {
  const vpcs = selectById(
    region.ec2.vpcs.readAll(),
    input.VpcIds,
    ({ id }) => id,
    (id) => new AwsError('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`),
  ).filter((vpc) => matchesFilters(vpc, input.Filters, vpcFilters, vpc.tags))
  const { items, nextToken } = pageOf(vpcs, input)
  return {
    Vpcs: items.map((vpc) => ({
      VpcId: vpc.id,
      State: 'available',
      CidrBlock: vpc.cidr,
      DhcpOptionsId: 'dopt-123',
      InstanceTenancy: 'default',
      IsDefault: vpc.isDefault,
      OwnerId: region.account,
      Tags: vpc.tags,
    })),
    NextToken: nextToken,
  }
}

const groupFilters: FilterFields<SecurityGroup> = {
  'group-id': ({ id }) => [id],
  'group-name': ({ name }) => [name],
  'vpc-id': ({ vpcId }) => [vpcId],
  description: ({ description }) => [description],
}

function groupNotFound(id: string) {
  return new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`)
}

export function describeSecurityGroups(
  input: Query & { GroupIds?: readonly string[]; GroupNames?: readonly string[] },
  { region }: CallContext,
) {
  const byId = selectById(region.ec2.securityGroups.readAll(), input.GroupIds, ({ id }) => id, groupNotFound)
  const groups = selectById(byId, input.GroupNames, ({ name }) => name, groupNotFound).filter((group) =>
    matchesFilters(group, input.Filters, groupFilters, group.tags),
  )
  const { items, nextToken } = pageOf(groups, input)
  return {
    SecurityGroups: items.map((group) => ({
      GroupId: group.id,
      GroupName: group.name,
      Description: group.description,
      VpcId: group.vpcId,
      OwnerId: region.account,
      IpPermissions: [],
      IpPermissionsEgress: [],
      Tags: group.tags,
    })),
    NextToken: nextToken,
  }
}

const zoneFilters: FilterFields<string> = {
  'zone-name': (zone) => [zone],
  'zone-type': () => ['availability-zone'],
  state: () => ['available'],
  'opt-in-status': () => ['opt-in-not-required'],
}

export function describeAvailabilityZones(
  input: { Filters?: readonly Filter[]; ZoneNames?: readonly string[] },
  { region }: CallContext,
) {
  const known = [...new Set(region.ec2.subnets.readAll().map(({ zone }) => zone))].toSorted()
  const zones = selectById(
    known,
    input.ZoneNames,
    (zone) => zone,
    (zone) => new AwsError('InvalidParameterValue', `Invalid availability zone: [${zone}]`),
  ).filter((zone) => matchesFilters(zone, input.Filters, { ...zoneFilters, 'region-name': () => [region.name] }))
  return {
    AvailabilityZones: zones.map((zone) => ({
      ZoneName: zone,
      ZoneId: zoneId(region.name, zone),
      ZoneType: 'availability-zone',
      GroupName: region.name,
      NetworkBorderGroup: region.name,
      OptInStatus: 'opt-in-not-required',
      RegionName: region.name,
      State: 'available',
      Messages: [],
    })),
  }
}

export function describeRegions(_input: object, { region }: CallContext) {
  const endpoint = `ec2.${region.name}.amazonaws.com`
  return { Regions: [{ RegionName: region.name, Endpoint: endpoint, OptInStatus: 'opt-in-not-required' }] }
}

export function describeKeyPairs(input: Query & { KeyNames?: readonly string[] }, { region }: CallContext) {
  const { ec2, ids } = region
  // Where any key is accepted, asking for one by name finds it.
  if (ec2.anyKeyPair) {
    for (const name of input.KeyNames ?? []) {
      if (!ec2.keyPairs.get(name)) ec2.keyPairs.put(name, { name, id: `key-${ids.hex(17)}` })
    }
  }
  const pairs = selectById(
    ec2.keyPairs.values(),
    input.KeyNames,
    ({ name }) => name,
    (name) => new AwsError('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`),
  )
  return {
    KeyPairs: pairs
      .filter((pair) =>
        matchesFilters(pair, input.Filters, { 'key-name': ({ name }) => [name], 'key-pair-id': ({ id }) => [id] }),
      )
      .map(({ name, id }) => ({ KeyName: name, KeyPairId: id, KeyType: 'rsa', Tags: [] })),
  }
}
