import { AwsError } from '../../error.ts'
import { matchesFilters, type Filter, type FilterFields } from '../../filters.ts'
import { page } from '../../paging.ts'
import type { Region } from '../../region.ts'
import type { CallContext } from '../../service.ts'
import { startInstance, stopInstance, terminateInstance } from './instances.ts'
import { refuseDryRun } from './launch-templates.ts'
import type { Instance, InstanceState } from './state.ts'

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html */
const stateCodes: Record<InstanceState, number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
}

const filters: FilterFields<Instance> = {
  'instance-id': ({ id }) => [id],
  'instance-state-name': ({ state }) => [state],
  'instance-state-code': ({ state }) => [String(stateCodes[state])],
  'instance-type': ({ type }) => [type],
  'instance-lifecycle': ({ spot }) => [spot ? 'spot' : undefined],
  'image-id': ({ imageId }) => [imageId],
  'availability-zone': ({ zone }) => [zone],
  'subnet-id': ({ subnetId }) => [subnetId],
  'vpc-id': ({ vpcId }) => [vpcId],
  'private-ip-address': ({ privateIp }) => [privateIp],
  'private-dns-name': ({ privateDnsName }) => [privateDnsName],
  'key-name': ({ keyName }) => [keyName],
  architecture: ({ architecture }) => [architecture],
  'instance.group-id': ({ securityGroups }) => securityGroups,
}

interface InstanceQuery {
  readonly InstanceIds?: readonly string[]
  readonly Filters?: readonly Filter[]
  readonly MaxResults?: number
  readonly NextToken?: string
}

export function describeInstances(input: InstanceQuery, { region }: CallContext) {
  if (input.MaxResults !== undefined && input.InstanceIds?.length) {
    throw new AwsError(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    )
  }
  const { items, nextToken } = page(
    select(region, input),
    input.NextToken,
    input.MaxResults ?? 1000,
    new AwsError('InvalidNextToken', 'The token is not valid.'),
  )
  return {
    Reservations: items.map((instance) => ({
      ReservationId: `r-${instance.id.slice(2)}`,
      OwnerId: region.account,
      Groups: [],
      Instances: [toInstance(region, instance)],
    })),
    NextToken: nextToken,
  }
}

function select({ ec2 }: Region, { InstanceIds: ids, Filters: wanted }: InstanceQuery): Instance[] {
  const shown = ids?.length ? named(ids, (id) => ec2.instances.read(id)) : ec2.instances.readAll()
  return shown.filter((instance) => matchesFilters(instance, wanted, filters, instance.tags))
}

function named(ids: readonly string[], find: (id: string) => Instance | undefined): Instance[] {
  for (const id of ids) {
    if (!/^i-[0-9a-f]{8,17}$/.test(id)) throw new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${id}"`)
  }
  const found = ids.map((id) => ({ id, instance: find(id) }))
  const missing = found.filter(({ instance }) => !instance).map(({ id }) => id)
  if (missing.length > 0) {
    throw new AwsError(
      'InvalidInstanceID.NotFound',
      missing.length === 1
        ? `The instance ID '${missing[0]}' does not exist`
        : `The instance IDs '${missing.join(', ')}' do not exist`,
    )
  }
  return found.map(({ instance }) => instance!)
}

function toInstance(region: Region, instance: Instance) {
  const image = region.ec2.images.get(instance.imageId)
  const gone = instance.state === 'terminated'
  const groups = instance.securityGroups.map((id) => ({
    GroupId: id,
    GroupName: region.ec2.securityGroups.get(id)?.name ?? id,
  }))
  return {
    InstanceId: instance.id,
    ImageId: instance.imageId,
    State: { Code: stateCodes[instance.state], Name: instance.state },
    PrivateDnsName: gone ? '' : instance.privateDnsName,
    PublicDnsName: '',
    KeyName: instance.keyName,
    AmiLaunchIndex: 0,
    ProductCodes: [],
    InstanceType: instance.type,
    LaunchTime: instance.launched,
    Placement: { AvailabilityZone: instance.zone, GroupName: '', Tenancy: 'default' },
    Monitoring: { State: 'disabled' },
    ...(!gone && {
      SubnetId: instance.subnetId,
      VpcId: instance.vpcId,
      PrivateIpAddress: instance.privateIp,
      PublicIpAddress: instance.publicIp,
    }),
    StateReason: instance.stateReason,
    StateTransitionReason: instance.stateReason ? 'User initiated' : '',
    Architecture: instance.architecture,
    BlockDeviceMappings: [],
    EbsOptimized: false,
    EnaSupport: true,
    Hypervisor: 'xen',
    IamInstanceProfile: instance.profile ? { Arn: instance.profile, Id: 'AIPASIMULATED00000000' } : undefined,
    InstanceLifecycle: instance.spot ? 'spot' : undefined,
    NetworkInterfaces: [],
    RootDeviceName: image?.rootDevice ?? '/dev/sda1',
    RootDeviceType: 'ebs',
    SecurityGroups: groups,
    SourceDestCheck: true,
    Tags: instance.tags,
    VirtualizationType: 'hvm',
  }
}

export function describeInstanceStatus(
  input: InstanceQuery & { IncludeAllInstances?: boolean },
  { region }: CallContext,
) {
  const shown = select(region, input).filter(({ state }) => input.IncludeAllInstances || state === 'running')
  return {
    InstanceStatuses: shown.map((instance) => {
      const status = instance.state === 'running' ? 'ok' : 'not-applicable'
      return {
        InstanceId: instance.id,
        AvailabilityZone: instance.zone,
        InstanceState: { Code: stateCodes[instance.state], Name: instance.state },
        InstanceStatus: { Status: status, Details: [] },
        SystemStatus: { Status: status, Details: [] },
      }
    }),
  }
}

interface InstanceChange {
  readonly InstanceIds: readonly string[]
  readonly DryRun?: boolean
}

export function terminateInstances(input: InstanceChange, { region }: CallContext) {
  return { TerminatingInstances: change(region, input, terminateInstance) }
}

export function stopInstances(input: InstanceChange, { region }: CallContext) {
  return { StoppingInstances: change(region, input, stopInstance) }
}

export function startInstances(input: InstanceChange, { region }: CallContext) {
  return { StartingInstances: change(region, input, startInstance) }
}

function change(region: Region, input: InstanceChange, apply: (region: Region, id: string) => void) {
  const before = named(input.InstanceIds, (id) => region.ec2.instances.get(id))
  refuseDryRun(input)
  return before.map(({ id, state }) => {
    apply(region, id)
    const current = region.ec2.instances.get(id)!.state
    return {
      InstanceId: id,
      PreviousState: { Code: stateCodes[state], Name: state },
      CurrentState: { Code: stateCodes[current], Name: current },
    }
  })
}
